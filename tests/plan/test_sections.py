"""Stage sections: found by their Stage ID line, whatever the headings around it say."""

from __future__ import annotations

import pytest

from plan_worktree.plan.sections import (
    STAGE_PARTS,
    Section,
    clean,
    read_dependencies,
    read_sections,
    read_status,
)
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.source import Source, decode
from tests.sampling import sampled


def sections(*lines: str) -> list[Section]:
    source = decode("\n".join((*lines, "")).encode(), "plan.md")
    assert isinstance(source, Source)
    return read_sections(read_document(source))


def only(*lines: str) -> Section:
    (section,) = sections(*lines)
    return section


@pytest.mark.parametrize(
    "line",
    (
        "**Stage ID**: `one`",
        "**Stage ID:** `one`",
        "**stage id**: one",
        "**Stage ID**: `one` (the first)",
        "**Stage ID**: one (the first)",
        "**Stage ID**:one",
        "- **Stage ID**: `one`",
        "> **Stage ID**: `one`",
        '**Stage ID**: "one"',
        "  **Stage ID**: `one`  ",
    ),
)
def test_a_stage_id_line_opens_a_section(line: str) -> None:
    assert only("### Stage 1", "", line).stage_id == "one"


@pytest.mark.parametrize(
    "lines",
    (
        ("```", "**Stage ID**: `one`", "```"),
        ("<!-- **Stage ID**: `one` -->",),
        ("    **Stage ID**: `one`",),
        ("The **Stage ID**: `one` is written so.",),
        ("### Stage ID: one",),
    ),
)
def test_what_opens_no_section(lines: tuple[str, ...]) -> None:
    assert sections(*lines) == []


def test_a_section_begins_at_the_heading_above_it_and_ends_before_the_next() -> None:
    first, second = sections(
        "## Stages",
        "### One",
        "**Stage ID**: `one`",
        "#### What",
        "### Two",
        "**Stage ID**: `two`",
        "## Later",
        "text",
    )

    assert (first.first, first.last) == (1, 4)
    assert (second.first, second.last) == (4, 6)
    assert first.heading
    assert first.heading.text == "One"


def test_a_section_without_a_heading_begins_at_its_id() -> None:
    section = only("text", "", "**Stage ID**: `one`", "", "**What**: it")

    assert (section.heading, section.first, section.last) == (None, 2, 5)
    assert list(section.parts) == ["What"]


def test_two_ids_under_one_heading_are_two_sections() -> None:
    first, second = sections("# Stages", "**Stage ID**: a", "", "text", "", "**Stage ID**: b")

    assert (first.stage_id, second.stage_id) == ("a", "b")
    assert second.last == 6


@pytest.mark.parametrize(
    ("lines", "has"),
    (
        (("Stage ID: a", "Branch: x", "Stage ID: b"), ({"branch": "x"}, {})),
        (("Stage ID: a", "Stage ID: b", "Branch: x"), ({}, {"branch": "x"})),
        (("Branch: x", "Stage ID: a", "Stage ID: b"), ({"branch": "x"}, {})),
        (
            ("Stage ID: a", "Branch: x", "Stage ID: b", "Branch: y"),
            ({"branch": "x"}, {"branch": "y"}),
        ),
        (
            ("Branch: x", "Stage ID: a", "Branch: y", "Stage ID: b"),
            ({"branch": "x"}, {"branch": "y"}),
        ),
        (
            ("Branch: x", "Stage ID: a", "Branch: y", "Stage ID: b", "Branch: z", "Stage ID: c"),
            ({"branch": "x"}, {"branch": "y"}, {"branch": "z"}),
        ),
        (("Stage ID: a", "Branch: x | Stage ID: b"), ({}, {"branch": "x"})),
        (
            ("Stage ID: a | Branch: x | Stage ID: b | Branch: y",),
            ({"branch": "x"}, {"branch": "y"}),
        ),
        (
            ("Branch: x | Stage ID: a | Branch: y | Stage ID: b",),
            ({"branch": "x"}, {"branch": "y"}),
        ),
    ),
)
def test_each_field_under_a_heading_that_stages_share_belongs_to_one_of_them(
    lines: tuple[str, ...], has: tuple[dict[str, str], ...]
) -> None:
    found = sections("### Stages", "", *lines, "", "#### What")

    values = tuple({key: field.value for key, field in one.fields.items()} for one in found)
    assert values == has


def test_parts_may_have_the_level_of_their_stage() -> None:
    section = only(
        "## One", "**Stage ID**: a", "## What", "x", "## Why?", "x", "## Deployment", "x"
    )

    assert list(section.parts) == ["What", "Why"]
    assert section.last == 6


def test_a_heading_above_the_stages_ends_a_section_even_when_it_is_called_like_a_part() -> None:
    section = only(
        "### One", "**Stage ID**: a", "#### What", "x", "## Validation of the whole", "x"
    )

    assert list(section.parts) == ["What"]
    assert section.last == 4


@pytest.mark.parametrize("part", STAGE_PARTS)
@pytest.mark.parametrize(
    "form", ("#### {}", "#### {} ####", "**{}**:", "**{}:**", "#### {}: more", "#### {} (x)")
)
def test_a_part_is_a_heading_or_a_bold_line(part: str, form: str) -> None:
    section = only("### One", "**Stage ID**: a", "", form.format(part), "", "x")

    assert list(section.parts) == [part]


@pytest.mark.parametrize(
    "text", ("Whatever", "Hows", "TODOs", "Validations", "Not what", "The how")
)
def test_a_word_that_only_begins_like_a_part_is_none(text: str) -> None:
    assert only("### One", "**Stage ID**: a", f"#### {text}").parts == {}


def test_a_heading_part_holds_what_is_below_it_and_a_bold_one_ends_at_the_next() -> None:
    section = only(
        "### One",
        "**Stage ID**: a",
        "#### How",
        "**Architecture**:",
        "**Files to Change**:",
        "- `a`",
        "",
        "**Code Example**:",
        "#### Validation",
        "##### By hand",
        "x",
    )

    assert section.parts == {
        "How": range(2, 8),
        "Files to Change": range(4, 7),
        "Validation": range(8, 11),
    }


def test_the_first_of_two_equal_parts_counts() -> None:
    section = only("### One", "**Stage ID**: a", "#### What", "x", "#### What", "y")

    assert section.parts == {"What": range(2, 4)}


def test_headings_in_fences_lists_and_quotes_are_no_parts() -> None:
    section = only(
        "### One", "**Stage ID**: a", "", "```", "#### What", "```", "- #### Why", "> #### How"
    )

    assert section.parts == {}


def test_fields_that_repeat_the_metadata_stand_before_the_first_part() -> None:
    section = only(
        "### One",
        "**Stage ID**: a",
        "**Branch**: b",
        "**STATUS**: c",
        "**Status**: d",
        "#### What",
        "**Dependencies**: e",
    )

    assert {name: field.value for name, field in section.fields.items()} == {
        "branch": "b",
        "status": "c",
    }


@pytest.mark.parametrize(
    ("value", "plain"),
    (
        ("`a b`", "a b"),
        ("`a` (note) `b`", "a"),
        ("a (note)", "a"),
        ("(note) a", "a"),
        ('"a"', "a"),
        ("**a**", "a"),
        ("_a_", "a"),
        ("``", ""),
        ("`", ""),
        ("", ""),
        ("()", ""),
        ("`a", "a"),
    ),
)
def test_a_value_without_its_marks(value: str, plain: str) -> None:
    assert clean(value) == plain


@pytest.mark.parametrize(
    ("value", "status"),
    (
        *(("Not Started", "not-started"), ("not-started", "not-started")),
        *(("NOT_STARTED", "not-started"), ("`not-started`", "not-started")),
        *(("**In Progress** (Ada)", "in-progress"), ("Done", "complete")),
        *(("Completed", "complete"), ("COMPLETE.", "complete"), ("✅ Complete", "complete")),
        *(("blocked", "blocked"), ("", ""), ("42", "")),
    ),
)
def test_the_spellings_of_a_status(value: str, status: str) -> None:
    assert read_status(value) == status


KNOWN = ("stage-1", "stage-2", "API", "none-of-it", "a")
IDS = {stage.casefold(): stage for stage in KNOWN}


@pytest.mark.parametrize(
    "value",
    (
        *("None", "none", "NONE.", "None (can run in parallel)", "None - can start at once"),
        *("None, it stands alone", "`None`", "Nothing", "No dependencies", "N/A", "n/a", "na"),
        *("-", "\u2014", "\u2013", "---", "\u2014 (first)", "", "()", "(none)"),
    ),
)
def test_what_names_no_stage(value: str) -> None:
    assert read_dependencies(value, IDS) == ([], [])


@pytest.mark.parametrize(
    ("value", "found"),
    (
        ("stage-1", ["stage-1"]),
        ("`stage-1`", ["stage-1"]),
        ("stage-1 and stage-2", ["stage-1", "stage-2"]),
        ("`stage-1`, `stage-2` and `a`", ["stage-1", "stage-2", "a"]),
        ("stage-1; stage-2 & a + api", ["stage-1", "stage-2", "a", "API"]),
        ("stage-1, and stage-2.", ["stage-1", "stage-2"]),
        ("stage-1 (the parser, and more), stage-2", ["stage-1", "stage-2"]),
        ("stage-1 must have landed", ["stage-1"]),
        ("Stage 1, STAGE 2", ["stage-1", "stage-2"]),
        ("**stage-1**", ["stage-1"]),
        ("[stage-1]", ["stage-1"]),
        ("api", ["API"]),
        ("none-of-it", ["none-of-it"]),
    ),
)
def test_the_stages_a_value_names(value: str, found: list[str]) -> None:
    assert read_dependencies(value, IDS) == (found, [])


@pytest.mark.parametrize(
    ("value", "strange"),
    (
        ("stage-3", ["stage-3"]),
        ("stage-1, everything else", ["everything else"]),
        ("Storage and Search", ["Storage", "Search"]),
        ("nones", ["nones"]),
    ),
)
def test_what_a_value_names_besides(value: str, strange: list[str]) -> None:
    assert read_dependencies(value, IDS)[1] == strange


def test_a_stage_named_by_number_and_title() -> None:
    assert read_dependencies("Stage 1: the parser", IDS) == (["stage-1"], [])


@pytest.mark.second
@sampled(
    "value",
    (
        ", " * 500_000,
        "and " * 250_000,
        "(" * 1_000_000,
        "(a" * 500_000,
        "()" * 500_000,
        "-" * 1_000_000 + "x",
        "none" + " " * 1_000_000,
        "`" * 1_000_000,
        "a " * 500_000,
        "*_\"'" * 250_000,
    ),
    one_in=3,
    ids=lambda value: value[:8],
)
def test_hostile_values_do_not_hang_it(value: str) -> None:
    read_dependencies(value, IDS)
    read_status(value)
    clean(value)


@pytest.mark.second
@sampled(
    "line",
    (
        "**Stage ID**: a\n\n",
        "### One\n\n**Stage ID**: a\n\n#### What\n\n",
        "**What**: x\n",
        "#### What\n",
        "**" * 10 + "\n",
    ),
    one_in=3,
    ids=lambda line: line[:14].strip(),
)
def test_ten_thousand_sections_or_parts_do_not_hang_it(line: str) -> None:
    found = sections("# Plan", "**Stage ID**: first", *(line * 10_000).split("\n"))

    assert found[0].stage_id == "first"
