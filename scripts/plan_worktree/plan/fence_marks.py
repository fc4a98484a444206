"""Lines of marks, and which fences they were meant to make.

Of all ways to pair a plan's marks the one with the fewest faults is found, in linear time: a
reading is a path through the marks and landmarks of the file, and of all paths that have the same
fences open only the best goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from plan_worktree.plan.landmarks import Landmark
from plan_worktree.plan.text.document import Document

_MARK = re.compile(r"( {0,40}(?:(?:[-*+]|\d{1,9}[.)]) {1,4})?)(`{3,}(?=[^`]*$)|~{3,})")
# In these a plan's headings may well be shown, in code they may not.
_TEXTS = frozenset({"markdown", "md", "mdx", "text", "txt", "plain", "plaintext"})
_DEEPEST = 3

# What each fault of an author weighs, or of a reading that takes marks otherwise than CommonMark.
_HOLDS_ONE = 21  # a fence is shown inside one of as many marks; a second one in it is no fault more
_SHOWN = 30  # only the beginning of a fence is shown
_UNCLOSED = 60  # nothing ends a fence
_FORGOTTEN = 61  # the same, found out before the end of the file
_TITLE = 40  # a heading of the plan is part of some code
_SECTION = 90  # the only section of a stage is part of a fence


class Mark(NamedTuple):
    """A line that CommonMark may take for the beginning or the end of a fence.

    `indent` is what stands before the mark: blanks, perhaps with a list item's marker. `may_open`
    is false for a mark that is indented so far that it only ends a fence, in a list.
    """

    line: int
    indent: int
    char: str
    length: int
    info: str
    may_open: bool


class Opened(NamedTuple):
    """A fence by its first mark.

    `inner` is the first fence inside it that has as many marks. `hides_section` when the only
    section of a stage stands in it: such a fence was never meant to hold more.
    """

    mark: Mark
    inner: Mark | None = None
    hides_section: bool = False


class Pair(NamedTuple):
    """A fence that was read: where it begins, and the mark or landmark that ends it."""

    opened: Opened
    end: Mark | int


class _Block(NamedTuple):
    """The line on which the metadata block begins."""

    line: int


class _Behind(NamedTuple):
    """Fences that were read, as a chain that readings share: the last one, and those before."""

    last: Pair
    before: _Behind | None


class _Path(NamedTuple):
    """A reading so far: its faults, what is open, and the fences behind, the last one first."""

    faults: int
    stack: tuple[Opened, ...]
    behind: _Behind | None


def read_marks(strict: Document, lines: Sequence[str]) -> Iterator[Mark]:
    """Yield the lines of marks: not those in comments, nor far to the right outside of a list."""
    comments = {
        html.line + row
        for html in strict.html
        for row in range(html.text.rstrip("\n").count("\n") + 1)
    }
    known = {fence.line for fence in strict.fences}
    for number, line in enumerate(lines):
        found = _MARK.match(line) if "```" in line or "~~~" in line else None
        if found is None or number in comments:
            continue
        indent, run = len(found[1]), found[2]
        info = line[found.end() :].strip(" \t")
        is_item = found[1].strip() != ""
        may_open = number in known or is_item or indent < 4
        # The mark behind an item's marker ends no fence, as one with an info string does not.
        yield Mark(number, indent, run[0], len(run), info or "-" * is_item, may_open)


def meant_pairs(marks: Iterable[Mark], landmarks: Iterable[Landmark], kept: range) -> list[Pair]:
    """Return the fences of the reading with the fewest faults, in the order in which they end.

    `kept` are the lines of the metadata block, at which nothing is open.
    """
    events: list[Mark | Landmark | _Block] = [*marks, *landmarks]
    events += [_Block(kept.start)] * bool(kept)
    events.sort(key=lambda event: event.line)
    paths: dict[tuple[int, bool], _Path] = {(0, False): _Path(0, (), None)}
    for event in events:
        paths = _step(paths, event)
    best = min(paths.values(), key=lambda path: path.faults + _UNCLOSED * len(path.stack))
    pairs: list[Pair] = []
    chain = best.behind
    while chain:
        pairs.append(chain.last)
        chain = chain.before
    return pairs[::-1]


def _step(
    paths: dict[tuple[int, bool], _Path], event: Mark | Landmark | _Block
) -> dict[tuple[int, bool], _Path]:
    """Go on with each reading in every way that an event allows; keep the best of each state."""
    after: dict[tuple[int, bool], _Path] = {}
    for path in paths.values():
        for one in _ways(path, event):
            state = (len(one.stack), bool(one.stack and one.stack[-1].inner))
            if state not in after or one.faults < after[state].faults:
                after[state] = one
    return after


def _ways(path: _Path, event: Mark | Landmark | _Block) -> Iterator[_Path]:
    if isinstance(event, Mark):
        yield from _at_mark(path, event)
    elif not path.stack:
        yield path
    else:
        yield _forget(path, event.line)
        top = path.stack[-1]
        if isinstance(event, Landmark) and event.is_sure:
            if len(path.stack) == 1 and not top.inner:
                hiding = (top._replace(hides_section=True),)
                yield path._replace(faults=path.faults + _SECTION, stack=hiding)
        elif isinstance(event, Landmark):
            is_text = any(_is_text(opened.mark.info) for opened in path.stack)
            yield path._replace(faults=path.faults + (0 if is_text else _TITLE))


def _is_text(info: str) -> bool:
    words = info.casefold().split()
    return bool(words) and words[0] in _TEXTS


def _at_mark(path: _Path, mark: Mark) -> Iterator[_Path]:
    faults, stack, behind = path
    if not stack:
        yield _Path(faults, (Opened(mark),), behind) if mark.may_open else path
        return
    top = stack[-1]
    concerns = mark.char == top.mark.char and mark.length >= top.mark.length
    if not concerns or mark.indent > top.mark.indent + 3:
        yield path
    elif not mark.info:
        yield _Path(faults, stack[:-1], _Behind(Pair(top, mark), behind))
    else:
        yield path._replace(faults=faults + _SHOWN)
        if len(stack) < _DEEPEST and not top.hides_section:
            more = 0 if top.inner else _HOLDS_ONE
            opened = (*stack[:-1], top._replace(inner=top.inner or mark), Opened(mark))
            yield _Path(faults + more, opened, behind)
        forgot = _forget(path, mark.line)
        yield forgot._replace(stack=(Opened(mark),))


def _forget(path: _Path, line: int) -> _Path:
    """Take the outermost open fence for one that was to end before a line."""
    return _Path(path.faults + _FORGOTTEN, (), _Behind(Pair(path.stack[0], line), path.behind))
