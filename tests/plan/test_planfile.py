"""Which fence is the metadata block, and where its faults are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plan_worktree.plan.planfile import PlanFile, load, loads
from tests.support import plan_text

PLAN_ID = "2026-01-02-notes"
BLOCK = f'{{"plan_id": "{PLAN_ID}"}}'


def read(text: str) -> PlanFile:
    return loads(text.encode(), "plan.md")


def plan_id(text: str) -> str:
    """Return the id of a plan that is read without a problem."""
    found = read(text)
    assert found.problems == ()
    assert found.plan
    return found.plan.plan_id


def problems(text: str) -> list[str]:
    """Return the problems of a plan as a compiler would print them."""
    return [
        f"{found.line}:{found.column} {found.code} {found.message}" for found in read(text).problems
    ]


@pytest.mark.parametrize(
    "text",
    (
        f"```json metadata\n{BLOCK}\n```\n",
        f"~~~json metadata\n{BLOCK}\n~~~\n",
        f"``````json metadata\n{BLOCK}\n``````\n",
        f"~~~~~~~ json  metadata \n{BLOCK}\n~~~~~~~~~\n",
        f"   ```json metadata\n   {BLOCK}\n  ```\n",
        f"```json\tmetadata\n{BLOCK}\n```\n",
        f"# Title\nno blank line\n```json metadata\n{BLOCK}\n```\n",
        f"- a list\n```json metadata\n{BLOCK}\n```\n",
        f"> a quote\n```json metadata\n{BLOCK}\n```\n",
        f"<!-- a comment -->\n```json metadata\n{BLOCK}\n```\n",
        f"<div>\n\n```json metadata\n{BLOCK}\n```\n",
        f"```json metadata\n\n\n{BLOCK}\n\n```",
        f"```json metadata\n{BLOCK}\n```\n\n```json\n{{}}\n```\n",
        f"````markdown\n```json metadata\n{{}}\n```\n````\n```json metadata\n{BLOCK}\n```\n",
        f"~~~\n```json metadata\n{{}}\n~~~\n```json metadata\n{BLOCK}\n```\n",
        f"- ```json metadata\n  {{}}\n  ```\n\n```json metadata\n{BLOCK}\n```\n",
        f"> ```json metadata\n> {{}}\n> ```\n\n```json metadata\n{BLOCK}\n```\n",
        f"<!--\n```json metadata\n{{}}\n```\n-->\n```json metadata\n{BLOCK}\n```\n",
        f"    ```json metadata\n    {{}}\n    ```\n\n```json metadata\n{BLOCK}\n```\n",
    ),
)
def test_the_block_is_the_fence_at_the_margin_that_says_json_metadata(text: str) -> None:
    assert plan_id(text) == PLAN_ID


@pytest.mark.parametrize("end", ("\n", "\r\n", "\r"))
@pytest.mark.parametrize("mark", ("", "\ufeff"))
@pytest.mark.parametrize("last", ("", "\n"))
def test_line_endings_and_a_byte_order_mark_change_nothing(end: str, mark: str, last: str) -> None:
    text = mark + f"# Größe\n\n```json metadata\n{BLOCK}\n```{last}".replace("\n", end)
    assert plan_id(text) == PLAN_ID


@pytest.mark.parametrize("odd", ("\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x85"))
def test_characters_that_only_look_like_line_ends_move_no_line(odd: str) -> None:
    text = f"# a{odd}b\n\nc{odd}\n\n```json metadata\n{{\n  nonsense\n}}\n```\n"
    (found,) = read(text).problems
    assert (found.line, found.column, found.code) == (7, 3, "PW004")


def test_a_line_separator_in_the_block_is_one_column() -> None:
    text = '```json metadata\n{"é\u2028😀": 1, nonsense\n}\n```\n'
    (found,) = read(text).problems
    assert (found.line, found.column, found.code) == (2, 12, "PW004")


MISSING = (
    "no metadata block: write ```json metadata under the title, or start with plan-worktree new"
)
UNMARKED = "this block looks like metadata but is not marked as such: write ```json metadata"
INSIDE = "the metadata block must not be inside a list or a quote: move it to the margin"
COMMENT = "the metadata block is inside an HTML comment or element: close that before it"


@pytest.mark.parametrize(
    ("text", "problem"),
    (
        ("", f"1:1 PW001 {MISSING}"),
        ("# Plan\n\ntext\n", f"1:1 PW001 {MISSING}"),
        ("```json\n{}\n```\n", f"1:1 PW001 {MISSING}"),
        (f"# Plan\n\n    {BLOCK}\n", f"1:1 PW001 {MISSING}"),
        (f"# Plan\n\n```json\n{BLOCK}\n```\n", f"3:1 PW001 {UNMARKED}"),
        (f"# Plan\n\n  ~~~\n{BLOCK}\n~~~\n", f"3:3 PW001 {UNMARKED}"),
        (f"```JSON metadata\n{BLOCK}\n```\n", f"1:1 PW001 {UNMARKED}"),
        (f"```json metadata draft\n{BLOCK}\n```\n", f"1:1 PW001 {UNMARKED}"),
        (f"````\n```json metadata\n{BLOCK}\n```\n````\n", f"1:1 PW001 {UNMARKED}"),
        (f"- a\n\n  ```json metadata\n  {BLOCK}\n  ```\n", f"3:3 PW001 {INSIDE}"),
        (f"> ```json metadata\n> {BLOCK}\n> ```\n", f"1:3 PW001 {INSIDE}"),
        ("1. ```json metadata\n   {}\n   ```\n", f"1:4 PW001 {INSIDE}"),
        (f"\n<!--\n```json metadata\n{BLOCK}\n```\n-->\n", f"2:1 PW001 {COMMENT}"),
        (f"<div>\n```json metadata\n{BLOCK}\n```\n</div>\n", f"1:1 PW001 {COMMENT}"),
    ),
)
def test_a_plan_without_its_block_says_where_it_most_likely_is(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_every_further_block_is_a_problem_and_the_first_one_counts() -> None:
    second = "a second metadata block: a plan has exactly one"
    block = f"```json metadata\n{BLOCK}\n```\n"
    found = read(block + "\n" + block.replace("notes", "other") + "text\n  " + block)
    assert [(p.line, p.column, p.code, p.message) for p in found.problems] == [
        (5, 1, "PW002", second),
        (9, 3, "PW002", second),
    ]
    assert found.plan
    assert found.plan.plan_id == PLAN_ID


def test_a_block_that_is_never_closed_is_one_problem_whatever_it_swallowed() -> None:
    closed = plan_text(PLAN_ID)
    opened = closed.replace("\n```\n", "\n", 1)
    assert problems(opened) == [
        "3:1 PW003 the metadata fence is never closed: end it with a line ```"
    ]
    assert read(opened).plan is None


def test_an_unclosed_block_at_the_end_is_still_read() -> None:
    found = read(f"# Plan\n\n```json metadata\n{BLOCK}")
    assert [problem.code for problem in found.problems] == ["PW003"]
    assert found.plan
    assert found.plan.plan_id == PLAN_ID


@pytest.mark.parametrize("mark", ("~~~", "`````"))
def test_an_unclosed_block_is_told_the_mark_that_closes_it(mark: str) -> None:
    assert problems(f"{mark}json metadata\n{BLOCK}\n") == [
        f"1:1 PW003 the metadata fence is never closed: end it with a line {mark}"
    ]


@pytest.mark.parametrize(
    ("tail", "problem"),
    (
        (
            "\n  ~~~~ sh\nmake\n~~~\n",
            "5:3 PW003 this fence is never closed: end it with a line ~~~~",
        ),
        ("\n```\n", "5:1 PW003 this fence is never closed: end it with a line ```"),
        ("\n<!-- later\n\n# A\n", "5:1 PW003 this comment is never closed: end it with -->"),
    ),
)
def test_a_fence_or_comment_that_hides_the_rest_of_the_plan_is_a_problem(
    tail: str, problem: str
) -> None:
    assert problems(f"```json metadata\n{BLOCK}\n```\n{tail}") == [problem]
    quoted = tail.strip().replace("\n", "\n> ")
    assert problems(f"```json metadata\n{BLOCK}\n```\n\n> {quoted}\n") == []


def test_an_indented_comment_that_hides_the_rest_of_the_plan_is_a_problem() -> None:
    assert problems(f"```json metadata\n{BLOCK}\n```\n\n  <!-- later\n\n# A\n") == [
        "5:3 PW003 this comment is never closed: end it with -->"
    ]


def test_a_comment_that_hides_the_block_is_the_problem_and_not_the_block() -> None:
    assert problems(f"# Plan\n\n<!-- draft\n\n```json metadata\n{BLOCK}\n```\n") == [
        "3:1 PW003 this comment is never closed: end it with -->"
    ]


COMMA = "a comma before a closing bracket: remove the comma"
OPEN = "the metadata ends here, but a bracket or brace is still open"


@pytest.mark.parametrize(
    ("block", "problem"),
    (
        ('{\n  "a": 1,\n}', f"5:9 PW004 {COMMA}"),
        ('{\n  "a": [1, 2,]\n}', f"5:13 PW004 {COMMA}"),
        ("{\n  'a': 1\n}", "5:3 PW004 JSON strings take double quotes, not single ones"),
        ('{\n  "ä": 1 // b\n}', "5:10 PW004 JSON has no comments: remove it"),
        ('{\n# b\n  "a": 1\n}', "5:1 PW004 JSON has no comments: remove it"),
        ('{\n  "a": 1\n  "b": 2\n}', "5:9 PW004 a comma is missing here"),
        ('{\n  "a": [\n  1\n', f"6:4 PW004 {OPEN}"),
        ('{\n  "a": 1\n\n\n', f"5:9 PW004 {OPEN}"),
        ('{\n  "a": NaN\n}', "5:8 PW004 NaN is not JSON: use a number or null"),
        ('{\n  "a": "\t"\n}', "5:9 PW004 not JSON here: invalid control character at"),
        ("{} {}", "4:4 PW004 not JSON here: extra data"),
        ("", "3:1 PW004 the metadata block is empty"),
        ("\n  \n", "3:1 PW004 the metadata block is empty"),
        ("[" * 100_000, "4:1 PW004 nested far deeper than a plan's metadata can be"),
    ),
)
@pytest.mark.parametrize("end", ("\n", "\r\n"))
def test_what_is_not_json_is_explained_where_it_stands(block: str, problem: str, end: str) -> None:
    text = f"# Plan\n\n```json metadata\n{block}\n```\n".replace("\n", end)
    assert problems(text) == [problem]
    assert read(text).plan is None


def test_columns_count_the_indentation_of_the_fence() -> None:
    text = '# P\n\n   ~~~json metadata\n   {\n     "a": 1,\n  }\n   ~~~\n'
    assert problems(text) == [f"5:12 PW004 {COMMA}"]


def test_a_repeated_key_names_the_line_of_the_first() -> None:
    lines = ('{"a": 1,', ' "b": {"c": 1, "c": 2},', ' "a": 2, "\\u001b": 1,', '  "\\u001b": 2}')
    text = "\n".join(("```json metadata", *lines, "```"))
    assert problems(text) == [
        '3:16 PW005 key "c" is given twice: the first is in line 3; keep one',
        '4:2 PW005 key "a" is given twice: the first is in line 2; keep one',
        '5:3 PW005 key "\\x1b" is given twice: the first is in line 4; keep one',
    ]


def test_a_key_repeated_far_down_is_reported_at_the_block() -> None:
    deep = '{"x-a":' * 8 + '{"b": 1, "b": 2}' + "}" * 8
    assert problems(f"\n```json metadata\n{deep}\n```\n") == [
        "3:1 PW005 an object deep in here repeats a key"
    ]


def test_a_file_that_is_not_utf8_is_one_problem() -> None:
    found = loads(plan_text(PLAN_ID).encode().replace(b"Ada", b"\xc4da"), "plan.md")
    (problem,) = found.problems
    assert (problem.line, problem.column, problem.code) == (7, 14, "PW006")
    assert (found.document, found.plan) == (None, None)


def test_a_file_is_called_as_the_caller_calls_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    assert load(path).problems[0].file == str(path)
    assert load(path, "plans/plan.md").problems[0].file == "plans/plan.md"
    path.write_text("# Plan\n")
    assert load(path, "plans/plan.md").problems[0].file == "plans/plan.md"
    path.write_text(plan_text(PLAN_ID))
    assert load(path, "plans/plan.md").name == "plans/plan.md"


KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@given(KEYS, st.integers(0, 4), st.sampled_from(("", "   ")), st.sampled_from(("\n", "\r\n", "\r")))
@example("a", 4, "   ", "\r")
@example("```", 1, "", "\n")
def test_every_place_in_the_block_is_a_place_in_the_file(
    key: str, blanks: int, indent: str, end: str
) -> None:
    pad = " " * blanks
    lines = [
        "# Pläne",
        f"{indent}```json metadata",
        f"{indent}{{{pad}{json.dumps(key, ensure_ascii=False)}{pad}:{pad}[",
        f'{indent}{pad}{{"é": 1,{pad}"b": [{pad}2]}},',
        f"{indent}3]}}",
        f"{indent}```",
    ]
    if "\r" in key or "\n" in key:
        return  # JSON writes them as escapes
    metadata = loads(end.join(lines).encode(), "plan.md").metadata
    assert metadata

    def character(*pointer: str | int, is_key: bool = False) -> str:
        line, column = metadata.position(*pointer, key=is_key)
        return lines[line - 1][column - 1]

    assert character() == "{"
    assert character(key, is_key=True) == '"'
    assert character(key) == "["
    assert character(key, 0) == "{"
    assert character(key, 0, "é") == "1"
    assert character(key, 0, "b", 0) == "2"
    assert character(key, 1) == "3"
    assert metadata.position("absent") == (2, len(indent) + 1)
