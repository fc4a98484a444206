"""Fences as their author meant them, where CommonMark reads them otherwise.

A fence ends at the first line of as many marks (CommonMark 0.31, "Fenced code blocks"), also
where that line was to end a fence shown inside. The marks behind it then change their meaning:
what was to end a fence begins one, which hides what follows. Of all readings of a plan's marks
the one with the fewest faults is taken for what was meant, and where two are as good, that of
CommonMark. It differs only in which marks open, end or are shown; a plan in which nothing looks
wrong is never read twice.
"""

import re
from collections.abc import Sequence, Set
from typing import NamedTuple

from plan_worktree.plan.fence_marks import Mark, Pair, meant_pairs, read_marks
from plan_worktree.plan.landmarks import has_landmark, landmarks
from plan_worktree.plan.text.document import Document, Fence, Html, read_document
from plan_worktree.plan.text.edit import Edit
from plan_worktree.plan.text.source import Source

# No plan comes near; and each mark costs something.
_MOST_MARKS = 20_000


class Mend(NamedTuple):
    """A fence that is too short for what it holds; all lines are zero-based.

    `inner` is a fence inside that has as many marks, `cut` the line at which CommonMark ends
    this one, and `end` the line that was to end it. `marker` is long enough.
    """

    line: int
    column: int
    inner: int
    cut: int
    end: int
    marker: str
    edits: tuple[Edit, ...]


class Forgotten(NamedTuple):
    """A fence that nothing ends, and the line of the plan that shows it."""

    line: int
    column: int
    marker: str
    before: int


class Meant(NamedTuple):
    """A plan's document as its author meant it, and what keeps CommonMark from reading it so.

    `comment` is one that never ends; the document has what stands in it and behind it.
    """

    document: Document
    mends: tuple[Mend, ...] = ()
    forgotten: tuple[Forgotten, ...] = ()
    comment: Html | None = None


def read_as_meant(strict: Document, ids: Set[str], block: Fence | None) -> Meant:
    """Return the document that the author of a plan meant.

    `strict` is the plan as CommonMark has it, `ids` are those of its stages, and `block` is its
    metadata block, which stays what CommonMark says it is.
    """
    meant, lines = _without_comment(Meant(strict), strict.source.lines)
    strict = meant.document
    if (block and not block.closed) or not _looks_wrong(strict, ids):
        return meant
    kept = _lines_of(block) if block else range(0)
    marks = [mark for mark in read_marks(strict, lines) if mark.line not in kept]
    if len(marks) > _MOST_MARKS:
        return meant
    pairs = meant_pairs(marks, landmarks(lines, ids), kept)
    mends = _mends(pairs, marks)
    forgotten = tuple(
        Forgotten(mark.line, mark.indent, mark.char * mark.length, end)
        for (mark, _, _), end in pairs
        if isinstance(end, int)
    )
    if not mends and not forgotten:
        return meant
    lines = _mended(lines, mends, forgotten)
    mended = Meant(_read(strict.source, lines), tuple(mends), forgotten, meant.comment)
    return _without_comment(mended, lines)[0] if _holds(mended, block) else meant


def _without_comment(meant: Meant, lines: Sequence[str]) -> tuple[Meant, Sequence[str]]:
    """Return a reading, and its lines, in which no comment at the margin hides the rest."""
    comment = next((html for html in meant.document.html if _is_unended(html)), None)
    if comment is None:
        return meant, lines
    # Nothing ends any comment that begins behind it.
    opened = (line.replace("<!--", "    ") for line in lines[comment.line :])
    lines = [*lines[: comment.line], *opened]
    document = _read(meant.document.source, lines)
    return meant._replace(document=document, comment=meant.comment or comment), lines


def _is_unended(html: Html) -> bool:
    return html.depth == 0 and html.text.lstrip(" ").startswith("<!--") and "-->" not in html.text


def _lines_of(fence: Fence) -> range:
    """Return the lines of a fence, its marks among them."""
    return range(fence.line, fence.line + fence.content.count("\n") + 1 + fence.closed)


def _looks_wrong(strict: Document, ids: Set[str]) -> bool:
    """Tell whether fences may be meant otherwise than they are read.

    One at the margin never ends, or has a line of the plan itself; or any shows a mark that opens
    a fence.
    """
    for fence in strict.fences:
        if fence.depth == 0 and (not fence.closed or has_landmark(fence.content, ids)):
            return True
        if fence.marker in fence.content:
            item = r"(?:(?:[-*+]|\d{1,9}[.)]) {1,4})?"
            opening = rf"(?m)^ {{0,3}}{item}{fence.marker}{fence.marker[0]}*[ \t]*[^\s`~]"
            if re.search(opening, fence.content):
                return True
    return False


def _mends(pairs: Sequence[Pair], marks: Sequence[Mark]) -> list[Mend]:
    """Return the mends of fences that hold others of as many marks, each with what is inside."""
    mends: list[Mend] = []
    widths: dict[int, int] = {}
    index = {mark.line: number for number, mark in enumerate(marks)}
    for opened, end in pairs:  # inner ones come first
        first = opened.mark
        if not opened.inner or isinstance(end, int):
            continue
        same = [m for m in marks[index[first.line] + 1 : index[end.line]] if m.char == first.char]
        cut = next(m.line for m in same if not m.info and m.length >= first.length)
        width = max(widths.get(mark.line, mark.length) for mark in same) + 1
        edits: list[Edit] = []
        while mends and mends[-1].line > first.line:
            edits += mends.pop().edits
        for mark in (first, end):
            widths[mark.line] = max(width, mark.length)
            more = first.char * (widths[mark.line] - mark.length)
            edits.append(Edit(mark.line, mark.indent + mark.length, 0, more))
        marker = first.char * width
        inner = opened.inner.line
        mends.append(Mend(first.line, first.indent, inner, cut, end.line, marker, tuple(edits)))
    return mends


def _mended(
    lines: Sequence[str], mends: Sequence[Mend], forgotten: Sequence[Forgotten]
) -> Sequence[str]:
    """Return the lines with the mends made and the forgotten fences ended; no line moves."""
    after = list(lines)
    for edit in (edit for mend in mends for edit in mend.edits):
        text = after[edit.line]
        after[edit.line] = text[: edit.column] + edit.text + text[edit.column :]
    for line, column, marker, before in forgotten:
        # The last line of a fence is given for its end; a fence without lines is no fence.
        after[before - 1] = " " * column + marker if before - 1 > line else ""
    return after


def _read(source: Source, lines: Sequence[str]) -> Document:
    return read_document(source, "\n".join((*lines, "")))


def _holds(meant: Meant, block: Fence | None) -> bool:
    """Tell whether every fence ends where it should, and the metadata is where it was."""
    fences = {fence.line: fence for fence in meant.document.fences}
    if block and fences.get(block.line) != block:
        return False
    ends = [(mend.line, mend.end + 1) for mend in meant.mends]
    ends += [(one.line, one.before) for one in meant.forgotten if one.before - 1 > one.line]
    return all(
        line in fences and fences[line].closed and _lines_of(fences[line]).stop == end
        for line, end in ends
    )
