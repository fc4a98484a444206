"""In which order stages land so that few of them meet a conflict.

When two stages conflict, the stage that lands later has to resolve the conflict. The order is
built from its first stage on. The next stage must need none of the stages that are not yet placed.
Among those stages, one that conflicts with no placed stage goes first; among several such stages,
the one whose landing gives the fewest other stages a conflict. The result seldom has more
conflicts than the best order, which only a trial of all orders could find.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from plan_worktree.plan.graph import Graph


def landing_order(
    stages: Graph, names: Sequence[str], conflicts: Collection[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return an order of some stages, dependencies first, and those that meet a conflict in it.

    `conflicts` are the pairs of them that conflict.
    """
    left = [name for name in stages.order if name in names]
    needed = {name: set(stages.ancestors(name)) for name in left}
    against: dict[str, set[str]] = {name: set() for name in left}
    for one, other in conflicts:
        against[one].add(other)
        against[other].add(one)
    order: list[str] = []
    late: set[str] = set()

    def cost(name: str) -> tuple[bool, int]:
        # Landing stops where a stage meets a conflict, so what meets none goes first.
        return name in late, len(against[name].intersection(left) - late)

    while left:
        following = min((name for name in left if needed[name].isdisjoint(left)), key=cost)
        left.remove(following)
        order.append(following)
        late.update(against[following].intersection(left))
    return tuple(order), tuple(name for name in order if name in late)
