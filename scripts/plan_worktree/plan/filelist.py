"""The entries of a stage's ``Files to Change``: what is done to which path.

An entry is a list item: a verb, then paths in code marks or bare, separated by commas or "and";
what follows in brackets or after a dash is a note. Items below an item that has only a verb
inherit it. An entry without a path ("GitHub issue for the docs") is no file.
"""

import posixpath
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from plan_worktree.plan.document import Document, Item, within
from plan_worktree.plan.sections import FILES, Section


class Change(StrEnum):
    """What a stage does to a path."""

    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"


class FileEntry(NamedTuple):
    """One path of one entry; line and column are zero-based and those of the path.

    `path` is normalised: relative, ``/``, no ``.`` and no ``//``; a directory ends with ``/``.
    `leaves` when it would climb out of the repository.
    """

    change: Change
    path: str
    line: int
    column: int
    leaves: bool

    @property
    def is_glob(self) -> bool:
        """Whether the path is a pattern that stands for several files."""
        return any(char in self.path for char in "*?[")

    @property
    def is_directory(self) -> bool:
        """Whether the path stands for everything below a directory."""
        return self.path.endswith("/")


_VERBS = {
    Change.CREATE: ("create", "add", "new"),
    Change.MODIFY: ("modify", "update", "edit", "change"),
    Change.DELETE: ("delete", "remove"),
}
_VERB_OF = {verb: change for change, verbs in _VERBS.items() for verb in verbs}
_MOVES = ("rename", "move")


def _spellings(verb: str) -> list[str]:
    """Return a verb and its other forms: modify, modifies, modified, modifying."""
    stem = verb.removesuffix("e")
    if verb.endswith("y"):
        stem = verb[:-1]
        return [verb, f"{stem}ies", f"{stem}ied", f"{verb}ing"]
    return [verb, f"{verb}s", f"{stem}ed", f"{stem}ing"]


_SPELT = {word: verb for verb in (*_VERB_OF, *_MOVES) for word in _spellings(verb)}

_VERB = re.compile(
    r"[\s*_~]*(?:\[[ xX]\][\s*_]*)?([A-Za-z]+)[*_]*"
    r"(?:[ \t]+(?:a|an|the|new|files?|folder|directory)\b)*[ \t]*:?[*_]*[ \t\n]*"
)
_SPAN = re.compile(r"`([^`\n]+)`")
_BARE = re.compile(r"[^\s,;`()\[\]]+")
_SEPARATOR = re.compile(r"[ \t]*(?:,|;|&|\+|\band\b)?[ \t\n]*")
_ARROW = re.compile(r"[ \t]*(?:->|=>|→|\bto\b)[ \t]*")
_EXTENSION = re.compile(r"[^/]\.[A-Za-z0-9_]{1,12}$")
_NO_PATHS = frozenset({"e.g", "i.e", "and/or", "n/a", "etc."})
# No file system has longer ones; and each part of a path costs something.
_LONGEST_PATH = 1024
_BARE_NAMES = frozenset(
    {"makefile", "justfile", "dockerfile", "readme", "license", "changelog", "procfile", "gemfile"}
)


def read_files(document: Document, section: Section) -> list[FileEntry]:
    """Return the entries of a section's list of files, in order."""
    lines = section.parts.get(FILES)
    if lines is None:
        return []
    entries: list[FileEntry] = []
    # The verbs of the items around, by depth, and whether such an item is a file itself: what
    # lies below a file are notes, and only what can be nothing but a path is one more file.
    around: list[tuple[int, str | None, bool]] = []
    for item in within(document.items, lines):
        while around and around[-1][0] >= item.depth:
            around.pop()
        verb, rest = _verb(item.text)
        below_file = bool(around) and around[-1][2]
        if around and (verb is None or below_file):
            verb = around[-1][1]
        found = list(_entries(document, item, verb or "modify", rest, strict=below_file))
        around.append((item.depth, verb, bool(found) or below_file))
        entries += found
    return entries


def normalised(path: str) -> tuple[str, bool]:
    """Return a path in its one spelling, and whether it leaves the repository (then as it is)."""
    if path == "**":
        return "./", False
    slash = "/" if path.endswith(("/", "/.", "/**")) else ""
    plain = posixpath.normpath(path.removesuffix("/**") or ".")
    leaves = plain.startswith(("/", "~", "../")) or plain == ".."
    if leaves:
        return path, True
    if plain == "**":
        return "./", False
    return (plain.strip("/") + slash if plain != "." else "./"), False


def _verb(text: str) -> tuple[str | None, int]:
    """Return the verb an item begins with and the offset of what follows it."""
    found = _VERB.match(text)
    verb = _SPELT.get(found[1].casefold()) if found else None
    if found and verb:
        return verb, found.end()
    # "`a.py` (new)": people write the verb behind the path, too.
    noted = re.search(r"\(([A-Za-z]+)(?: file)?\)", text) if "(" in text else None
    return (_SPELT.get(noted[1].casefold()) if noted else None), _without_checkbox(text)


def _without_checkbox(text: str) -> int:
    found = re.match(r"[ \t]*(?:\[[ xX]\][ \t]+)?", text)
    return found.end() if found else 0


def _entries(
    document: Document, item: Item, verb: str, start: int, *, strict: bool
) -> Iterator[FileEntry]:
    paths = list(_paths(item.text, start, strict=strict))
    if verb in _MOVES:
        changes = [Change.DELETE, Change.CREATE] if len(paths) == 2 else [Change.MODIFY]
    else:
        changes = [_VERB_OF[verb]]
    place = document.positions_in(item)
    for index, (written, offset) in enumerate(paths):
        path, leaves = normalised(written)
        change = changes[min(index, len(changes) - 1)]
        yield FileEntry(change, path, *place(offset), leaves)


def _paths(text: str, at: int, *, strict: bool) -> Iterator[tuple[str, int]]:
    """Yield paths and their offsets for as long as they follow each other."""
    while at < len(text):
        span = _SPAN.match(text, at)
        if span:
            word, offset, end = span[1].strip(), span.start(1), span.end()
            is_path = bool(word) and "://" not in word and not word.startswith("-")
            is_path &= not strict or _looks_like_path(word, alone=False)
        else:
            bare = _BARE.match(text, at)
            if not bare:
                return
            word = _without_line(bare[0].rstrip(".:").strip("*_\"'"))
            offset, end = bare.start(), bare.end()
            is_path = _looks_like_path(word, alone=text[end:].strip() == "")
        if not is_path or len(word) > _LONGEST_PATH:
            return
        yield _without_line(word), offset
        following = _ARROW.match(text, end) or _SEPARATOR.match(text, end)
        at = following.end() if following and following.end() > end else len(text)


def _without_line(path: str) -> str:
    """Return a path without the line numbers of ``a.py:12-30``."""
    return re.sub(r":\d+(?:[-:]\d+)?$", "", path) if ":" in path else path


def _looks_like_path(word: str, *, alone: bool) -> bool:
    if "://" in word or not word.strip("./-") or word.casefold() in _NO_PATHS:
        return False
    if re.fullmatch(r"v?\d+(?:\.\d+)+", word):  # a version
        return False
    if word.casefold() in _BARE_NAMES:
        return alone
    return "/" in word or "*" in word or _EXTENSION.search(word) is not None
