"""Blocks with lines: mistune's own blocks, at the lines where an independent parser sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from mistune.block_parser import BlockParser
from mistune.core import BlockState

from plan_worktree.plan.text.markdown import Token, parse_blocks_and_links, parse_state
from tests.plan.text import disagreements
from tests.plan.text.disagreements import BEHIND_A_QUOTE, agreed_part, known_disagreement
from tests.plan.text.documents import documents

# A block's line (from 0), how many containers it is in, and what it is.
Seen = tuple[int, int, str]

ORACLE = MarkdownIt("commonmark", {"maxNesting": 1000})


def mistune_blocks(text: str) -> list[dict[str, Any]]:
    state = BlockState()
    state.process(text)
    BlockParser().parse(state)
    return state.tokens


def without_places(tokens: list[Token]) -> list[Token]:
    return [
        {
            key: without_places(value) if key == "children" else value
            for key, value in token.items()
            if key not in ("line", "closed")
        }
        for token in tokens
        if token["type"] != "definition"  # of which mistune makes no token
    ]


def blocks_seen(tokens: list[Token], depth: int = 0) -> Iterator[Seen]:
    for token in tokens:
        match token["type"]:
            case "heading":
                yield token["line"], depth, f"h{token['attrs']['level']}"
            case "block_code" if token["style"] == "fenced":
                yield token["line"], depth, "fence"
            case "block_quote":
                yield from blocks_seen(token["children"], depth + 1)
            case "list":
                for item in token["children"]:
                    yield item["line"], depth, "item"
                    yield from blocks_seen(item["children"], depth + 1)


def blocks_the_oracle_sees(text: str) -> Iterator[Seen]:
    depth = 0
    for token in ORACLE.parse(text):
        match token.type:
            case "heading_open" | "fence" | "list_item_open":
                assert token.map
                what = {"fence": "fence", "list_item_open": "item"}.get(token.type, token.tag)
                yield token.map[0], depth, what
                depth += what == "item"
            case "blockquote_open":
                depth += 1
            case "blockquote_close" | "list_item_close":
                depth -= 1


def lines_of(text: str, kind: str) -> list[tuple[int, str]]:
    """Return line and text of the blocks of a kind, however deep they are."""

    def walk(tokens: list[Token]) -> Iterator[tuple[int, str]]:
        for token in tokens:
            if token["type"] == kind:
                yield token["line"], token.get("text") or token.get("raw") or ""
            yield from walk(token.get("children", []))

    return list(walk(parse_state(text).tokens))


@given(documents())
def test_every_definition_of_a_link_is_a_token(text: str) -> None:
    written = "".join(raw for _, raw in lines_of(text, "definition"))

    labels = re.findall(r"^[ \t]{0,3}\[ref\]:", written, re.MULTILINE)
    assert bool(labels) == ("ref" in parse_blocks_and_links(text)[1])


def test_a_definition_is_where_it_is_written_and_none_is_in_a_paragraph() -> None:
    text = 'a\n[b]: c\n\n[b]: c\n[b]: d\n "e"\nf\n\n> [g]: h\n'

    assert lines_of(text, "definition") == [
        (3, "[b]: c\n"),
        (4, '[b]: d\n "e"\n'),
        (8, "[g]: h\n"),
    ]


@given(documents().filter(lambda text: not BEHIND_A_QUOTE.search(text)))
def test_blocks_are_those_of_mistune(text: str) -> None:
    assert without_places(parse_state(text).tokens) == mistune_blocks(text)


@given(documents())
def test_headings_fences_and_items_are_on_the_lines_where_another_parser_sees_them(
    text: str,
) -> None:
    agreed = agreed_part(text)
    assert sorted(blocks_seen(parse_state(agreed).tokens)) == sorted(blocks_the_oracle_sees(agreed))


@given(documents())
def test_no_block_that_rules_look_at_is_before_its_container_or_behind_the_end(text: str) -> None:
    last = text.count("\n")

    def check(tokens: Sequence[Token], first: int) -> None:
        for token in tokens:
            if token.get("style") != "indent" and token["type"] != "block_quote":
                assert first <= token["line"] < max(last, 1)
            check(token.get("children", []), token.get("line", first))

    check(parse_state(text).tokens, 0)


@given(documents())
def test_a_fence_is_closed_when_its_last_line_ends_it(text: str) -> None:
    agreed = agreed_part(text)
    lines = agreed.split("\n")
    closed = [token["closed"] for token in parse_state(agreed).tokens if token.get("marker")]
    expected = []
    for token in ORACLE.parse(agreed):
        if token.type == "fence" and token.level == 0:
            assert token.map
            first, end = token.map
            mark = rf" {{0,3}}{token.markup[0]}{{{len(token.markup)},}}[ \t]*"
            expected.append(end - 1 > first and bool(re.fullmatch(mark, lines[end - 1])))
    assert closed == expected


@pytest.mark.parametrize(
    ("text", "closed"),
    (
        ("```\n```\n", True),
        ("```\nx\n   ````` \n", True),
        ("```\n", False),
        ("````\n```\n", False),
        ("```\n~~~\n", False),
        ("~~~\n~~~ x\n", False),
        ("```\n    ```\n", False),
        ("- ```\n  x\n  ```\n", True),
        ("- ```\n  x\n\nnext\n", False),
        ("> ```\n> ```\n", True),
        ("> ```\n\n```\n```\n", False),
    ),
)
def test_a_fence_knows_whether_it_was_closed(text: str, closed: bool) -> None:
    def fences(tokens: list[Token]) -> Iterator[bool]:
        for token in tokens:
            if "closed" in token:
                yield token["closed"]
            yield from fences(token.get("children", []))

    assert next(fences(parse_state(text).tokens)) is closed


def test_an_item_whose_marker_stands_alone_has_its_text_on_the_next_line() -> None:
    assert lines_of("-\n  # a\n-\n\n- # b\n", "heading") == [(1, "a"), (4, "b")]


@pytest.mark.parametrize("blank", ("\u3000", "\u00a0", "\x0c", "\u2028"))
def test_an_item_of_nothing_but_odd_blanks_has_its_text_on_the_next_line(blank: str) -> None:
    assert lines_of(f"- {blank}\n  # a\n", "heading") == [(1, "a")]


def test_blocks_behind_a_list_or_quote_they_interrupt_keep_their_lines() -> None:
    text = "- a\n# b\n> c\n```\n```\n- d\n\n  e\n***\n# f\n> g\n\n# h\n"
    assert lines_of(text, "heading") == [(1, "b"), (9, "f"), (12, "h")]
    assert lines_of(text, "block_code") == [(3, "")]
    assert lines_of(text, "thematic_break") == [(8, "")]


def test_a_paragraph_that_goes_on_without_its_marker_keeps_its_first_line() -> None:
    assert lines_of("x\n\n> a\nb\n\n- c\nd\n", "paragraph") == [(0, "x\n"), (2, "a\nb\n")]
    assert lines_of("x\n\n> a\nb\n\n- c\nd\n", "block_text") == [(5, "c\nd\n")]


@pytest.mark.parametrize("text", ("> a\n# b\n", "> a\nlazy\n# b\n", "> - a\n# b\n", "> > a\n# b\n"))
def test_a_heading_ends_the_quote_before_it(text: str) -> None:
    headings = [seen for seen in blocks_seen(parse_state(text).tokens) if seen[2] == "h1"]
    assert headings == [(text.count("\n") - 1, 0, "h1")]


@pytest.mark.parametrize("marker", ("-", "- ", "2. x", "10) x"))
def test_what_cannot_begin_a_list_goes_on_with_the_quote_before_it(marker: str) -> None:
    tokens = parse_state(f"a\n> b\n{marker}\n**Status**: c\n").tokens
    assert [token["type"] for token in tokens] == ["paragraph", "block_quote"]
    assert tokens[0]["text"] == "a\n"
    (inside,) = tokens[1]["children"]
    assert (inside["line"], inside["text"]) == (1, f"b\n{marker}\n**Status**: c\n")


def test_a_heading_under_its_underline_is_on_the_first_line_of_its_text() -> None:
    assert lines_of("\n\nTwo\nlines\n===\n", "heading") == [(2, "Two\nlines\n")]


@pytest.mark.parametrize(
    ("text", "reason"),
    (
        ("\x0c\na\n-\n", disagreements.ODD_BLANK),
        ("a\n     \n2) b\n", disagreements.LONG_BLANK),
        ("[a]:\n```\n", disagreements.REFERENCE),
        ("a\n-=\n", disagreements.UNDERLINE),
        (">\n    > # a\n", disagreements.FAR_QUOTE),
        ("> a\n\t- b\n", disagreements.BEHIND_QUOTE),
        ("- a\n=\n", disagreements.BEHIND_ITEM),
        ("> > \t- a\n", disagreements.TAB_STOPS),
    ),
)
def test_each_disagreement_left_out_is_a_real_one(text: str, reason: str) -> None:
    found = known_disagreement(text)
    assert found
    assert found.reason == reason
    assert sorted(blocks_seen(parse_state(text).tokens)) != sorted(blocks_the_oracle_sees(text))
