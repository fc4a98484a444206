"""Carried text keeps its words and cannot change what stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.authoring.importing.carry import carried_text, fenced, one_line
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.sections import read_sections
from tests.support import plan_text

HEAD, TAIL = plan_text("2026-01-02-shop", "one", "two").split("#### Why", 1)
PIECES = st.sampled_from(
    [
        *("# a", "## What", "#### Validation", "a\n---", "a\n===", "---", "```", "~~~~", "```sh"),
        *("```json metadata", "<!--", "-->", "<pre>", "</pre>", "<script>", "<?x", "<![CDATA["),
        *("**Stage ID**: `x`", "**Status**: Blocked", "**Why**: y", "Stage ID: z", "- [ ] a"),
        *("> q", "    code", "  - nested", "  ```", "- ```", "| a | b |", "", "text", "\t"),
        *("**Files to Change**:", "- Delete: `a`", "*a*", "\\", "`", "\x1b", "\ud800", "\x85"),
        *("1. b", "<div>", "[a]: b", "<!x", "&#35;"),
    ]
)


def reading(text: str) -> tuple[object, ...]:
    """Return what a plan is in which a text stands under the first stage's What."""
    file = loads(f"{HEAD}{text}\n\n#### Why{TAIL}".encode(), "plan.md")
    assert file.document
    sections = read_sections(file.document)
    return (
        [found for found in file.problems if found.code != "PW008"],
        file.plan,
        [(one.stage_id, sorted(one.parts), sorted(one.fields)) for one in sections],
        [len(one.parts["Validation"]) for one in sections],
        [len(one.parts["Files to Change"]) for one in sections],
    )


PLAIN = reading("plain words")


@given(st.lists(PIECES, max_size=12).map("\n".join))
def test_no_text_changes_the_plan_that_carries_it(text: str) -> None:
    assert reading(carried_text(text)) == PLAIN


@given(st.text(max_size=80))
def test_no_text_at_all_changes_the_plan_that_carries_it(text: str) -> None:
    assert reading(carried_text(text)) == PLAIN


@given(st.lists(PIECES, max_size=12).map("\n".join))
def test_a_fence_holds_any_text(text: str) -> None:
    clean = "".join(char for char in text if char.isprintable() or char == "\n")
    assert reading(fenced(clean)) == PLAIN


@pytest.mark.parametrize(
    ("text", "carried"),
    (
        ("words and\n\n- lists", "words and\n\n- lists"),
        ("", ""),
        ("\n\n  \n", ""),
        ("## A\n\n### B", "##### A\n\n###### B"),
        ("A\n=\n\nB\n-", "##### A\n\n\n###### B"),
        ("## Why it is so", "##### *Why it is so*"),
        ("**Why**: it", "__Why__: it"),
        ("**Goal**: it", "**Goal**: it"),
        ("**Stage ID**: `x`", "__Stage&#32;ID__: `x`"),
        ("```py\n**Why**: code\n# a\n```", "```py\n**Why**: code\n# a\n```"),
        ("```json metadata\n{}\n```", "```json\n{}\n```"),
        ("```py\nx", "```py\nx\n```"),
        ("<!-- x", "<!-- x\n-->"),
        ("<!-- plan-worktree: ignore X -->", "<!-- of the source: plan-worktree: ignore X -->"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\tindented", "indented"),
    ),
)
def test_only_what_could_do_harm_is_written_in_another_way(text: str, carried: str) -> None:
    assert carried_text(text) == carried


def test_a_fence_is_longer_than_any_in_it() -> None:
    assert fenced("a\n````\nb") == "`````text\na\n````\nb\n`````"
    assert fenced("") == ""


def test_a_name_is_one_line_that_can_be_printed() -> None:
    assert one_line(" a\n\tb\x1b[31m c ") == "a b [31m c"


def test_an_underlined_heading_takes_no_line_of_what_follows_it() -> None:
    assert carried_text("a\n---\n```\n# a") == "##### a\n\n```\n# a\n```"
