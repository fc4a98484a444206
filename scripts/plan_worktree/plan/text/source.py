"""A plan file as text whose every line and column can be pointed at.

Promises: `lines[n]` is line n+1 of the file as an editor counts it. A line ends at LF, CRLF or
CR and nowhere else (CommonMark 0.31, "line ending"): U+2028, form feed and friends are text.
`raw` keeps the bytes untouched for edits. Never raises for what a file contains.
"""

from pathlib import Path
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic

# A plan is read into memory and parsed as a whole, and some shapes of text take mistune more than
# linear time. A thousand stages make 0.7 MB; the bound keeps hostile files from taking the machine.
MAX_BYTES = 4 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"


class Source(NamedTuple):
    """A decoded file. `name` is how the user called it and how findings call it."""

    name: str
    raw: bytes
    text: str
    lines: tuple[str, ...]


def read_source(path: Path, name: str) -> Source | Diagnostic:
    """Read a file, or say in one finding (PW006) why it cannot be read as a plan."""
    try:
        if path.is_dir():
            return _unreadable(name, "is a directory, not a plan file")
        if path.exists() and not path.is_file():
            return _unreadable(name, "is not a regular file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return _unreadable(name, "there is no such file")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return _unreadable(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return decode(raw, name)


def decode(raw: bytes, name: str) -> Source | Diagnostic:
    """Decode the bytes of a plan: UTF-8, with or without a byte order mark."""
    if len(raw) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        return _unreadable(name, f"is larger than {limit} MiB, which no plan is")
    body = raw.removeprefix(_BOM)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _normalised(body[: error.start].decode("utf-8"))
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        found = f"byte 0x{body[error.start]:02x} here is not UTF-8: save the plan as UTF-8"
        return Diagnostic(name, line, column, "PW006", found)
    if "\0" in text:
        line = _normalised(text[: text.index("\0")]).count("\n") + 1
        return Diagnostic(name, line, 1, "PW006", "a NUL character here: this is a binary file")
    text = _normalised(text)
    if not text.endswith("\n"):
        text += "\n"
    return Source(name, raw, text, tuple(text.split("\n")[:-1]))


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _unreadable(name: str, why: str) -> Diagnostic:
    return Diagnostic(name, 1, 1, "PW006", why)
