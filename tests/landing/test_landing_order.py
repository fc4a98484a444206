"""The order of landing that is advised leaves as few stages as possible to be mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.landing.landing_order import landing_order
from plan_worktree.plan.graph import graph

NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def plans(draw: st.DrawFn) -> tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]]:
    """Draw dependencies, and which of the stages that none orders collide."""
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
    clashes = draw(st.lists(st.sampled_from(free), unique=True)) if free else []
    return edges, clashes


def late(order: Sequence[str], clashes: Sequence[tuple[str, str]]) -> set[str]:
    place = {name: number for number, name in enumerate(order)}
    return {max(pair, key=place.__getitem__) for pair in clashes}


def orders(edges: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Try every order, and yield those in which dependencies come first."""
    for order in permutations(edges):
        place = {name: number for number, name in enumerate(order)}
        if all(place[need] < place[name] for name, needs in edges.items() for need in needs):
            yield order


def _behind(edges: dict[str, tuple[str, ...]], late: Sequence[str]) -> set[str]:
    """Return some stages and all that need them."""
    stages = graph(edges)
    return {n for n in edges if n in late or any(stages.is_before(one, n) for one in late)}


@given(plans())
def test_no_order_leaves_fewer_stages_to_be_mended(
    plan: tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]],
) -> None:
    edges, clashes = plan

    order, mended = landing_order(graph(edges), list(edges), clashes)

    assert order in set(orders(edges))
    assert not set(order[: len(order) - len(_behind(edges, mended))]) & set(mended)
    assert late(order, clashes) <= set(mended)
    assert len(mended) == min(len(late(other, clashes)) for other in orders(edges))


def test_many_stages_that_collide_get_an_order_without_trying_all() -> None:
    names = [f"s{number}" for number in range(60)]
    clashes = list(pairwise(names))

    order, mended = landing_order(graph(dict.fromkeys(names, ())), names, clashes)

    assert sorted(order) == sorted(names)
    assert late(order, clashes) <= set(mended)
    assert len(mended) < 60


def test_only_the_stages_that_are_asked_for_are_ordered() -> None:
    stages = graph({"a": (), "b": ("a",), "c": ("b",)})

    assert landing_order(stages, ["a", "c"], []) == (("a", "c"), ())
