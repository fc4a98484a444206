"""Tables of GitHub's Markdown in paragraphs."""

from __future__ import annotations

import time

import pytest

from plan_worktree.output.page.markup.tables import with_tables
from plan_worktree.plan.text.markdown import Token


def split(text: str) -> list[Token]:
    return list(with_tables([{"type": "paragraph", "text": text}]))


def cells(table: Token) -> list[list[str]]:
    assert table["type"] == "table"
    return [[cell["text"] for cell in row["children"]] for row in table["children"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    (
        ("| a | b |\n|---|---|\n| c | d |", [["a", "b"], ["c", "d"]]),
        ("a | b\n:-- | --:\nc | d", [["a", "b"], ["c", "d"]]),
        ("| a |\n|---|\n| c |", [["a"], ["c"]]),
        (r"| a \| b | c |" + "\n|---|---|", [["a | b", "c"]]),
        ("| a | b |\n|-|-|\n| c |\n| d | e | f |", [["a", "b"], ["c"], ["d", "e"]]),
        ("| a | b |\n|-|-|\n| c | |", [["a", "b"], ["c", ""]]),
    ),
)
def test_a_table_has_the_cells_that_github_shows(text: str, rows: list[list[str]]) -> None:
    (table,) = split(text)

    assert [[cell.strip() for cell in row] for row in cells(table)] == rows


def test_text_before_a_table_stays_a_paragraph() -> None:
    text, table = split("before | it\n| a | b |\n|---|---|")

    assert text == {"type": "paragraph", "text": "before | it"}
    assert len(cells(table)) == 1


@pytest.mark.parametrize(
    "text",
    ("a | b", "a | b\n---", "| a | b |\n| - |", "a | b\n- | x", "a\n---|---", "|\n|", "a|b\n|"),
)
def test_what_is_no_table_stays_as_it_is(text: str) -> None:
    assert split(text) == [{"type": "paragraph", "text": text}]


def test_a_hostile_table_takes_time_in_proportion() -> None:
    began = time.process_time()

    split("|" * 100_000 + "\n" + "|".join(["-"] * 100_000) + "\n" + "a|\n" * 100_000)
    split("a|b\n" * 200_000)

    assert time.process_time() - began < 20
