"""What is read without the whole inline parser is what that parser reads."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st
from mistune import HTMLRenderer, InlineParser
from mistune.core import BlockState

from plan_worktree.output.page.markup.spans import simple_spans
from plan_worktree.plan.text.markdown import Token

_PIECES = (
    *(
        "word",
        "A1",
        " ",
        "  ",
        "\n",
        "\t",
        "é",
        "文",
        ".",
        ",",
        ":",
        "-",
        "!",
        "(",
        ")",
        "&",
        "&amp;",
    ),
    *("**", "*", "***", "`", "``", "\\", "\\`", "_", "[", "]", "](x)", "<", ">", "<b>", "~~", "#"),
    *(
        "**Name**",
        "**Name:**",
        "**Name**: ",
        "`code`",
        "`` a`b ``",
        "` x `",
        "<!--",
        "-->",
        "a@b.c",
    ),
)


def html(tokens: list[Token]) -> str:
    shown = HTMLRenderer(escape=True).render_tokens(tokens, BlockState())
    return re.sub(r"\s+", " ", re.sub(r"<code>\s*(.*?)\s*</code>", r"<code>\1</code>", shown))


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_simple_text_is_what_the_whole_parser_makes_of_it(text: str) -> None:
    text = text.strip()
    found = simple_spans(text)
    assume(found is not None)
    assert found is not None

    assert html(found) == html(InlineParser()(text, {"ref_links": {}}) if text else [])


def test_most_lines_of_a_plan_are_simple() -> None:
    assert simple_spans("**Branch**: `feature/a_b*c`\n**Status**: Not Started") == [
        {"type": "strong", "children": [{"type": "text", "raw": "Branch"}]},
        {"type": "text", "raw": ": "},
        {"type": "codespan", "raw": "feature/a_b*c"},
        {"type": "text", "raw": "\n"},
        {"type": "strong", "children": [{"type": "text", "raw": "Status"}]},
        {"type": "text", "raw": ": Not Started"},
    ]


def test_what_may_be_more_is_left_to_the_parser() -> None:
    for text in (
        "a *b*",
        "[a](b)",
        "a_b_",
        "<b>",
        "a  \nb",
        "\\*",
        "`open",
        "**a*b**",
        "~~x~~",
        "**a_b c_d**",
    ):
        assert simple_spans(text) is None, text
