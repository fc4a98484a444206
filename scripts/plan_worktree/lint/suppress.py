"""Which findings are shown: the selection of a run, and the ignore comments of a plan.

``<!-- plan-worktree: ignore CODE reason -->`` before a line, blank ones between them left out,
silences the findings of that code there; before the metadata block it silences them in the whole
block, which cannot hold comments. A comment that silences nothing is a finding itself (PW007), so
that none outlives its cause.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.codes import CODES
from plan_worktree.lint.subject import suggestion
from plan_worktree.plan.planfile import PlanFile
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.inline import code_spans

_COMMENT = r"<!--[ \t]*plan-worktree:[ \t]*ignore\b([^\n]{0,500}?)-->"


class Selection(NamedTuple):
    """Codes, or beginnings of codes such as ``PW5``, to report and to leave out."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def wants(self, code: str) -> bool:
        """Tell whether findings of a code are to be reported."""
        if self.select and not code.startswith(self.select):
            return False
        return not (self.ignore and code.startswith(self.ignore))


class UnknownCode(ValueError):
    """Something that should name a code names none; the message may know what was meant."""


def selection(select: Iterable[str], ignore: Iterable[str]) -> Selection:
    """Read lists of codes separated by commas. Raises UnknownCode."""
    return Selection(_codes(select), _codes(ignore))


def known_code(written: str) -> str:
    """Return a code as the tables spell it. Raises UnknownCode."""
    code = written.strip().upper()
    if code not in CODES:
        raise UnknownCode(f'there is no code "{written}"{suggestion(code, CODES)}')
    return code


def _codes(lists: Iterable[str]) -> tuple[str, ...]:
    written = [code.strip().upper() for one in lists for code in one.split(",") if code.strip()]
    for start in written:
        if not any(code.startswith(start) for code in CODES):
            known_code(start)
    return tuple(written)


class _Ignore(NamedTuple):
    line: int  # of the comment, from 1
    column: int
    code: str
    reason: str
    lines: range  # that it speaks for, from 1


def without_ignored(
    file: PlanFile, found: Sequence[Diagnostic], selection: Selection
) -> Iterator[Diagnostic]:
    """Yield what the plan's ignore comments leave, and what is wrong with the comments."""
    ignores = list(_ignores(file)) if file.document else []
    by_place = {(one.code, one.lines.start): one for one in ignores if one.reason}
    of_block = {one.code: one for one in ignores if one.reason and len(one.lines) > 1}
    used: set[_Ignore] = set()
    for one in found:
        ignore = by_place.get((one.code, one.line)) or of_block.get(one.code)
        if ignore and one.line in ignore.lines and _may_be_silenced(one):
            used.add(ignore)
        else:
            yield one
    for ignore in ignores:
        if ignore not in used and selection.wants("PW007") and selection.wants(ignore.code):
            place, weight = (ignore.line, ignore.column), CODES["PW007"].severity
            yield Diagnostic(file.name, *place, "PW007", _wrong(ignore), weight)


def _may_be_silenced(found: Diagnostic) -> bool:
    """Errors in the metadata stay: a plan must not switch off what keeps it from doing harm."""
    return found.severity is Severity.WARNING or found.code >= "PW4"


def _wrong(ignore: _Ignore) -> str:
    if ignore.code not in CODES:
        return f'there is no code "{ignore.code}"{suggestion(ignore.code, CODES)}'
    if not ignore.reason:
        return f"say why: <!-- plan-worktree: ignore {ignore.code} REASON -->"
    if CODES[ignore.code].severity is Severity.ERROR and ignore.code < "PW4":
        return f"{ignore.code} cannot be silenced: fix its cause, and remove this comment"
    return f"the next line has no {ignore.code} to silence: remove this comment"


def _ignores(file: PlanFile) -> Iterator[_Ignore]:
    document = file.document
    if document is None or "plan-worktree:" not in document.source.text:
        return
    rows = [row for row, text in enumerate(document.source.lines) if "plan-worktree:" in text]
    block = file.metadata.fence if file.metadata else None
    for row in rows:
        text = document.source.lines[row]
        found = re.search(_COMMENT, text)
        if not found or _is_fenced(document, row):
            continue
        if any(span.start < found.start() < span.end for span in code_spans(text)):
            continue
        code, _, reason = found[1].strip().partition(" ")
        following = _next_line(document, row)
        lines = range(following + 1, following + 2)
        if block and block.line == following:
            lines = range(following + 1, following + 3 + block.content.count("\n"))
        yield _Ignore(row + 1, found.start() + 1, code, reason.strip(), lines)


def _next_line(document: Document, row: int) -> int:
    """Return the next line that is not blank: formatters put blank ones behind a comment."""
    lines = document.source.lines
    row += 1
    while row < len(lines) and not lines[row].strip():
        row += 1
    return row


def _is_fenced(document: Document, row: int) -> bool:
    """Tell whether a line is inside a fence: the last one that begins before it decides."""
    index = bisect_right(document.fences, row, key=lambda fence: fence.line) - 1
    fence = document.fences[index] if index >= 0 else None
    return fence is not None and row <= fence.line + fence.content.count("\n")
