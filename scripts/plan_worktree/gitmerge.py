"""Merges without a working tree: ``git merge-tree`` and ``git commit-tree``.

Objects are written into the repository, and nothing points at them until a ref is made; or, where
a merge is only tried, into `scratch_objects`.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from plan_worktree.git import GitError, failure, run

_PLAIN = ("--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories")
_IDENTITY = "plan-worktree"
_ADDRESS = "plan-worktree@localhost"


class Merged(NamedTuple):
    """The tree that two commits merge to, and the paths that conflict in it (none: clean)."""

    tree: str
    conflicts: tuple[str, ...]
    clean: bool


def merge_trees(
    directory: Path,
    pairs: Sequence[tuple[str, str]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[Merged]:
    """Merge pairs of commits, with one process for all where git can (2.39). Raises GitError."""
    if not pairs:
        return []
    asked = "".join(f"{one} {other}\n" for one, other in pairs)
    if len(pairs) > 1:
        try:
            said = run(
                directory, "merge-tree", *_PLAIN, "--stdin", stdin=asked, variables=variables
            )
            return [_merged(part) for part in _results(said.stdout)]
        except GitError as error:
            if error.code != 129:  # "usage": git 2.38 has no --stdin
                raise
    found = []
    for one, other in pairs:
        done = run(directory, "merge-tree", *_PLAIN, one, other, ok=(0, 1), variables=variables)
        if not done.stdout:  # not a conflict: there is nothing to merge
            raise failure(("merge-tree", one, other), done.returncode, done.stderr)
        status = "0" if done.returncode else "1"
        found.append(_merged([status, *done.stdout.rstrip("\0").split("\0")]))
    return found


def _results(said: str) -> list[list[str]]:
    """Split the answers of ``--stdin``: fields end with NUL, answers with an empty field."""
    parts: list[list[str]] = [[]]
    for field in said.split("\0")[:-1]:
        if field:
            parts[-1].append(field)
        else:
            parts.append([])
    return [part for part in parts if part]


def _merged(fields: Sequence[str]) -> Merged:
    status, tree, *conflicts = fields
    return Merged(tree, tuple(conflicts), status == "1")


class Conflict(NamedTuple):
    """What a merge leaves to somebody: a tree with conflict marks, and the unmerged entries.

    Entries are lines as git-update-index(1) takes them, "--index-info".
    """

    tree: str
    entries: tuple[str, ...]


def merge_conflict(directory: Path, one: str, other: str) -> Conflict:
    """Merge two commits that conflict. Raises GitError."""
    flags = [flag for flag in _PLAIN if flag != "--name-only"]
    said = run(directory, "merge-tree", *flags, one, other, ok=(0, 1)).stdout
    tree, *entries = said.rstrip("\0").split("\0")
    return Conflict(tree, tuple(entry for entry in entries if entry))


def commit_tree(
    directory: Path,
    tree: str,
    parents: Sequence[str],
    message: str,
    *,
    when: int | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Make a commit of a tree and return its name.

    With `when`, in seconds since 1970 (UTC), the same facts give the same commit, and the author
    is this program: nobody wrote it. Without it the user is, as of any commit.
    """
    said = {} if when is None else _nobody(when)
    named = [flag for parent in parents for flag in ("-p", parent)]
    return run(
        directory, "commit-tree", tree, *named, stdin=message, variables={**variables, **said}
    ).stdout.strip()


def _nobody(when: int) -> dict[str, str]:
    parts = (("NAME", _IDENTITY), ("EMAIL", _ADDRESS), ("DATE", f"@{when} +0000"))
    return {
        f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in parts
    }


def independent(directory: Path, commits: Sequence[str]) -> list[str]:
    """Return those of the commits that no other of them reaches, in their order."""
    wanted = list(dict.fromkeys(commits))
    if len(wanted) < 2:
        return wanted
    said = run(directory, "merge-base", "--independent", *wanted).stdout.split()
    return [commit for commit in wanted if commit in said]


@contextmanager
def scratch_objects(common: Path, *, needed: bool = True) -> Iterator[Mapping[str, str]]:
    """Yield variables with which git writes objects to where they vanish afterwards.

    `common` is the repository's common directory (git(1), "GIT_OBJECT_DIRECTORY"). When that is
    not `needed`, git writes them where it always does.
    """
    if not needed:
        yield {}
        return
    objects = str(common / "objects")
    if os.pathsep in objects:  # the variable is a list; a quoted name may hold anything
        escaped = objects.replace("\\", "\\\\").replace('"', '\\"')
        objects = f'"{escaped}"'
    with tempfile.TemporaryDirectory(prefix="plan-worktree-") as folder:
        yield {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
