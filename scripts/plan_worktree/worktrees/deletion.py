"""Deletes what is left of a worktree that was taken away: its directory, and git's entry for it.

Both get another name before, so that a deletion that is killed leaves nothing half there.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from plan_worktree.git.files import entry_of_gone_worktree

# Where entries wait in the common git directory to be deleted.
TRASH = "plan-worktree.trash"
# Several stages of one setup may be taken back at once; other processes wait for our own lock.
_TRASHING = threading.Lock()


def delete_removed(path: Path) -> None:
    """Delete the directory of a removed worktree. Raises OSError.

    What names it goes last, so that what a killed deletion leaves is known for that.
    """
    for child in path.iterdir() if path.is_dir() else ():
        if child.name == ".git":
            continue
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child, onerror=_open_and_retry)
        else:
            child.unlink(missing_ok=True)
    (path / ".git").unlink(missing_ok=True)
    if path.is_dir() and not path.is_mount():  # of a mount point only what was in it goes
        path.rmdir()


def remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder and those around it that this leaves empty, never `top` itself."""
    while folder != top and folder.is_relative_to(top):
        try:
            folder.rmdir()
        except OSError:  # not empty, or not ours to remove
            return
        folder = folder.parent


def _open_and_retry(again: Callable[[str], object], name: str, _: object) -> None:
    """Let a directory be emptied that could be read but not written; one that is gone is fine."""
    path = Path(name)
    if not os.path.lexists(path):
        return
    closed = path if path.is_dir() and not path.is_symlink() else path.parent
    if closed.stat().st_mode & 0o500 != 0o500:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(closed))
    path.parent.chmod(0o700)
    closed.chmod(0o700)
    if closed == path:
        shutil.rmtree(path)
    else:
        again(name)


def drop_entry(common: Path, worktree: Path) -> None:
    """Drop git's entry, locked or not, of a worktree whose directory is not there any more.

    As ``git worktree remove`` does it, but at once: git deletes the entry file by file, the lock
    and the name among the first. Raises OSError.
    """
    entry = entry_of_gone_worktree(worktree, common)
    if entry is None:
        return
    trash = common / TRASH
    with _TRASHING:
        trash.mkdir(exist_ok=True)
        entry.rename(trash / f"{entry.name}.{time.time_ns()}")
        with suppress(OSError):  # there are others
            entry.parent.rmdir()
        empty_trash(common)


def empty_trash(common: Path) -> None:
    """Delete the entries that were dropped. Raises OSError."""
    if (common / TRASH).is_dir():
        shutil.rmtree(common / TRASH)
