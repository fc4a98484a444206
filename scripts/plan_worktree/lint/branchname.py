"""Which branch names git accepts, decided without starting git.

The rules are those of git-check-ref-format(1) for ``refs/heads/<name>``, with what
``--branch`` adds: no leading dash, not ``HEAD``.
"""

from __future__ import annotations

from collections.abc import Callable

_FORBIDDEN = frozenset("\x7f~^:?*[\\") | {chr(code) for code in range(0x21)}

# A loose ref is a file, written through "<name>.lock": most file systems allow 255 bytes a name.
_LONGEST_PART = 250
# And the path to the file has its limit, too: 4096 bytes on Linux, 1024 on macOS.
_LONGEST = 800


def branch_fault(name: str) -> str | None:
    """Return why git refuses `name` as a branch, in words that follow "it", or None."""
    return next((fault for refuses, fault in _FAULTS if refuses(name)), None) or _letter_fault(name)


def _letter_fault(name: str) -> str | None:
    for char in name:
        if char in _FORBIDDEN or "\ud800" <= char <= "\udfff":
            return f"contains {_SPOKEN.get(char) or ascii(char)}"
    return None


def _parts(name: str) -> list[str]:
    return name.split("/")


_SPOKEN = {" ": "a space", "\\": "a backslash"}

_FAULTS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda name: not name, "is empty"),
    (lambda name: len(name) > _LONGEST, f"is longer than {_LONGEST} characters"),
    (lambda name: name == "HEAD", "is a name git keeps for itself"),
    (lambda name: name.startswith("-"), "begins with a dash and would be read as an option"),
    (lambda name: "" in _parts(name), "has an empty part beside a slash"),
    (lambda name: ".." in name, "contains two dots in a row"),
    (lambda name: "@{" in name, "contains @{"),
    (lambda name: name.endswith("."), "ends with a dot"),
    (lambda name: any(part.startswith(".") for part in _parts(name)), "has a part like .this"),
    (
        lambda name: any(part.endswith(".lock") for part in _parts(name)),
        "has a part like this.lock",
    ),
    (
        lambda name: any(len(_bytes(part)) > _LONGEST_PART for part in _parts(name)),
        f"has a part of more than {_LONGEST_PART} bytes, too long for a file name",
    ),
)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
