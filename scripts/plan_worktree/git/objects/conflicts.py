"""What conflicts when commits are merged: which paths, and how.

Nothing is checked out: git-merge-tree(1) makes the same merge as ``git merge``, with the same
settings, attributes and merge drivers.
"""

import re
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from plan_worktree.git.objects.merge import answers
from plan_worktree.git.process import GitError

_WITH_MESSAGES = ("--write-tree", "-z", "--messages", "--allow-unrelated-histories")
# A file that a folder is in the way of gets its side's name, and a number when that is taken.
_SIDE = re.compile(r"~[0-9a-f]{40}(?:[0-9a-f]{24})?(?:_\d+)?$")
# The kinds of git that people call otherwise; what has "rename" in it is a rename.
_KINDS = {
    "contents": "content",
    "file/directory": "directory/file",
    "distinct modes": "distinct types",
}


class FileConflict(NamedTuple):
    """A path that conflicts, and how: content, add/add, modify/delete, rename, and so on."""

    path: str
    kind: str


def find_conflicts(
    directory: Path,
    pairs: Sequence[tuple[str, str]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[tuple[FileConflict, ...]]:
    """Return what conflicts in the merge of each pair of commits, by path. Raises GitError.

    Commits are named by their full object names. Where git itself breaks over a merge, as it would
    over the real one, that is what is returned.
    """
    try:
        fields = iter(answers(directory, _WITH_MESSAGES, pairs, variables).split("\0"))
    except GitError as error:
        if error.code != -signal.SIGABRT:
            raise
        if len(pairs) == 1:
            return [(FileConflict(".", "git breaks over it"),)]
        return [find_conflicts(directory, [pair], variables)[0] for pair in pairs]
    return [tuple(_answer(fields)) for _ in pairs]


def strip_sides(paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths that conflict without what git appended to name a side, each once."""
    return tuple(dict.fromkeys(_SIDE.sub("", path) for path in paths))


def _answer(fields: Iterator[str]) -> Iterator[FileConflict]:
    """Read one answer: status, tree, unmerged entries and messages (git-merge-tree(1))."""
    clean, _ = next(fields) == "1", next(fields)
    sides: dict[str, set[str]] = {}
    while entry := next(fields):
        said, _, path = entry.partition("\t")
        sides.setdefault(_SIDE.sub("", path), set()).add(said[-1])
    kinds: dict[str, str] = {}
    # What git advises about submodules ends the messages, as an empty field does.
    while (count := next(fields)).isdigit():
        paths = [_SIDE.sub("", next(fields)) for _ in range(int(count))]
        what, _ = next(fields), next(fields)
        if what.startswith("CONFLICT"):
            kind = what.partition("(")[2].rstrip(")")
            for path in paths:  # that its content differs, too, says less
                if kinds.get(path, "contents") == "contents":
                    kinds[path] = kind
    if clean:
        return
    # A renamed folder of which it is not clear where it went leaves no unmerged entry.
    for path in sorted(sides or kinds):
        yield FileConflict(path, _kind(kinds.get(path, "contents"), sides.get(path, {"1"})))


def _kind(said: str, sides: set[str]) -> str:
    if "rename" in said:
        return "rename"
    if said == "contents" and "1" not in sides:
        return "add/add"
    return _KINDS.get(said, said)
