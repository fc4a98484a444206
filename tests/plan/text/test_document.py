"""Flat facts of a document, each at the column where a person would put the cursor."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given

from plan_worktree.plan.text.document import Document, read_document
from plan_worktree.plan.text.source import Source
from tests.plan.text.disagreements import BEHIND_A_QUOTE
from tests.plan.text.documents import documents

# What may stand before a block on its line: indentation and the marks of containers.
CONTAINERS = re.compile(r"(?:[ \t>]|(?:[*+-]|\d{1,9}[.)])(?=[ \t]|$))*")
MARKER = re.compile(r"(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$)")


def document(text: str) -> Document:
    return read_document(Source("plan.md", text.encode(), text, tuple(text.split("\n")[:-1])))


def has_number_sign(line: str) -> bool:
    """Tell whether a line begins, behind quotes and markers of lists, with a number sign."""
    return line.lstrip(" \t>*+-0123456789.)").startswith("#")


@given(documents())
def test_headings_fences_and_html_are_where_their_first_character_is(text: str) -> None:
    found = document(text)
    lines = found.source.lines
    places: list[tuple[int, int, str | tuple[str, str]]] = [
        *((h.line, h.column, "#") for h in found.headings if has_number_sign(lines[h.line])),
        *((f.line, f.column, ("```", "~~~")) for f in found.fences),
        *((h.line, h.column, "<") for h in found.html),
    ]
    for line, column, begins in places:
        assert lines[line][column:].startswith(begins)
        assert CONTAINERS.fullmatch(lines[line][:column])


@given(documents())
def test_an_underlined_heading_is_where_its_text_begins(text: str) -> None:
    found = document(text)
    for heading in found.headings:
        if not has_number_sign(found.source.lines[heading.line]):
            first = heading.text.split("\n")[0].strip(" \t")
            assert found.source.lines[heading.line][heading.column :].rstrip(" \t") == first


@given(documents().filter(lambda text: not BEHIND_A_QUOTE.search(text)))
def test_each_row_of_a_paragraph_is_the_end_of_its_line(text: str) -> None:
    found = document(text)
    for block in found.paragraphs:
        for row, written in enumerate(block.text.rstrip("\n").split("\n")):
            line = found.source.lines[block.line + row]
            assert line.rstrip().endswith(written.strip())


@given(documents())
@example("- <!-- a -->\n")
def test_an_item_is_where_its_own_marker_is(text: str) -> None:
    found = document(text)
    places = [(item.line, item.column) for item in found.items]
    for line, column in places:
        written = found.source.lines[line]
        assert MARKER.match(written, column)
        assert CONTAINERS.fullmatch(written[:column])
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("text", "columns"),
    (
        ("- a\n  - b\n", [0, 2]),
        ("- a - b\n", [0]),
        ("> - a\n", [2]),
        ("-\n", [0]),
        ("\n1)\ta\n", [0]),
    ),
)
def test_an_item_with_text_is_at_its_marker(text: str, columns: list[int]) -> None:
    assert [item.column for item in document(text).items] == columns


@pytest.mark.parametrize(
    ("text", "columns"),
    (
        ("- <!-- plan-worktree: ignore PW501 shared -->\n", [0]),
        ("- - a\n", [0, 2]),
        (" 1. * + b - c\n", [1, 4, 6]),
        ("> - a\n> - - b\n", [2, 2, 4]),
        ("- ## a - b\n", [0]),
        ("- ```sh - x\n", [0]),
        ("- -\n", [0, 2]),
        ("- > a - b\n", [0]),
    ),
)
def test_an_item_without_text_of_its_own_is_at_its_marker(text: str, columns: list[int]) -> None:
    assert [item.column for item in document(text).items] == columns


@given(documents().filter(lambda text: not BEHIND_A_QUOTE.search(text)))
@example("- a\n\t**Status**: x\n")
def test_a_field_and_its_value_are_where_they_stand_in_the_file(text: str) -> None:
    found = document(text)
    for field in found.fields:
        line = found.source.lines[field.line]
        assert line[field.column :].startswith(f"**{field.name}")
        assert line[field.value_column :].rstrip(" \t") == field.value


@pytest.mark.parametrize(
    ("line", "name", "value", "columns"),
    (
        ("**Stage ID**: `api`", "Stage ID", "`api`", (0, 14)),
        ("**Stage ID:** `api`", "Stage ID", "`api`", (0, 14)),
        ("**Status** : Done  ", "Status", "Done", (0, 13)),
        ("  **Branch**:x", "Branch", "x", (2, 13)),
        ("- **Branch**: x", "Branch", "x", (2, 14)),
        ("> > 1. **Branch**: x\ty", "Branch", "x\ty", (7, 19)),
        ("**Empty**:", "Empty", "", (0, 10)),
        ("**Dependencies**: None (can run in parallel)", "Dependencies", None, (0, 18)),
        ("**Größe**: ü", "Größe", "ü", (0, 11)),
        ("**ends**: in a\u3000", "ends", "in a\u3000", (0, 10)),
    ),
)
def test_a_field_is_a_bold_name_a_colon_and_a_value(
    line: str, name: str, value: str | None, columns: tuple[int, int]
) -> None:
    (field,) = document(f"{line}\n").fields
    expected = line[columns[1] :] if value is None else value
    assert (field.name, field.value) == (name, expected)
    assert (field.column, field.value_column) == columns


@pytest.mark.parametrize("text", ("- a\n\t**Status**: x\n", "> a\n\t**Status**: x\n"))
def test_a_tab_before_a_field_counts_as_one_column(text: str) -> None:
    (field,) = document(text).fields
    assert (field.line, field.column, field.value_column) == (1, 1, 13)


def test_each_line_of_a_paragraph_can_be_a_field() -> None:
    found = document("# Stage\n**Stage ID**: a\n**Status**: b\ntext\n**Branch**: c\n").fields
    assert [(field.line, field.name, field.value) for field in found] == [
        (1, "Stage ID", "a"),
        (2, "Status", "b"),
        (4, "Branch", "c"),
    ]


@pytest.mark.parametrize(
    "text",
    (
        "text **Status**: x\n",
        "**Status** x\n",
        "`**Status**: x`\n",
        "    **Status**: x\n",
        "```\n**Status**: x\n```\n",
        "<!--\n**Status**: x\n-->\n",
        "# **Status**: x\n",
        "**two\nlines**: x\n",
        f"**{'a' * 81}**: x\n",
        "****: x\n",
    ),
)
def test_what_only_looks_like_a_field_is_none(text: str) -> None:
    assert document(text).fields == ()


def test_facts_come_in_the_order_of_the_file() -> None:
    text = "- a\n  # b\n> c\n> - d\n\n# e\n- ```\n  ```\n~~~\n~~~\n<b>\n\n<i>\n"
    found = document(text)
    assert [heading.line for heading in found.headings] == [1, 5]
    assert [item.line for item in found.items] == [0, 3, 6]
    assert [fence.line for fence in found.fences] == [6, 8]
    assert [html.line for html in found.html] == [10, 12]


def test_depth_counts_quotes_and_lists_around_a_block() -> None:
    found = document("# a\n\n> # b\n\n- # c\n  > - # d\n\n# e\n")
    assert [(h.text, h.depth) for h in found.headings] == [
        ("a", 0),
        ("b", 1),
        ("c", 1),
        ("d", 3),
        ("e", 0),
    ]


def test_an_item_has_the_text_of_its_first_paragraph() -> None:
    found = document("- Create: `a`\n  and more\n\n  second\n- [ ] b\n- ```\n  ```\n")
    assert [item.text for item in found.items] == ["Create: `a`\nand more", "[ ] b", ""]


def test_an_item_that_begins_with_a_links_definition_has_the_text_behind_it() -> None:
    assert document("- [a]: b\n  [ ] do it\n").items[0].text == "[ ] do it"


def test_a_fence_has_its_info_string_and_its_content_without_indentation() -> None:
    (fence,) = document("   ```json   metadata  \n   {\n  }\n     x\n   ```\n").fences
    assert (fence.column, fence.words) == (3, ["json", "metadata"])
    assert fence.content == "{\n}\n  x\n"
