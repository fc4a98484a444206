"""A stage's fields in every form in which people and formatters write them."""

from __future__ import annotations

import json

import pytest

from plan_worktree.lint.rules.body import disagreements, missing_fields
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.missing import additions
from plan_worktree.plan.planfile import PlanFile, loads
from plan_worktree.plan.sections import (
    Section,
    clean,
    read_dependencies,
    read_sections,
    read_status,
)
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.edit import edited
from plan_worktree.plan.text.fields import BRANCH, DEPENDENCIES, STATUS, Field
from plan_worktree.plan.text.source import Source, decode
from tests.plan.text.forms import FORMS, Form

IDS = {name: name for name in ("one", "two", "three")}


ENDS = ("\n", "\r\n", "\r")


def sections(text: str) -> list[Section]:
    source = decode(text.encode(), "plan.md")
    assert isinstance(source, Source)
    return read_sections(read_document(source))


def meaning(found: dict[str, Field]) -> dict[str, object]:
    values = {key: one.value for key, one in found.items()}
    named, strange = read_dependencies(values[DEPENDENCIES], IDS)
    assert strange == []
    return {
        BRANCH: clean(values[BRANCH]),
        STATUS: read_status(values[STATUS]),
        DEPENDENCIES: named,
    }


def plan(text: str, end: str = "\n", **properties: object) -> PlanFile:
    stage = {
        "id": "one",
        "branch": "feature/x",
        "status": "not-started",
        "depends_on": ["two", "three"],
    }
    stages = [stage | properties, {"id": "two"}, {"id": "three"}]
    block = json.dumps({"plan_id": "2026-01-02-x", "stages": stages})
    whole = f"```json metadata\n{block}\n```\n\n### Stage 1\n\n{text}\n\n#### What\n\nIt.\n"
    return loads(whole.replace("\n", end).encode(), "plan.md")


def subject(file: PlanFile) -> Subject:
    assert file.metadata
    assert file.plan
    assert file.graph
    return Subject(file.metadata, file.plan, file.graph, None)


def fixed(file: PlanFile) -> str:
    """Return a plan as `validate --fix` leaves it."""
    about = subject(file)
    edits = [one.edit(value) for one, value, _ in disagreements(about)]
    for section, missing in missing_fields(about):
        edits += additions(about.document, section, missing)
    return edited(about.document.source, edits).decode()


def body(text: str) -> str:
    return (
        text.replace("\r\n", "\n")
        .partition("### Stage 1\n\n")[2]
        .removesuffix("\n\n#### What\n\nIt.\n")
    )


@pytest.mark.parametrize("one", FORMS, ids=lambda one: one.name)
@pytest.mark.parametrize("end", ENDS)
def test_the_fields_of_a_stage_are_read_in_every_form(one: Form, end: str) -> None:
    (found,) = sections(f"### Stage 1\n\n{one.text}\n\n#### What\n".replace("\n", end))

    assert found.stage_id == "one"
    assert meaning(found.fields) == one.says


@pytest.mark.parametrize("one", FORMS, ids=lambda one: one.name)
def test_every_value_stands_where_it_says(one: Form) -> None:
    text = f"> ### Stage\n\n{one.text}\n"
    lines = text.split("\n")
    (found,) = sections(text)

    for value in (found.id_field, *found.fields.values()):
        for row, (line, column) in zip(value.value.split("\n"), value.rows, strict=True):
            assert lines[line][column:].startswith(row)
        assert lines[value.line][value.column - 1 : value.column].strip(" |>.(") in ("", ">")


@pytest.mark.parametrize("one", FORMS, ids=lambda one: one.name)
@pytest.mark.parametrize("end", ENDS)
def test_a_status_is_written_into_every_form_and_nothing_else(one: Form, end: str) -> None:
    file = plan(one.text, end, status="blocked")
    before = file.document.source.raw.decode() if file.document else ""

    after = fixed(file)

    assert after == before.replace(one.text.replace("\n", end), one.blocked.replace("\n", end))
    assert fixed(loads(after.encode(), "plan.md")) == after


@pytest.mark.parametrize("one", FORMS, ids=lambda one: one.name)
def test_every_value_is_written_into_every_form(one: Form) -> None:
    file = plan(one.text, branch="feature/y", status="complete", depends_on=["two"])

    after = fixed(file)

    (found,) = sections(after)
    assert meaning(found.fields) == {
        BRANCH: "feature/y",
        STATUS: "complete",
        DEPENDENCIES: ["two"],
    }
    assert fixed(loads(after.encode(), "plan.md")) == after


@pytest.mark.parametrize(
    ("text", "after"),
    (
        (
            "**Stage ID**: `one`",
            (
                "**Stage ID**: `one`\n**Branch**: `feature/x`\n**Status**: Not Started\n"
                "**Dependencies**: `two`, `three`"
            ),
        ),
        (
            "**Stage ID:** one\\\n**Status:** Not Started",
            (
                "**Stage ID:** one\\\n**Branch:** feature/x\\\n**Status:** Not Started\n"
                "**Dependencies:** two, three"
            ),
        ),
        (
            "- Stage ID: one\n- Status: Not Started",
            (
                "- Stage ID: one\n- Branch: feature/x\n- Status: Not Started\n"
                "- Dependencies: two, three"
            ),
        ),
        (
            "- **Stage ID**: `one`\n  **Status**: Not Started",
            (
                "- **Stage ID**: `one`\n  **Branch**: `feature/x`\n  **Status**: Not Started\n"
                "  **Dependencies**: `two`, `three`"
            ),
        ),
        (
            "**Stage ID**: `one` | **Status**: Not Started",
            (
                "**Stage ID**: `one` | **Branch**: `feature/x` | **Status**: Not Started | "
                "**Dependencies**: `two`, `three`"
            ),
        ),
        (
            "**Stage ID: one** **Status: Not Started**",
            (
                "**Stage ID: one** **Branch: feature/x** **Status: Not Started** "
                "**Dependencies: two, three**"
            ),
        ),
        (
            "| Stage ID | one |\n|---|---|\n| Status | Not Started |",
            (
                "| Stage ID | one |\n|---|---|\n| Branch | feature/x |\n| Status | Not Started |\n"
                "| Dependencies | two, three |"
            ),
        ),
        (
            "> **stage id**: `one`\n> **dependencies**: `two`, `three`",
            (
                "> **stage id**: `one`\n> **branch**: `feature/x`\n> **status**: Not Started\n"
                "> **dependencies**: `two`, `three`"
            ),
        ),
        (
            "**Stage ID**: `one` **Branch**:\n`feature/x`",
            (
                "**Stage ID**: `one` **Branch**:\n`feature/x` **Status**: Not Started "
                "**Dependencies**: `two`, `three`"
            ),
        ),
    ),
)
@pytest.mark.parametrize("end", ENDS)
def test_missing_fields_are_written_like_those_that_are_there(
    text: str, after: str, end: str
) -> None:
    file = plan(text, end)
    before = file.document.source.raw.decode() if file.document else ""

    found = fixed(file)

    assert found == before.replace(text.replace("\n", end), after.replace("\n", end))
    assert list(missing_fields(subject(loads(found.encode(), "plan.md")))) == []


@pytest.mark.parametrize(
    "text",
    (
        "Stage ID: names the stage everywhere.",
        "A Stage ID: one",
        "`Stage ID: one`",
        "The **Stage ID**: `one` is a name.",
        "| Stage ID | Status |\n|---|---|\n| one | Not Started |",
        "| Stage ID | Branch | Status |\n|---|---|---|\n| one | feature/x | Blocked |",
        "| a | Stage ID |\n|---|---|\n| b | one |",
        "Stage ID | one",
        "substage id: one",
        "**Stage ID** one",
    ),
)
def test_what_opens_no_section_in_any_form(text: str) -> None:
    assert sections(f"### Stage 1\n\n{text}\n") == []


def test_prose_below_the_fields_is_no_part_of_a_value() -> None:
    (found,) = sections("### S\n\n**Stage ID**: one\n**Status**: Done\nAll is well.\n")

    assert found.fields[STATUS].value == "Done"


def test_a_line_without_marks_opens_and_ends_no_part() -> None:
    text = "### S\n\n**Stage ID**: one\n\n**Files to Change**:\n\nStatus: new\n\n- `a`\n"
    (found,) = sections(text)

    assert found.parts == {"Files to Change": range(4, 9)}


def test_two_sections_under_one_heading_keep_their_own_fields() -> None:
    first, second = sections(
        "## S\n\nStatus: Done\nStage ID: one\n\nStage ID: two\nStatus: Blocked\n"
    )

    assert first.fields[STATUS].value == "Done"
    assert second.fields[STATUS].value == "Blocked"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "hostile",
    (
        "**Stage ID**: a " * 20_000,
        "**a**: b " * 40_000,
        "**Stage ID**: a\n**Dependencies**:\n" + "a,\n" * 100_000,
        "**Status**: (\n" * 40_000,
        "Stage ID: a\n" * 40_000,
        "| Stage ID | a |\n|-|-|\n" + "| Branch | b |\n" * 40_000,
        "|-" * 200_000 + "\n" + "|-" * 200_000,
        "**Branch**:" + " " * 400_000 + "x",
        "**Branch**: " + "|" * 400_000 + " **Status**: x",
        "stage " * 100_000 + ":",
        "Status: `" * 50_000,
    ),
    ids=lambda text: repr(text[:24]),
)
def test_hostile_fields_take_linear_time(hostile: str) -> None:
    import time

    def seconds(text: str) -> float:
        start = time.process_time()
        sections(f"# S\n\n{text}\n")
        return time.process_time() - start

    part = seconds(hostile[: len(hostile) // 4])
    # A busy machine may slow one try down, not three.
    assert any(seconds(hostile) < 12 * part + 0.5 for _ in range(3))
