"""Merges without a working tree: ``git merge-tree`` and ``git commit-tree``.

Objects are written into the repository, and nothing points at them until a ref is made; or, where
a merge is only tried, into `scratch_objects`.
"""

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from plan_worktree.git.index import IndexEntry
from plan_worktree.git.process import GitError, failure, run

_PLAIN = ("--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories")


class MergeResult(NamedTuple):
    """The tree that two commits merge to, and the paths that conflict in it (none: clean)."""

    tree: str
    conflicts: tuple[str, ...]
    clean: bool


def merge_trees(
    directory: Path,
    pairs: Sequence[tuple[str, str]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[MergeResult]:
    """Merge pairs of commits, with one process for all where git can (2.39). Raises GitError.

    Where git itself breaks over a merge, as it would over the real one, that is no clean one.
    """
    try:
        said = answers(directory, _PLAIN, pairs, variables)
    except GitError as error:
        if error.code != -signal.SIGABRT:
            raise
        if len(pairs) == 1:
            return [MergeResult("", (".",), clean=False)]
        return [merge_trees(directory, [pair], variables)[0] for pair in pairs]
    parts: list[list[str]] = [[]]
    for field in said.split("\0")[:-1]:  # each answer ends with an empty field
        if field:
            parts[-1].append(field)
        else:
            parts.append([])
    found = (part for part in parts if part)
    return [MergeResult(tree, tuple(paths), status == "1") for status, tree, *paths in found]


def answers(
    directory: Path,
    flags: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return what git-merge-tree(1) says of pairs of commits, as with ``-z --stdin``.

    Git 2.38 has no ``--stdin``, and is asked for each. Raises GitError.
    """
    if not pairs:
        return ""
    if len(pairs) > 1:
        asked = "".join(f"{one} {other}\n" for one, other in pairs)
        try:
            return run(
                directory, "merge-tree", *flags, "--stdin", stdin=asked, variables=variables
            ).stdout
        except GitError as error:
            if error.code != 129:  # "usage"
                raise
    said = ""
    for one, other in pairs:
        done = run(directory, "merge-tree", *flags, one, other, ok=(0, 1), variables=variables)
        if not done.stdout:  # not a conflict: there is nothing to merge
            raise failure(("merge-tree", one, other), done.returncode, done.stderr)
        said += f"{int(done.returncode == 0)}\0{done.stdout}\0"
    return said


def driver_after(command: str) -> str:
    """Return a merge driver (gitattributes(5)) that merges as git does, after a command has run.

    The command gets the three versions, the common ancestor first, and may change them. Whatever
    becomes of it, also where there is no such command, git merges what is there then.
    """
    marks = "--marker-size=%L -L ours -L base -L theirs"
    return f"{command} %O %A %B >/dev/null 2>&1; git merge-file --quiet {marks} %A %O %B"


class ConflictedMerge(NamedTuple):
    """What a merge leaves to somebody: a tree with conflict marks, and the unmerged entries."""

    tree: str
    entries: tuple[IndexEntry, ...]


def merge_conflict(directory: Path, one: str, other: str) -> ConflictedMerge:
    """Merge two commits that conflict. Raises GitError."""
    flags = [flag for flag in _PLAIN if flag != "--name-only"]
    said = run(directory, "merge-tree", *flags, one, other, ok=(0, 1)).stdout
    tree, *lines = said.rstrip("\0").split("\0")
    entries = []
    for line in (line for line in lines if line):
        fields, _, path = line.partition("\t")
        mode, object_id, stage = fields.split(" ")
        if mode != "000000":  # so git names a side without a file, and could not write it itself
            entries.append(IndexEntry(mode, object_id, path, int(stage)))
    return ConflictedMerge(tree, tuple(entries))
