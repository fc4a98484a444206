"""In which order stages land so that as few of them as possible meet a conflict.

Of two stages that collide, the one that lands later has to take the other in. So whoever meets no
conflict lands before all that it collides with; the rest are mended. The smallest such rest that
leaves an order is looked for by trying; where there would be too many to try, those that collide
most are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, islice

from plan_worktree.plan.graph import Graph, graph

_TRIES = 5000


def landing_order(
    stages: Graph, names: Sequence[str], conflicts: Collection[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return an order of some stages, dependencies first, and those that meet a conflict in it.

    `clashes` are the pairs that collide.
    """
    involved = [name for name in names if any(name in pair for pair in conflicts)]
    for late in islice(_choices(involved), _TRIES):
        if order := _order(stages, names, conflicts, late):
            return order, late
    late = tuple(_greedy(involved, conflicts))
    if order := _order(stages, names, conflicts, late):
        return order, late
    plain = tuple(name for name in stages.order if name in names)
    return plain, tuple(_second(plain, conflicts))


def _choices(involved: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for count in range(len(involved) + 1):
        # Reversed, so that where there is a choice the later ones of the plan come late.
        for chosen in combinations(reversed(involved), count):
            yield tuple(reversed(chosen))


def _order(
    stages: Graph,
    names: Sequence[str],
    conflicts: Collection[tuple[str, str]],
    late: Collection[str],
) -> tuple[str, ...] | None:
    """Return an order in which only the `late` ones meet a conflict, None when there is none."""
    edges = {name: [other for other in stages.ancestors(name) if other in names] for name in names}
    for one, other in conflicts:
        if one not in late and other not in late:
            return None
        if one in late and other not in late:
            edges[one].append(other)
        elif other in late and one not in late:
            edges[other].append(one)
    found = graph(edges)
    if found.cycles:
        return None
    # Landing stops where a stage meets a conflict, so what does not wait for one goes first.
    return tuple(
        sorted(found.order, key=lambda name: not {name, *found.ancestors(name)}.isdisjoint(late))
    )


def _greedy(involved: Sequence[str], conflicts: Collection[tuple[str, str]]) -> Iterator[str]:
    left = list(conflicts)
    while left:
        most = max(involved, key=lambda name: sum(name in pair for pair in left))
        left = [pair for pair in left if most not in pair]
        yield most


def _second(order: Sequence[str], conflicts: Collection[tuple[str, str]]) -> Iterator[str]:
    """Yield whoever comes after something it collides with."""
    for place, name in enumerate(order):
        before = order[:place]
        if any(name in pair and (pair[0] in before or pair[1] in before) for pair in conflicts):
            yield name
