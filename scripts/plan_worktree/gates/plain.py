r"""What a command printed, as plain text: nothing of it drives a terminal any more.

Escape sequences are those of ECMA-48: control sequences (5.4), control strings such as a window's
title (5.6, also ended by BEL, as xterm has it), other escapes (ECMA-35, 13.2). A control string
that never ends hides nothing: only its beginning is taken out. Of what carriage returns wrote over
each other the last is kept, as a terminal would show it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

# A longer line is passed on in pieces, and a longer control string is none.
_LONGEST = 1 << 16

_STRING = (
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x18\x1a\x1b\x80-\x9f]{0,65536}+"
    r"(?:\x07|\x1b\\|\x9c|(?=[\x18\x1a\x1b\x80-\x9f]))"
)
_CONTROL = r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"
_ESCAPE = r"\x1b[ -/]*+[0-~]"
_LONE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_DRIVES = re.compile(f"{_STRING}|{_CONTROL}|{_ESCAPE}|{_LONE}")
# What may be the beginning of a sequence whose rest is yet to come.
_BEGUN = re.compile(
    r"(?:(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x18\x1a\x1b\x80-\x9f]*+\x1b?"
    r"|(?:\x1b\[|\x9b)[0-?]*+[ -/]*+|\x1b[ -/]*+)\Z"
)


def plain_lines(raw: bytes) -> list[str]:
    """Return the lines of an output as plain text; bytes that are not UTF-8 become surrogates."""
    lines = Plain()
    return [*lines.take(raw), *lines.rest()]


def last_line(raw: bytes) -> str:
    """Return the last line of an output that says something; empty when none does."""
    lines = reversed(plain_lines(raw))
    return next((line.strip() for line in lines if any(map(str.isalnum, line))), "")


class Plain:
    """The lines of an output that comes in pieces."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._begun = ""  # of a sequence
        self._line = ""

    def take(self, piece: bytes) -> Iterator[str]:
        """Yield the lines that end in a piece of the output."""
        text = self._begun + self._decoder.decode(piece)
        begun = _BEGUN.search(text)
        held = text[begun.start() :] if begun else ""
        self._begun = held if len(held) <= _LONGEST else ""
        text = text.removesuffix(self._begun)
        *lines, self._line = (self._line + _DRIVES.sub("", text)).split("\n")
        for line in lines:
            yield _overwritten(line)
        if len(self._line) > _LONGEST:
            line, self._line = self._line, ""
            yield _overwritten(line)

    def rest(self) -> Iterator[str]:
        """Yield the last line, if it has no end."""
        text = self._line + _DRIVES.sub("", self._begun + self._decoder.decode(b"", final=True))
        if text:  # what was held for the end of a control string may be several lines
            yield from map(_overwritten, text.removesuffix("\n").split("\n"))


def _overwritten(line: str) -> str:
    """Return what a terminal shows of a line in which carriage returns lead back to its start."""
    if "\r" not in line:
        return line
    parts = (part for part in reversed(line.split("\r")) if part.strip())
    return next(parts, "")
