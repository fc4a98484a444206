"""The two inline constructs that matter to a plan: code spans and comments.

Inline Markdown is otherwise never parsed. Both scans are linear, whatever the text.
"""

import re
from typing import NamedTuple

_TICKS = re.compile(r"`+")


class Span(NamedTuple):
    """A code span: offsets of the whole, and its content."""

    start: int
    end: int
    content: str


def code_spans(text: str) -> list[Span]:
    """Return the code spans of a block's text (CommonMark 0.31, "Code spans").

    A span opens with a run of backticks and closes with the next run of the same length.
    """
    runs = [_unescaped(text, *found.span()) for found in _TICKS.finditer(text)]
    following: dict[int, int] = {}  # length of a run -> index of the next such run
    closing = [-1] * len(runs)
    for index in range(len(runs) - 1, -1, -1):
        start, end = runs[index]
        closing[index] = following.get(end - start, -1)
        following[end - start] = index
    spans, index = [], 0
    while index < len(runs):
        start, opened = runs[index]
        other = closing[index]
        if other < 0 or opened == start:
            index += 1
            continue
        closes, end = runs[other]
        spans.append(Span(start, end, text[opened:closes].replace("\n", " ").strip()))
        index = other + 1
    return spans


def without_code(text: str) -> str:
    """Return the text with code spans and comments blanked out; every offset stays what it was."""
    pieces, at = [], 0
    for span in code_spans(text) if "`" in text else ():
        pieces += [text[at : span.start], _blank(text[span.start : span.end])]
        at = span.end
    plain = "".join((*pieces, text[at:]))
    pieces, at = [], 0
    while (start := plain.find("<!--", at)) >= 0 and (end := plain.find("-->", start)) >= 0:
        pieces += [plain[at:start], _blank(plain[start : end + 3])]
        at = end + 3
    return "".join((*pieces, plain[at:]))


def line_starts(text: str) -> list[int]:
    """Return the offset at which each line of a text begins."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _unescaped(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out a run's first backtick when a backslash makes it plain text."""
    before = start
    while before and text[before - 1] == "\\":
        before -= 1
    return (start + 1, end) if (start - before) % 2 else (start, end)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
