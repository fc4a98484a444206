"""Deletes the directory of a worktree that was taken away, after it has got another name."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def delete_rubbish(path: Path) -> None:
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
