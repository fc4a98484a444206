"""What is read straight from git's own files, without starting git.

Each fact stands in a documented place (gitrepository-layout(5)), and would cost a process a
worktree otherwise. Nothing here is ever written.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

# Files in a worktree's git directory that stand while an operation waits to be finished.
_OPERATIONS = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or am",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect",
}

# Reflog messages of commands that make a commit on the branch they run on.
_MAKING = ("commit", "cherry-pick", "am", "revert", "merge ")


def worktree_git_directory(path: Path, common: Path) -> Path | None:
    """Return the git directory of a linked worktree, proved both ways; None when it is none.

    The worktree's ``.git`` file must name a directory of this repository, and that directory's
    ``gitdir`` file must name the worktree.
    """
    named = _first_line(path / ".git")
    if not named.startswith("gitdir: "):
        return None
    directory = (path / named.removeprefix("gitdir: ")).resolve()
    back = _first_line(directory / "gitdir")
    ours = directory.parent == common / "worktrees"
    return directory if ours and (directory / back).resolve() == (path / ".git").resolve() else None


def named_entry(path: Path) -> str | None:
    """Return the id of the entry that a worktree's ``.git`` file names, wherever that is."""
    named = _first_line(path / ".git")
    if not named.startswith("gitdir: "):
        return None
    directory = Path(named.removeprefix("gitdir: "))
    return directory.name if directory.parent.name == "worktrees" else None


def entry_of_gone_worktree(path: Path, common: Path) -> Path | None:
    """Return the git directory that still stands for a worktree whose directory is gone."""
    for directory in (common / "worktrees").glob("*"):
        if _named_worktree(directory) == path:
            return directory
    return None


class MarkedEntry(NamedTuple):
    """A worktree's git directory, the reason it is locked with, and the worktree it names."""

    directory: Path
    mark: str
    worktree: Path | None


def marked_entries(common: Path, marks: Collection[str]) -> list[MarkedEntry]:
    """Return the worktree entries locked with one of some reasons, and those that are empty."""
    found = []
    for directory in sorted((common / "worktrees").glob("*")):
        mark = _first_line(directory / "locked")
        worktree = _named_worktree(directory)
        if mark in marks or (directory.is_dir() and not any(directory.iterdir())):
            found.append(MarkedEntry(directory, mark, worktree))
    return found


def operation_in_progress(git_directory: Path) -> str | None:
    """Return what a worktree is in the middle of, in words, or None."""
    found = (said for name, said in _OPERATIONS.items() if (git_directory / name).exists())
    return next(found, None)


def has_made_commits(common: Path, branch: str) -> bool | None:
    """Tell from a branch's reflog whether commits were made on it; None when there is none.

    A branch that was only fast-forwarded, reset or rebased without commits has made none.
    """
    try:
        log = (common / "logs" / branch).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    messages = [line.partition("\t")[2] for line in log.split("\n") if line]
    return any(
        message.startswith(_MAKING) and not message.endswith(": Fast-forward")
        for message in messages
    )


def _named_worktree(directory: Path) -> Path | None:
    """Return the worktree that an entry names; the name may be relative (git 2.48)."""
    named = _first_line(directory / "gitdir")
    return Path(os.path.normpath(directory / named)).parent if named else None


def _first_line(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # missing, or a directory: the main worktree's
        return ""
    return text.removesuffix("\n")
