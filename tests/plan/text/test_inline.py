"""Code spans and comments, the only inline Markdown that is read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from plan_worktree.plan.text.inline import code_spans, without_code
from tests.sampling import sampled

# Links, HTML and entities bind as tightly as code does; this program reads none of them.
ORACLE = MarkdownIt("commonmark").disable(["link", "image", "autolink", "html_inline", "entity"])

TEXTS = st.text(alphabet="`\\a *\n", max_size=24)


def oracle(text: str) -> list[str]:
    (inline,) = ORACLE.parseInline(text)
    return [child.content for child in inline.children or [] if child.type == "code_inline"]


def contents(text: str) -> list[str]:
    return [span.content for span in code_spans(text)]


@given(TEXTS)
@example("`a\\` b `c`")
def test_code_spans_are_those_of_markdown_it(text: str) -> None:
    assert contents(text) == [content.strip() for content in oracle(text)]


@given(TEXTS.filter(lambda text: "\\" not in text))
def test_code_spans_without_backslashes_are_those_of_markdown_it(text: str) -> None:
    assert contents(text) == [content.strip() for content in oracle(text)]


@given(TEXTS)
def test_a_span_begins_and_ends_with_the_same_number_of_backticks(text: str) -> None:
    at = 0
    for span in code_spans(text):
        assert at <= span.start < span.end <= len(text)
        at = span.end
        whole = text[span.start : span.end]
        ticks = len(whole) - len(whole.lstrip("`"))
        assert ticks == len(whole) - len(whole.rstrip("`"))
        assert whole[ticks:-ticks].replace("\n", " ").strip() == span.content


@pytest.mark.parametrize(
    ("text", "found"),
    (
        ("run `just test` twice", ["just test"]),
        ("``a ` b`` and `c`", ["a ` b", "c"]),
        ("an \\`escaped` tick", []),
        ("two \\\\`slashes`", ["slashes"]),
        ("`one\nline`", ["one line"]),
        ("`open", []),
        ("``", []),
        ("", []),
    ),
)
def test_what_a_code_span_holds(text: str, found: list[str]) -> None:
    assert contents(text) == found


@given(st.text(alphabet="`<!->a\n\\", max_size=40))
def test_blanking_moves_nothing_and_leaves_the_rest(text: str) -> None:
    plain = without_code(text)

    assert len(plain) == len(text)
    assert all(kept in (was, " ") for kept, was in zip(plain, text, strict=True))
    assert plain.count("\n") == text.count("\n")
    assert not code_spans(plain) or "\\" in text or "<!--" in text


@pytest.mark.parametrize(
    ("text", "plain"),
    (
        ("a `TBD` b", "a       b"),
        ("a <!-- TBD --> b", "a              b"),
        ("a <!-- TBD\nTBD --> b", "a         \n        b"),
        ("a <!-- TBD", "a <!-- TBD"),
        ("`<!--` TBD `-->`", "       TBD      "),
        ("<!----> TBD", "        TBD"),
    ),
)
def test_code_and_comments_are_blanked(text: str, plain: str) -> None:
    assert without_code(text) == plain


def test_a_backtick_in_a_comment_opens_no_code() -> None:
    assert without_code("<!-- ` --> TBD `x`") == "           TBD    "


@pytest.mark.second
@pytest.mark.timeout(30)
@sampled(
    "text",
    (
        "`" * 1_000_000,
        "` `` " * 200_000,
        " ".join("`" * length for length in range(1, 1400)),
        "\\" * 1_000_000 + "`a`",
        "\\`" * 500_000,
        "<!-- " * 200_000,
        "<!-- -->" * 125_000,
        "`<!--`" * 160_000,
    ),
    one_in=3,
    ids=("run", "two kinds", "every length", "slashes", "escapes", "open", "closed", "mixed"),
)
def test_a_million_characters_do_not_hang_it(text: str) -> None:
    assert len(without_code(text)) == len(text)
