"""What a killed setup, remove or restore has left of git's entries for worktrees, and of folders.

A removal is undone: the directory gets its path again, and the same command decides anew. A
restoration whose directory had not got its path yet is thrown away: all of it is still saved. An
entry that git had not written to its end is deleted, for git fails over such a one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import MarkedEntry, marked_entries, named_entry
from plan_worktree.project.home import Home
from plan_worktree.worktrees.deletion import delete_removed, drop_entry
from plan_worktree.worktrees.lock_marks import (
    MAKING,
    REMOVING,
    RESTORING,
    is_removed,
    is_restoring_path,
    removed_paths,
    restoring_path,
)


def drop_unfinished_entries(home: Home) -> None:
    """Delete the entries of worktrees that git was killed over. Raises OSError."""
    for entry in marked_entries(home.git_directory, (MAKING, RESTORING)):
        _drop_unfinished(entry)


def end_removals(home: Home) -> None:
    """Undo each killed removal, or drop the entry when the directory was marked as removed.

    Raises GitError and OSError.
    """
    for entry in marked_entries(home.git_directory, (REMOVING,)):
        _end_removal(home, entry.directory, entry.worktree)


def end_restorations(home: Home) -> None:
    """End restorations that were whole, throw away the others. Raises GitError and OSError."""
    for entry in marked_entries(home.git_directory, (RESTORING,)):
        _end_restoration(home, entry.directory, entry.worktree)


def leftovers(home: Home, paths: Iterable[Path]) -> list[Path]:
    """Return directories of worktrees that were removed, but not yet deleted to the end."""
    found = []
    for path in paths:
        found += [p for p in removed_paths(path) if is_removed(p, home.git_directory)]
        with suppress(OSError):  # not there, or not empty
            restoring_path(path).parent.rmdir()
    return found


def _drop_unfinished(entry: MarkedEntry) -> None:
    """Delete an entry that git was killed over before it was whole; git fails over such a one."""
    parts = (entry.directory / name for name in ("HEAD", "commondir"))
    if all(part.is_file() and part.stat().st_size for part in parts):
        return
    if entry.worktree.is_dir():
        if any(child.name != ".git" for child in entry.worktree.iterdir()):
            return
        (entry.worktree / ".git").unlink(missing_ok=True)
        entry.worktree.rmdir()
    shutil.rmtree(entry.directory)


def _end_removal(home: Home, entry: Path, worktree: Path) -> None:
    """Give a directory its place again; or end what had passed its last check."""
    if not os.path.lexists(worktree):
        every = removed_paths(worktree)
        own = [left for left in every if not left.is_symlink() and named_entry(left) == entry]
        if own:
            own[-1].rename(worktree)
        elif any(is_removed(left, home.git_directory) for left in every):
            drop_entry(home.git_directory, worktree)
            return
    gitworktrees.unlock(home.root, worktree)


def _end_restoration(home: Home, entry: Path, worktree: Path) -> None:
    draft = restoring_path(worktree)
    if named_entry(draft) == entry and not os.path.lexists(worktree):
        draft.rename(worktree)  # it was whole: only the last step was missing
        with suppress(OSError):
            draft.parent.rmdir()
    if is_restoring_path(worktree):
        is_empty = worktree.is_dir() and not any(worktree.iterdir())
        if named_entry(worktree) == entry or is_empty:  # what names it goes last
            delete_removed(worktree)
        elif os.path.lexists(worktree):
            return  # not ours
        with suppress(OSError):
            worktree.parent.rmdir()
        drop_entry(home.git_directory, worktree)
    elif os.path.lexists(worktree / ".git"):
        gitworktrees.unlock(home.root, worktree)
    else:
        drop_entry(home.git_directory, worktree)
