"""What is read straight from git's own files, without starting git.

Each fact stands in a documented place (gitrepository-layout(5)), and would cost a process a
worktree otherwise. Nothing here is ever written.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# Files in a worktree's git directory that stand while an operation waits to be finished.
_OPERATIONS = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or am",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "sequencer": "a cherry-pick or revert",
    "BISECT_START": "a bisect",
    "BISECT_LOG": "a bisect",
}


# The reflog message of a move to commits that this program has made again for the branch.
MADE_AGAIN = "plan-worktree: made again on the target"
# Reflog messages of commands that make a commit on the branch they run on.
_MAKING = ("commit", "cherry-pick", "am", "revert", "merge ", MADE_AGAIN)


def worktree_git_directory(path: Path, common: Path) -> Path | None:
    """Return the git directory of a linked worktree, proved both ways; None when it is none.

    The worktree's ``.git`` file must name a directory of this repository, and that directory's
    ``gitdir`` file must name the worktree.
    """
    pointer, entries = path / ".git", common / "worktrees"
    named = first_line(pointer)
    if not named.startswith("gitdir: "):
        return None
    directory = path / named.removeprefix("gitdir: ")
    if directory.parent != entries or directory.name == ".." or directory.is_symlink():
        directory = directory.resolve()
    back = directory / first_line(directory / "gitdir")
    # As git writes them, paths are real already; to find that out anew takes long.
    is_proved = back == pointer or back.resolve() == pointer.resolve()
    return directory if is_proved and directory.parent == entries else None


def named_entry(path: Path) -> Path | None:
    """Return the git directory that a worktree's ``.git`` file names, there or not."""
    named = first_line(path / ".git")
    if not named.startswith("gitdir: "):
        return None
    return Path(os.path.normpath(path / named.removeprefix("gitdir: ")))


def entry_of_gone_worktree(path: Path, common: Path) -> Path | None:
    """Return the git directory that still stands for a worktree whose directory is gone."""
    for directory in (common / "worktrees").glob("*"):
        if named_worktree(directory) == path:
            return directory
    return None


class MarkedEntry(NamedTuple):
    """A worktree's git directory, the reason it is locked with, and the worktree it names."""

    directory: Path
    mark: str
    worktree: Path


def marked_entries(common: Path, marks: Collection[str]) -> list[MarkedEntry]:
    """Return the worktree entries that are locked with one of some reasons."""
    found = []
    for directory in sorted((common / "worktrees").glob("*")):
        mark = first_line(directory / "locked")
        worktree = named_worktree(directory)
        if worktree and mark in marks:
            found.append(MarkedEntry(directory, mark, worktree))
    return found


def unborn_entries(common: Path) -> list[Path]:
    """Return the worktree entries that git has begun, and that name and hold nothing yet."""
    parts = ("HEAD", "index", "logs", "commondir")
    return [
        directory
        for directory in (common / "worktrees").glob("*")
        if named_worktree(directory) is None
        and not any((directory / part).exists() for part in parts)
    ]


def worktree_paths(common: Path) -> list[Path]:
    """Return the directories of all linked worktrees, there or not."""
    named = (named_worktree(directory) for directory in (common / "worktrees").glob("*"))
    return [path for path in named if path]


def operation_in_progress(git_directory: Path) -> str | None:
    """Return what a worktree is in the middle of, in words, or None."""
    found = (said for name, said in _OPERATIONS.items() if (git_directory / name).exists())
    return next(found, None)


def rebased_branch(git_directory: Path) -> str | None:
    """Return the ref that is being rebased in a worktree, None when there is no rebase."""
    names = (git_directory / kind / "head-name" for kind in ("rebase-merge", "rebase-apply"))
    return next((ref for name in names if (ref := first_line(name))), None)


def commits_made(common: Path, branch: str) -> frozenset[str] | None:
    """Return the commits that a branch's reflog says were made on it; None when there is none.

    A branch that was only fast-forwarded, or reset, has made none. What a rebase has put where
    others' commits end was made by it.
    """
    try:
        log = (common / "logs" / branch).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    made = set()
    for line in log.split("\n"):
        ids, _, message = line.partition("\t")
        made_here = message.startswith(_MAKING) and ": Fast-forward" not in message
        after = ids.split(" ")[1] if " " in ids else ""
        onto = message.rpartition(" onto ")[2] if message.startswith("rebase") else after
        if made_here or (onto and onto != after):
            made.add(after)
    return frozenset(made)


def last_head(git_directory: Path) -> str | None:
    """Return the commit that HEAD of a git directory was at last by its reflog; None without one.

    That is also known where HEAD names a branch that is gone.
    """
    try:
        log = (git_directory / "logs/HEAD").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    ids = log.rstrip("\n").rpartition("\n")[2].partition("\t")[0].split(" ")
    return ids[1] if len(ids) > 1 else None


def former_tips(common: Path, ref: str) -> frozenset[str]:
    """Return the commits at which a ref stood, as far as its reflog tells (git-reflog(1))."""
    try:
        log = (common / "logs" / ref).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return frozenset()
    # Both ends of each move: what a clone brought is in no line of its own.
    ends = {end for line in log.splitlines() for end in line.split(" ")[:2]}
    return frozenset(end for end in ends if end.strip("0"))


def last_fetch(common: Path) -> float | None:
    """Return when a repository, or one of its worktrees, last fetched; None when it never has.

    In seconds since 1970 (UTC): git writes FETCH_HEAD then (git-fetch(1), "OUTPUT").
    """
    times = []
    for path in (common / "FETCH_HEAD", *(common / "worktrees").glob("*/FETCH_HEAD")):
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times, default=None)


def is_shallow(common: Path) -> bool:
    """Tell whether a repository lacks a part of its history, as a clone with a depth does."""
    return bool(first_line(common / "shallow"))


def raw_head(git_directory: Path) -> str:
    """Return what a worktree's ``HEAD`` file says: ``ref: NAME``, or a commit."""
    return first_line(git_directory / "HEAD")


def own_refs(git_directory: Path) -> list[str]:
    """Return the refs that only one worktree has (git-worktree(1), "REFS"), bisect's left out."""
    top = git_directory / "refs"
    found = (path.relative_to(git_directory) for path in top.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if "bisect" not in path.parts)


def named_worktree(directory: Path) -> Path | None:
    """Return the worktree that an entry names; the name may be relative (git 2.48)."""
    named = first_line(directory / "gitdir")
    return Path(os.path.normpath(directory / named)).parent if named else None


def first_line(path: Path) -> str:
    """Return the text of a small file without its line feed; empty when there is none."""
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # missing, or a directory: the main worktree's
        return ""
    return "" if "\0" in text else text.removesuffix("\n")
