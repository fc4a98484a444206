"""Commits made again on another commit, without a working tree: what cherry-pick and rebase do.

Git before 2.40 cannot be told the base of a merge. It finds it in history, so a commit is made
for it, which nothing points at: one that has the files of where we are, and the history that the
base is in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.objects.commits import commit_tree
from plan_worktree.git.objects.merge import MergeResult, merge_trees
from plan_worktree.git.process import run

_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%ad", "%B")


class Written(NamedTuple):
    """A commit: its tree, its parents, who wrote it when (git's raw date), and its message."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    name: str
    email: str
    date: str
    message: str


class Replayed(NamedTuple):
    """The last of some commits that were made again, or the one that conflicts, and in what."""

    tip: str
    tree: str
    stopped: Written | None = None
    conflicts: tuple[str, ...] = ()


def merge_from(
    directory: Path,
    ours: str,
    bases: Sequence[str],
    theirs: str,
    variables: Mapping[str, str],
) -> MergeResult:
    """Merge `theirs` into the tree `ours` as if that had all of `bases` in its history.

    Raises GitError.
    """
    made = commit_tree(directory, ours, bases, "", when=0, variables=variables)
    (merged,) = merge_trees(directory, [(made, theirs)], variables)
    return merged


def replay(
    directory: Path,
    commits: Sequence[str],
    onto: str,
    tree: str,
    variables: Mapping[str, str],
    *,
    sign: bool,
) -> Replayed:
    """Make commits, the oldest first, again on the commit `onto`, which has that `tree`.

    Authors, dates of writing and messages stay; what changes nothing any more is left out, and so
    are merges. Raises GitError.
    """
    at = Replayed(onto, tree)
    for one in _read(directory, commits):
        if len(one.parents) != 1:
            continue
        if one.parents == (at.tip,):
            at = Replayed(one.commit, one.tree)
            continue
        merged = merge_from(directory, at.tree, one.parents, one.commit, variables)
        if not merged.clean:
            return at._replace(stopped=one, conflicts=merged.conflicts)
        if merged.tree != at.tree:
            who = {
                "GIT_AUTHOR_NAME": one.name,
                "GIT_AUTHOR_EMAIL": one.email,
                "GIT_AUTHOR_DATE": f"@{one.date}",
            }
            tip = commit_tree(
                directory,
                merged.tree,
                [at.tip],
                one.message,
                sign=sign,
                variables={**variables, **who},
            )
            at = Replayed(tip, merged.tree)
    return at


def _read(directory: Path, commits: Sequence[str]) -> list[Written]:
    if not commits:
        return []
    form = f"--format={'%x00'.join(_FIELDS)}"
    flags = ("--no-walk=unsorted", "--date=raw", "--encoding=UTF-8", "--no-show-signature", "-z")
    asked = "".join(f"{commit}\n" for commit in commits)
    said = run(directory, "log", *flags, form, "--stdin", stdin=asked).stdout
    fields = said.removesuffix("\0").split("\0")
    size = len(_FIELDS)
    found = (fields[start : start + size] for start in range(0, len(fields), size))
    return [
        Written(commit, tree, tuple(parents.split()), name, email, date, message)
        for commit, tree, parents, name, email, date, message in found
    ]
