"""The order of landing that is advised leaves few stages to be fixed, and names them all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.landing.order import landing_order
from plan_worktree.plan.graph import graph

NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def plans(draw: st.DrawFn) -> tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]]:
    """Draw dependencies, and which of the stages that none orders conflict."""
    edges = {
        name: tuple(draw(st.lists(st.sampled_from(NAMES[:place]), unique=True, max_size=2)))
        if place
        else ()
        for place, name in enumerate(NAMES)
    }
    stages = graph(edges)
    free = [
        (one, other)
        for place, one in enumerate(NAMES)
        for other in NAMES[place + 1 :]
        if not stages.is_before(one, other)
    ]
    conflicts = draw(st.lists(st.sampled_from(free), unique=True)) if free else []
    return edges, conflicts


def late(order: Sequence[str], conflicts: Sequence[tuple[str, str]]) -> set[str]:
    place = {name: number for number, name in enumerate(order)}
    return {max(pair, key=place.__getitem__) for pair in conflicts}


def _behind(edges: dict[str, tuple[str, ...]], late: Sequence[str]) -> set[str]:
    """Return some stages and all that need them."""
    stages = graph(edges)
    return {n for n in edges if n in late or any(stages.is_before(one, n) for one in late)}


@given(plans())
def test_late_are_those_that_conflict_with_a_stage_before_them(
    plan: tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]],
) -> None:
    edges, conflicts = plan

    order, fixed = landing_order(graph(edges), list(edges), conflicts)

    place = {name: number for number, name in enumerate(order)}
    assert sorted(order) == sorted(edges)
    assert all(place[need] < place[name] for name, needs in edges.items() for need in needs)
    assert set(fixed) == late(order, conflicts)
    assert list(fixed) == sorted(fixed, key=place.__getitem__)
    assert set(order[len(order) - len(_behind(edges, fixed)) :]) == _behind(edges, fixed)


def test_the_one_stage_that_conflicts_with_all_others_lands_last() -> None:
    stages = graph(dict.fromkeys(NAMES, ()))

    order, fixed = landing_order(stages, NAMES, [("c", name) for name in NAMES if name != "c"])

    assert (order, fixed) == (("a", "b", "d", "e", "f", "c"), ("c",))


def test_of_a_row_of_stages_that_conflict_with_the_next_every_second_is_late() -> None:
    names = [f"s{number}" for number in range(60)]

    order, fixed = landing_order(graph(dict.fromkeys(names, ())), names, list(pairwise(names)))

    assert sorted(order) == sorted(names)
    assert len(fixed) == 30


def test_only_the_stages_that_are_asked_for_are_ordered() -> None:
    stages = graph({"a": (), "b": ("a",), "c": ("b",)})

    assert landing_order(stages, ["a", "c"], []) == (("a", "c"), ())
