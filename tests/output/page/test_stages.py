"""What the page says of each stage: the table of all, and the facts above each one's text."""

from __future__ import annotations

import re

import pytest

from tests.output.page.hostile import EVIL
from tests.pages import Page, page_of
from tests.support import Stage, plan_text
from tests.world import PLAN_ID


def needs(page: str, stage: int) -> str:
    """Return what the facts of the stage at a place, from 1, say that it needs."""
    section = page[page.index(f'id="stage-{stage}"') :]
    found = re.search(r"<dt>Needs</dt><dd>(.*?)</dd>", section, re.DOTALL)
    assert found
    return found[1]


def test_a_stage_says_beside_each_stage_it_needs_why() -> None:
    because = {"core": "it changes <what> core\nmakes", "gone": "left over"}
    waits = Stage("api", ("core", "docs"), extra={"x-because": because})

    page = page_of(plan_text(PLAN_ID, "core", "docs", waits))

    assert needs(page, 3) == (
        '<ul class="needs"><li><a href="#stage-1">core</a>: '
        "<bdi>it changes &lt;what&gt; core\nmakes</bdi></li>"
        '<li><a href="#stage-2">docs</a></li></ul>'
    )
    assert needs(page, 1) == "nothing"


@pytest.mark.parametrize(
    "because",
    (
        None,
        True,
        7,
        "core",
        ["core"],
        {},
        {"core": None},
        {"core": ["x"]},
        {"core": " \n"},
        {"x": 1},
    ),
)
def test_what_is_no_reason_is_none(because: object) -> None:
    text = plan_text(PLAN_ID, "core", Stage("api", ("core",), extra={"x-because": because}))

    assert needs(page_of(text), 2) == '<a href="#stage-1">core</a>'


@pytest.mark.parametrize("evil", EVIL)
def test_a_hostile_reason_is_text(evil: str) -> None:
    text = plan_text(PLAN_ID, "core", Stage("api", ("core",), extra={"x-because": {"core": evil}}))

    page = Page(page_of(text))

    assert any(shown.startswith("api needs core: ") for shown in (t for _, t in page.texts))


def test_a_stage_that_waits_for_all_it_needs_has_no_remark_that_says_it_again() -> None:
    some = page_of(plan_text(PLAN_ID, Stage("a", status="complete"), "b", "c:a,b"))
    every = page_of(plan_text(PLAN_ID, "a", "b", "c:a,b"))

    assert some.count('<span class="remark">for b</span>') == 2
    assert 'class="remark"' not in every
    assert '<th scope="col">Remarks</th>' not in every
