"""PW401 to PW405: what the example plans do not show, and what the messages say."""

from __future__ import annotations

import re

import pytest

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.check import check
from plan_worktree.lint.suppress import Selection
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.sections import PLAN_PARTS
from tests.support import Stage, plan_text

PLAN_ID = "2026-01-02-shop"


def findings(text: str, *codes: str) -> list[Diagnostic]:
    return list(check(loads(text.encode(), "plan.md"), None, selection=Selection(codes)))


def messages(text: str, *codes: str) -> list[str]:
    return [one.message for one in findings(text, *codes)]


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def body(old: str, new: str) -> str:
    """Return a plan of one stage with its section changed."""
    return replaced(plan_text(PLAN_ID, "core"), old, new)


def test_a_missing_section_is_named_with_the_line_that_makes_one() -> None:
    text = body("**Stage ID**: `core`", "**Stage**: `core`")

    (message,) = messages(text, "PW401")

    assert '"core"' in message
    assert "**Stage ID**: `core`" in message


@pytest.mark.parametrize("written", ("Core", "CORE", "core-", "cor e"))
def test_a_section_of_a_similar_id_is_another(written: str) -> None:
    found = findings(body("**Stage ID**: `core`", f"**Stage ID**: `{written}`"), "PW401", "PW402")

    assert [one.code for one in found] == ["PW401", "PW402"]


def test_a_section_of_no_stage_suggests_the_one_that_may_be_meant() -> None:
    (message,) = messages(body("**Stage ID**: `core`", "**Stage ID**: `cora`"), "PW402")

    assert 'did you mean "core"?' in message


def test_invisible_characters_in_an_id_are_shown() -> None:
    (message,) = messages(body("**Stage ID**: `core`", "**Stage ID**: `co\u200bre`"), "PW402")

    assert "co\\u200bre" in message


def test_a_third_section_points_at_the_first() -> None:
    text = plan_text(PLAN_ID, "core")
    section = text[text.index("### Stage 1") : text.index("---\n\n## Testing")]
    first = text[: text.index("**Stage ID**")].count("\n") + 1

    twice = messages(replaced(text, section, section * 3), "PW402")

    assert len(twice) == 2
    assert all(f"line {first}" in message for message in twice)


def test_sections_are_not_judged_while_an_id_cannot_be_read() -> None:
    text = plan_text(PLAN_ID, "core", "api").replace('"id": "api"', '"id": 7')

    assert findings(text, "PW402") == []


@pytest.mark.parametrize(
    ("field", "says", "right"),
    (
        ("**Branch**: `feature/2026-01-02-shop-core`", "**Branch**: `main`", PLAN_ID),
        ("**Status**: Not Started", "**Status**: Complete", "not-started"),
        ("**Dependencies**: None", "**Dependencies**: storage", "none"),
        ("**Branch**: `feature/2026-01-02-shop-core`", "**Branch**:", PLAN_ID),
        ("**Status**: Not Started", "**Status**: ?", "not-started"),
    ),
)
def test_a_disagreement_shows_both_sides_and_the_way_out(field: str, says: str, right: str) -> None:
    (message,) = messages(body(field, says), "PW403")

    name, _, value = says.partition(": ")
    assert name.rstrip(":") in message
    assert value in message
    assert right in message
    assert "--fix" in message


@pytest.mark.parametrize(
    "value",
    (
        "⏳ Not Started",
        "Not Started (waits for review)",
        "*not started*",
        "Not-Started.",
        "`not started`",
    ),
)
def test_a_status_may_be_decorated(value: str) -> None:
    assert findings(body("**Status**: Not Started", f"**Status**: {value}"), "PW403") == []


def test_the_first_of_two_fields_counts() -> None:
    text = body("**Status**: Not Started", "**Status**: Not Started\n**Status**: Complete")

    assert findings(text, "PW403") == []


def test_fields_below_the_first_part_are_text() -> None:
    text = body("#### What\n", "#### What\n\n**Status**: Complete\n**Branch**: x\n")

    assert findings(text, "PW403") == []


def test_dependencies_are_compared_as_a_set() -> None:
    text = plan_text(PLAN_ID, "a", "b", "c:a,b")

    assert findings(text.replace("`a`, `b`", "b & a & a"), "PW403") == []


@pytest.mark.parametrize("needs", ("storage", "storage,a"))
def test_dependencies_on_nothing_known_are_not_judged_twice(needs: str) -> None:
    text = plan_text(PLAN_ID, "a", f"b:{needs}").replace(
        "**Dependencies**: `", "**Dependencies**: `x"
    )

    assert [one.code for one in findings(text)] == ["PW202"]


@pytest.mark.parametrize(
    ("wrong", "value", "code"),
    (
        ('"status": "not-started"', '"status": "to do"', "PW104"),
        ('"depends_on": ["core"]', '"depends_on": "core"', "PW102"),
    ),
)
def test_a_value_that_the_metadata_may_not_have_is_one_finding(
    wrong: str, value: str, code: str
) -> None:
    text = plan_text(PLAN_ID, Stage("core", status="complete"), "api:core")
    text = re.sub(r'"depends_on": \[\s*"core"\s*\]', '"depends_on": ["core"]', text)

    assert [one.code for one in findings(replaced(text, wrong, value))] == [code]


def test_a_stage_id_that_is_there_twice_is_one_finding() -> None:
    text = plan_text(
        PLAN_ID, "core", Stage("core", branch="feature/core-2", worktree_path="../core-2")
    )

    assert {one.code for one in findings(text)} == {"PW201"}


def test_a_huge_value_is_not_repeated_in_full() -> None:
    text = body("**Status**: Not Started", "**Status**: " + "x" * 100_000)

    (message,) = messages(text, "PW403")

    assert len(message) < 1000


@pytest.mark.parametrize("part", ("What", "Why", "How", "Files to Change", "Validation", "TODO"))
def test_each_part_of_a_stage_is_missed_by_its_name(part: str) -> None:
    text = plan_text(PLAN_ID, "core")
    for form in (f"#### {part}\n", f"#### {part} for Stage 1\n", f"**{part}**:\n"):
        text = text.replace(form, "\n")

    (message,) = messages(text, "PW404")

    assert '"core"' in message
    assert message.replace('"core"', "").count(part) == 1
    assert not any(other in message for other in ("Overview", " and "))


def test_a_section_without_a_heading_misses_its_parts_at_its_id() -> None:
    lines = ("```json metadata", "{}", "```", "", "**Stage ID**: `core`")

    (found,) = findings("\n".join(lines), "PW404")

    assert (found.line, found.column) == (5, 1)
    assert "What, Why, How, Files to Change, Validation and TODO" in found.message


@pytest.mark.parametrize("part", PLAN_PARTS)
def test_each_part_of_a_plan_is_missed_by_its_name(part: str) -> None:
    text = plan_text(PLAN_ID, "core").replace(f"## {part}\n", "## Something else\n")

    (message,) = messages(text, "PW405")

    assert part in message


def test_all_missing_parts_of_a_plan_are_one_finding() -> None:
    (message,) = messages("```json metadata\n{}\n```\n", "PW405")

    assert all(part in message for part in PLAN_PARTS)


@pytest.mark.parametrize(
    "heading",
    (
        "## OVERVIEW",
        "# Overview of it all",
        "Overview\n--------",
        "## Overview ##",
        "## 1. Overview",
    ),
)
def test_a_part_of_a_plan_may_be_written_differently(heading: str) -> None:
    assert findings(body("## Overview", heading), "PW405") == []


@pytest.mark.parametrize("heading", ("**Overview**", "> ## Overview", "```\n## Overview\n```"))
def test_what_is_no_part_of_a_plan(heading: str) -> None:
    assert len(findings(body("## Overview", heading), "PW405")) == 1


@pytest.mark.parametrize("form", ("#### 1. {}", "#### 2) {}", "#### (a) {}"))
def test_the_parts_of_a_stage_may_be_numbered(form: str) -> None:
    assert findings(body("#### Why", form.format("Why")), "PW404") == []


def test_a_fence_that_is_never_closed_is_the_finding_not_what_it_swallows() -> None:
    text = body("- [ ] Run `git diff --check`", "```sh\ngit diff --check")

    assert [one.code for one in findings(text)] == ["PW003"]


@pytest.mark.thorough
@pytest.mark.timeout(100)
def test_a_thousand_sections_that_no_stage_has_do_not_hang_it() -> None:
    text = plan_text(PLAN_ID, *(f"s{number}" for number in range(1000)))

    found = findings(text.replace("**Stage ID**: `s", "**Stage ID**: `t"), "PW401", "PW402")

    assert len(found) == 2000


def test_a_branch_that_git_refuses_is_not_asked_of_the_body_too() -> None:
    """Else the advice would be to copy the fault."""
    text = plan_text(PLAN_ID, Stage("core", branch="--force"))
    text = replaced(text, "**Branch**: `--force`", "**Branch**: `feature/core`")

    assert [one.code for one in findings(text, "PW301", "PW403")] == ["PW301"]
