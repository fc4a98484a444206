"""The finding that every room speaks, and the only way untrusted text reaches a terminal.

Promises: a `Diagnostic` is plain data that sorts by place. `printable` never lets a control,
format or surrogate character through, so no plan, branch or file name can drive a terminal.
"""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding weighs: errors always fail a check, warnings only when it is strict."""

    ERROR = "error"
    WARNING = "warning"


class Diagnostic(NamedTuple):
    """One finding in one file.

    `line` and `column` count from 1; a column counts Unicode code points of the decoded line, as
    editors and compilers do. `code` is a stable name such as ``PW202``. `message` says what is
    wrong and what fixes it.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    severity: Severity = Severity.ERROR


def printable(text: str) -> str:
    r"""Return `text` with every character that is not safe to print written as an escape.

    Bytes of undecodable file names (surrogate escapes, PEP 383) are shown as ``\xNN``.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
