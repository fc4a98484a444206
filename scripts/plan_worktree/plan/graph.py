"""The graph of stages: which come before which.

A graph is made from ids and their dependencies; names nobody declared are left out (a rule
reports them). Stages on a cycle, or behind one, have no place in the order and no wave. All
results keep the plan's own order where the graph leaves a choice, so that they never flicker.

What a stage needs is a number with one bit for each stage: sets of names would take gigabytes for
a chain of as many stages as the schema allows.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from plan_worktree.plan.model import Plan


class Graph(NamedTuple):
    """Dependencies, order and cycles of a set of stages.

    `order` puts every stage behind its dependencies. `waves` groups the same stages: those of a
    wave can run together once the waves before are done. `cycles` holds, for each knot, one
    closed walk of dependencies, its first id repeated at the end. `place` is where a stage is in
    `order`, and bit n of its `ancestor_bits` says that it needs the stage at place n.
    """

    dependencies: dict[str, tuple[str, ...]]
    order: tuple[str, ...]
    waves: tuple[tuple[str, ...], ...]
    cycles: tuple[tuple[str, ...], ...]
    position: dict[str, int]
    ancestor_bits: dict[str, int]

    def ancestors(self, stage: str) -> tuple[str, ...]:
        """Return everything `stage` needs, directly or not, in order."""
        bits = self.ancestor_bits.get(stage, 0)
        return tuple(other for other in self.order if bits >> self.position[other] & 1)

    def is_before(self, first: str, second: str) -> bool:
        """Tell whether `second` needs `first`, directly or through others."""
        position = self.position.get(first)
        return position is not None and bool(self.ancestor_bits.get(second, 0) >> position & 1)


def stage_graph(plan: Plan) -> Graph:
    """Make the graph of a plan's stages; of a repeated id the first stage counts."""
    edges: dict[str, tuple[str, ...]] = {}
    for stage in plan.stages:
        if stage.id:
            edges.setdefault(stage.id, stage.depends_on)
    return graph(edges)


def graph(edges: Mapping[str, Sequence[str]]) -> Graph:
    """Make a graph from ids (in the plan's order) and the ids each depends on."""
    dependencies = {
        stage: tuple(dict.fromkeys(other for other in needed if other in edges and other != stage))
        for stage, needed in edges.items()
    }
    waves = tuple(_waves(dependencies))
    order = tuple(stage for wave in waves for stage in wave)
    position = {stage: index for index, stage in enumerate(order)}
    ancestors: dict[str, int] = {}
    for stage in order:
        bits = 0
        for other in dependencies[stage]:
            bits |= ancestors[other] | 1 << position[other]
        ancestors[stage] = bits
    return Graph(dependencies, order, waves, tuple(_cycles(dependencies)), position, ancestors)


def _waves(dependencies: dict[str, tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    written = {stage: index for index, stage in enumerate(dependencies)}
    sorter = TopologicalSorter(dependencies)
    with suppress(CycleError):  # stages that no cycle holds up are sorted all the same
        sorter.prepare()
    while wave := sorter.get_ready():
        yield tuple(sorted(wave, key=written.__getitem__))
        sorter.done(*wave)


def _cycles(dependencies: dict[str, tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    """Walk depth first, without recursion; a step back onto the path closes a cycle."""
    done: set[str] = set()
    reported: set[str] = set()
    for start, first in dependencies.items():
        path = [start] if start not in done else []
        depth_of = {start: 0}
        branches = [iter(first)]
        while path:
            following = next(branches[-1], None)
            if following is None:
                done.add(path[-1])
                del depth_of[path.pop()]
                branches.pop()
            elif following in depth_of:
                cycle = path[depth_of[following] :]
                if reported.isdisjoint(cycle):
                    reported.update(cycle)
                    yield (*cycle, following)
            elif following not in done:
                depth_of[following] = len(path)
                path.append(following)
                branches.append(iter(dependencies[following]))
