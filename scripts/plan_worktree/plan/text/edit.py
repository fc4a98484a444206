"""Edits of a plan's bytes: what is not edited stays byte for byte, line endings and BOM too."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from plan_worktree.plan.text.source import Source

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class Edit(NamedTuple):
    """Replace `length` characters at a zero-based line and column by `text`.

    A line feed in the text becomes the line ending of the file. `end` is the line and column
    before which the replaced text ends, in place of `length`, when that is on a later line.
    """

    line: int
    column: int
    length: int
    text: str
    end: tuple[int, int] | None = None


def edited(source: Source, edits: Iterable[Edit]) -> bytes:
    """Return the file's bytes with the edits made. Edits must not overlap."""
    raw = source.raw
    starts = [len(_BOM) if raw.startswith(_BOM) else 0]
    starts += [found.end() for found in _LINE_END.finditer(raw)]
    ending = found[0] if (found := _LINE_END.search(raw)) else b"\n"

    def offset(line: int, column: int) -> int:
        return starts[line] + len(source.lines[line][:column].encode())

    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit[:2]):
        start = offset(edit.line, edit.column)
        pieces += [raw[at:start], edit.text.encode().replace(b"\n", ending)]
        at = offset(*(edit.end or (edit.line, edit.column + edit.length)))
    return b"".join((*pieces, raw[at:]))
