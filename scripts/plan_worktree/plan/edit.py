"""Edits of a plan's bytes: what is not edited stays byte for byte, line endings and BOM too."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from plan_worktree.plan.source import Source

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class Edit(NamedTuple):
    """Replace `length` characters at a zero-based line and column by `text`.

    A line feed in the text becomes the line ending of the file.
    """

    line: int
    column: int
    length: int
    text: str


def edited(source: Source, edits: Iterable[Edit]) -> bytes:
    """Return the file's bytes with the edits made. Edits must not overlap."""
    raw = source.raw
    starts = [len(_BOM) if raw.startswith(_BOM) else 0]
    starts += [found.end() for found in _LINE_END.finditer(raw)]
    ending = found[0] if (found := _LINE_END.search(raw)) else b"\n"
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit[:2]):
        line = source.lines[edit.line]
        start = starts[edit.line] + len(line[: edit.column].encode())
        length = len(line[edit.column : edit.column + edit.length].encode())
        pieces += [raw[at:start], edit.text.encode().replace(b"\n", ending)]
        at = start + length
    return b"".join((*pieces, raw[at:]))
