"""The two inline constructs that matter to a plan: code spans and comments.

Inline Markdown is otherwise never parsed. The scan is linear, whatever the text.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from typing import NamedTuple

_MARKS = re.compile(r"\\[\\`<]|`+|<!--")
_TICKS = re.compile(r"`+")


class Span(NamedTuple):
    """A code span or a comment: offsets of the whole, and a code span's content."""

    start: int
    end: int
    content: str
    is_code: bool


def code_spans(text: str) -> list[Span]:
    """Return the code spans of a block's text (CommonMark 0.31, "Code spans").

    A span opens with a run of backticks and closes with the next run of the same length. Outside
    of code a backslash takes a backtick's meaning away; inside it is a character like any other.
    """
    return [span for span in _spans(text) if span.is_code]


def code_span(text: str) -> str:
    """Return a code span that holds a text; its marks are longer than any in the text."""
    marks = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{marks}{gap}{text}{gap}{marks}"


def without_code(text: str) -> str:
    """Return the text with code spans and comments blanked out; every offset stays what it was."""
    return apart(text)[1]


def apart(text: str) -> tuple[list[Span], str]:
    """Return the code spans of a text, and the text as `without_code` does."""
    if "`" not in text and "<!--" not in text:
        return [], text
    spans, pieces, at = _spans(text), list[str](), 0
    for span in spans:
        pieces += [text[at : span.start], re.sub(r"[^\n]", " ", text[span.start : span.end])]
        at = span.end
    return [span for span in spans if span.is_code], "".join((*pieces, text[at:]))


def line_starts(text: str) -> list[int]:
    """Return the offset at which each line of a text begins."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _spans(text: str) -> list[Span]:
    runs: dict[int, list[int]] = defaultdict(list)
    for found in _TICKS.finditer(text):
        runs[found.end() - found.start()].append(found.start())
    spans, behind, last_close = [], 0, text.rfind("-->")
    for found in _MARKS.finditer(text):
        start, mark = found.start(), found[0]
        if start < behind or mark.startswith("\\"):
            continue
        if mark == "<!--":
            end = text.find("-->", start) + 3 if start < last_close else -1
            content = ""
        else:
            # A backslash before the run leaves a shorter one, which closes with one as short.
            same = runs[len(mark)]
            index = bisect_right(same, start)
            end = same[index] + len(mark) if index < len(same) else -1
            content = text[found.end() : end - len(mark)].replace("\n", " ").strip()
        if end > start:
            spans.append(Span(start, end, content, mark != "<!--"))
            behind = end
    return spans
