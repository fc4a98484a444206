"""The drawn graph: every stage, every arrow, nothing in front of anything."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.output.page.graph import drawing
from plan_worktree.output.page.layout import HEIGHT, WIDTH, Layout, layout
from plan_worktree.output.page.markup.reasons import reasons
from plan_worktree.plan.graph import Graph, graph, stage_graph
from plan_worktree.plan.model import read_plan
from plan_worktree.state.declared import declared


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    number = draw(st.integers(1, 12))
    return graph(
        {
            f"s{n}": [f"s{m}" for m in draw(st.sets(st.integers(0, n - 1), max_size=4))]
            if n
            else []
            for n in range(number)
        }
    )


def laid_out(found: Graph) -> Layout:
    placed = layout(found)
    assert placed is not None
    return placed


@given(graphs())
def test_boxes_stand_in_the_column_of_their_wave_and_never_on_each_other(found: Graph) -> None:
    placed = laid_out(found)

    columns = [sorted({placed.boxes[stage][0] for stage in wave}) for wave in found.waves]
    assert [len(column) for column in columns] == [1] * len(found.waves)
    assert columns == sorted(columns)
    for wave in found.waves:
        tops = sorted(placed.boxes[stage][1] for stage in wave)
        assert all(low - high > HEIGHT for high, low in pairwise(tops))
    for x, y in placed.boxes.values():
        assert 0 < x < x + WIDTH < placed.width
        assert 0 < y < y + HEIGHT <= placed.height


@given(graphs())
def test_every_arrow_leads_from_box_to_box_and_passes_behind_none(found: Graph) -> None:
    placed = laid_out(found)
    corners = {
        stage: ((x, y + HEIGHT // 2), (x + WIDTH, y + HEIGHT // 2))
        for stage, (x, y) in placed.boxes.items()
    }
    wanted = [
        (corners[needed][1], corners[stage][0])
        for stage in found.order
        for needed in found.dependencies[stage]
    ]
    assert [(arrow[0], arrow[-1]) for arrow in placed.arrows] == wanted
    for arrow in placed.arrows:
        for (left, y), (right, _) in zip(arrow[1:-1:2], arrow[2:-1:2], strict=True):
            behind = [top for x, top in placed.boxes.values() if x == left]
            assert right - left == WIDTH
            assert not [top for top in behind if top <= y <= top + HEIGHT]


def test_stages_are_put_where_arrows_do_not_cross() -> None:
    found = graph({"a": [], "b": [], "c": ["b"], "d": ["a"]})

    placed = laid_out(found)

    above = {stage for stage, (_, y) in placed.boxes.items() if y < placed.height // 2}
    assert above in ({"a", "d"}, {"b", "c"})


@pytest.mark.parametrize(
    "edges",
    (
        {f"s{n}": [] for n in range(10_000)},
        {f"s{n}": [f"s{m}" for m in range(n)] for n in range(300)},
    ),
)
def test_what_nobody_could_read_is_not_drawn(edges: dict[str, list[str]]) -> None:
    found = graph(edges)
    began = time.process_time()

    assert layout(found) is None
    assert time.process_time() - began < 20


def drawn(*stages: Mapping[str, object]) -> str:
    metadata = {"plan_id": "2026-01-02-x", "stages": list(stages)}
    plan = read_plan(metadata)
    return drawing(declared(plan, stage_graph(plan)), stage_graph(plan), reasons(plan, metadata))


def test_a_box_says_its_state_by_sign_and_word_and_leads_to_its_section() -> None:
    shown = drawn(
        {"id": "a", "name": "One", "status": "complete"},
        {"id": "b", "name": "Two", "status": "not-started", "depends_on": ["a"]},
    )

    assert '<a href="#stage-1"><title>a: One; complete; wave 1; needs nothing</title>' in shown
    assert '<a href="#stage-2"><title>b: Two; ready; wave 2; needs a</title>' in shown
    assert 'class="box s-complete"' in shown
    assert "\u2713 a</text>" in shown
    assert shown.count('class="arrow"') == 1
    assert re.findall(r"Wave \d", shown) == ["Wave 1", "Wave 2"]


def test_an_arrow_says_why_it_is_there_when_the_plan_does() -> None:
    shown = drawn(
        {"id": "a", "name": "One"},
        {"id": "b", "name": "Two", "depends_on": ["a"]},
        {"id": "c", "name": "Three", "depends_on": ["b", "a"], "x-because": {"a": "it <uses> a"}},
    )

    arrows = re.findall(r'<path class="arrow" d="[^"]*">(.*?)</path>', shown)
    assert sorted(arrows) == ["", "", "<title>c needs a: it &lt;uses&gt; a</title>"]


def test_long_names_are_cut_to_what_fits_and_said_in_full() -> None:
    shown = drawn({"id": "a", "name": "n" * 60}, {"id": "b", "name": "文" * 60})

    assert f">{'n' * 20}\u2026</text>" in shown
    assert f">{'文' * 12}\u2026</text>" in shown
    assert "n" * 60 in shown
    assert "文" * 60 in shown


def test_a_name_cannot_leave_its_box() -> None:
    shown = drawn({"id": "a", "name": '</text></svg><script>x</script>"onload="y'})

    assert "<script" not in shown
    assert '"onload' not in shown


def test_a_graph_that_is_not_drawn_says_where_to_look() -> None:
    shown = drawn(*({"id": f"s{n}", "name": "x"} for n in range(301)))

    assert shown == (
        "<p>There are too many stages or dependencies to draw; the table has them all.</p>"
    )
