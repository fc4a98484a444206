"""Lines of a plan as they are written, and not more of them than there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from plan_worktree.plan.text.document import Document, within

_RULES = ("", "---", "***", "___")


class Excerpt(NamedTuple):
    """A text of a plan; `is_cut` says that the plan has more of it."""

    text: str
    is_cut: bool


def excerpt(document: Document, lines: Sequence[int], most: int) -> Excerpt:
    """Return lines, by their numbers, in at most so many characters; a cut fence is closed.

    Blank lines and rules at the end are left out, and comments that stand by themselves.
    """
    comments = _comment_lines(document, range(lines[0], lines[-1] + 1)) if lines else set()
    numbers = [number for number in lines if number not in comments]
    texts = [document.source.lines[number] for number in numbers]
    length, count = 0, 0
    for text in texts:
        length += len(text) + 1
        if length > most:
            break
        count += 1
    # A line longer than all there is room for is shown as far as it goes.
    kept = list(texts[:count]) or [text[:most] for text in texts[:1]]
    while kept and kept[-1].strip() in _RULES:
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    is_cut = count < len(texts)
    if is_cut:
        kept += _closing(document, numbers[0], numbers[count])
    return Excerpt("\n".join(kept), is_cut)


def _comment_lines(document: Document, lines: range) -> set[int]:
    """Return the numbers of the lines that are comments, which a rendered plan does not show."""
    comments = (
        block
        for block in within(document.html, lines)
        if block.depth == 0
        and block.text.startswith("<!--")
        and block.text.rstrip().endswith("-->")
    )
    return {
        number
        for block in comments
        for number in range(block.line, block.line + block.text.rstrip().count("\n") + 1)
    }


def _closing(document: Document, first: int, end: int) -> Sequence[str]:
    """Return the line that closes the fence a cut goes through."""
    for fence in within(document.fences, range(first, end)):
        stop = fence.line + fence.content.count("\n") + 1
        if end <= stop:
            before = document.source.lines[fence.line][: fence.column]
            prefix = "".join(char if char == ">" else " " for char in before)  # of a quote
            return (prefix + fence.marker,)
    return ()
