"""The graph of stages against brute force and the standard library's own sorter."""

from __future__ import annotations

import time
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.graph import Graph, graph, stage_graph
from plan_worktree.plan.model import read_plan

Edges = dict[str, tuple[str, ...]]


NAMES = "abcdefgh"
# A stage of an acyclic graph needs only stages further left in here.
RANKS = "cfahbgde"

# Dependencies may repeat, name the stage itself, or name a stage that nobody declared.
EDGES = st.lists(st.lists(st.sampled_from([*NAMES, "?"]), max_size=4).map(tuple), max_size=8).map(
    lambda found: dict(zip(NAMES, found, strict=False))
)
ACYCLIC = EDGES.map(
    lambda found: {
        stage: tuple(other for other in needed if -1 < RANKS.find(other) < RANKS.index(stage))
        for stage, needed in found.items()
    }
)


def known(found: Edges) -> dict[str, set[str]]:
    return {
        stage: {other for other in needed if other in found and other != stage}
        for stage, needed in found.items()
    }


def reachable(found: Edges, start: str) -> set[str]:
    """Walk everything `start` needs, directly or not; itself only when it is on a cycle."""
    seen: set[str] = set()
    waiting = list(known(found)[start])
    while waiting:
        stage = waiting.pop()
        if stage not in seen:
            seen.add(stage)
            waiting.extend(known(found)[stage])
    return seen


def knots(found: Edges) -> set[frozenset[str]]:
    """Return the sets of stages that all need each other."""
    reach = {stage: reachable(found, stage) for stage in found}
    return {
        frozenset(other for other in found if other in reach[stage] and stage in reach[other])
        for stage in found
        if stage in reach[stage]
    }


@given(EDGES)
def test_a_stage_is_in_the_wave_behind_the_last_of_what_it_needs(found: Edges) -> None:
    waves = graph(found).waves
    number = {stage: place for place, wave in enumerate(waves, start=1) for stage in wave}
    for stage, place in number.items():
        assert place == 1 + max((number[other] for other in known(found)[stage]), default=0)


@given(ACYCLIC)
def test_a_graph_without_cycles_has_every_stage_and_reports_none(found: Edges) -> None:
    assert sorted(graph(found).order) == sorted(found)
    assert graph(found).cycles == ()


@given(EDGES)
def test_a_cycle_is_reported_exactly_when_the_standard_library_finds_one(found: Edges) -> None:
    try:
        TopologicalSorter(known(found)).prepare()
    except CycleError:
        assert graph(found).cycles
    else:
        assert graph(found).cycles == ()


@given(EDGES)
def test_the_order_has_every_stage_that_is_not_on_or_behind_a_cycle(found: Edges) -> None:
    on_cycles = {stage for knot in knots(found) for stage in knot}
    free = {s for s in found if s not in on_cycles and not reachable(found, s) & on_cycles}
    made = graph(found)
    assert sorted(made.order) == sorted(free)
    for place, stage in enumerate(made.order):
        assert known(found)[stage] <= set(made.order[:place])


@given(EDGES)
def test_each_wave_is_in_the_order_of_the_plan(found: Edges) -> None:
    written = list(found)
    made = graph(found)
    assert [stage for wave in made.waves for stage in wave] == list(made.order)
    for wave in made.waves:
        assert list(wave) == sorted(wave, key=written.index)


@given(EDGES)
def test_ancestors_are_everything_a_stage_needs(found: Edges) -> None:
    made = graph(found)
    for stage in made.order:
        needed = reachable(found, stage)
        assert made.ancestors(stage) == tuple(s for s in made.order if s in needed)
        assert {other for other in found if made.is_before(other, stage)} == needed


@given(EDGES)
def test_each_reported_cycle_is_a_closed_walk_and_every_knot_has_one(found: Edges) -> None:
    cycles = graph(found).cycles
    for cycle in cycles:
        assert len(cycle) > 2
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        for stage, needed in pairwise(cycle):
            assert needed in found[stage]
    for knot in knots(found):
        assert any(knot.issuperset(cycle) for cycle in cycles)
    walked = [stage for cycle in cycles for stage in cycle[1:]]
    assert len(walked) == len(set(walked))


@given(EDGES)
def test_dependencies_keep_their_order_once_each_and_leave_out_strangers(found: Edges) -> None:
    for stage, needed in graph(found).dependencies.items():
        assert list(needed) == [
            other
            for index, other in enumerate(found[stage])
            if other in known(found)[stage] and other not in found[stage][:index]
        ]


def test_an_example_reads_as_a_person_would_draw_it() -> None:
    made = graph({"ui": ("api",), "docs": (), "api": ("db", "auth"), "auth": (), "db": ()})
    assert made.waves == (("docs", "auth", "db"), ("api",), ("ui",))
    assert made.ancestors("ui") == ("auth", "db", "api")
    assert made.is_before("db", "ui")
    assert not made.is_before("ui", "db")
    assert not made.is_before("ui", "ui")
    assert made.cycles == ()


def test_a_cycle_is_walked_from_where_the_plan_enters_it() -> None:
    made = graph({"a": ("b",), "b": ("c",), "c": ("b",), "d": ()})
    assert made.cycles == (("b", "c", "b"),)
    assert made.order == ("d",)


def test_stages_the_graph_does_not_know_come_before_nothing() -> None:
    found: Edges = {"a": ()}
    made = graph(found)
    assert made.ancestors("nobody") == ()
    assert not made.is_before("nobody", "a")
    assert not made.is_before("a", "nobody")


def plan_graph(*stages: dict[str, object]) -> Graph:
    return stage_graph(read_plan({"stages": list(stages)}))


def test_of_a_repeated_id_the_first_stages_dependencies_count() -> None:
    made = plan_graph({"id": "a"}, {"id": "b", "depends_on": ["a"]}, {"id": "b"}, {"name": "no id"})
    assert made.dependencies == {"a": (), "b": ("a",)}


@pytest.mark.second
@pytest.mark.parametrize("shape", ("chain", "circle", "fan", "ladder"))
def test_five_thousand_stages_take_no_recursion_and_little_time(shape: str) -> None:
    names = [f"s{number}" for number in range(5000)]
    shapes: dict[str, Edges] = {
        "chain": {s: tuple(names[i - 1 : i]) for i, s in enumerate(names)},
        "circle": {s: (names[i - 1],) for i, s in enumerate(names)},
        "fan": {s: tuple(names[:1]) if i else tuple(names[1:]) for i, s in enumerate(names)},
        "ladder": {s: tuple(names[max(i - 20, 0) : i]) for i, s in enumerate(names)},
    }
    found = shapes[shape]
    start = time.process_time()
    made = graph(found)
    assert time.process_time() - start < 30
    assert len(made.order) == (5000 if shape in ("chain", "ladder") else 0)
    assert len(made.cycles) == (0 if shape in ("chain", "ladder") else 1)
