"""``.worktreeinclude``: ignored files that new worktrees get a copy of, such as ``.env``.

The file lies in home's root and has gitignore syntax; git itself decides what matches. Copied is
only what git ignores in home, as it is: links stay links. What is in the new worktree already is
never overwritten, and no link is followed out of it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import repository
from plan_worktree.git.index import files_matching
from plan_worktree.project.home import Home
from plan_worktree.worktrees.deletion import remove_empty

NAME = ".worktreeinclude"

# linux/fs.h: make one file share the blocks of another, where the file system can.
_FICLONE = 0x40049409


class LeftOut(NamedTuple):
    """A path of home that ``.worktreeinclude`` names and that is not copied, and why."""

    path: str
    reason: str


def included_files(home: Home) -> tuple[list[str], list[LeftOut]]:
    """Return the ignored files of home that match ``.worktreeinclude``, and what else matches.

    Raises GitError.
    """
    if not (home.root / NAME).is_file():
        return [], []
    listed = files_matching(home.root, NAME)
    # A name that ends with a slash is a repository of its own, say another worktree.
    files = [path for path in listed if not path.endswith("/")]
    ignored = repository.ignored(home.root, files)
    left = [LeftOut(path, "it is a repository of its own") for path in listed if path not in files]
    left += [LeftOut(path, "home does not ignore it") for path in files if path not in ignored]
    return sorted(ignored), left


def copy_included(
    home: Path, worktree: Path, files: Sequence[str]
) -> tuple[list[str], list[LeftOut]]:
    """Copy ignored files of home into a worktree; return what was copied, and what was left out.

    What the worktree does not ignore would wait there to be committed, and is left out. A folder
    that ignores itself brings the file that says so. Raises GitError and OSError.
    """
    own = [name for name in files if Path(name).name == ".gitignore"]
    brought, left = copy_files(home, worktree, own)
    ignored = repository.ignored(worktree, files)
    while refused := [name for name in brought if name not in ignored]:
        for name in refused:
            (worktree / name).unlink()
            remove_empty((worktree / name).parent, worktree)
        brought = [name for name in brought if name in ignored]
        ignored = repository.ignored(worktree, files)  # what only those had ignored no longer is
    # What git finds beyond a link it does not call ignored.
    wanted = [n for n in files if n in ignored or not is_inside(worktree, (worktree / n).parent)]
    copied, more = copy_files(home, worktree, [n for n in wanted if n not in own])
    left += more
    told = {*brought, *copied, *(one.path for one in left)}
    left += [LeftOut(n, "the stage's branch does not ignore it") for n in files if n not in told]
    return sorted([*brought, *copied]), sorted(left)


def copy_files(home: Path, worktree: Path, files: Sequence[str]) -> tuple[list[str], list[LeftOut]]:
    """Copy files of home into a worktree; return what was copied, and what was left out.

    Raises OSError.
    """
    copied, left = [], []
    for name in files:
        source, target = home / name, worktree / name
        if not is_inside(worktree, target.parent):
            left.append(LeftOut(name, "a link or a file is where its folder would be"))
            continue
        if os.path.lexists(target):
            left.append(LeftOut(name, "the worktree has one already"))
            continue
        with contextlib.suppress(FileNotFoundError):  # deleted since it was listed
            mode = source.lstat().st_mode
            if stat.S_ISLNK(mode):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(source.readlink())
                copied.append(name)
            elif stat.S_ISREG(mode):
                target.parent.mkdir(parents=True, exist_ok=True)
                _copy(source, target)
                copied.append(name)
    return copied, left


def is_inside(worktree: Path, folder: Path) -> bool:
    """Tell whether a folder is, or can be made, really inside the worktree: no links on the way."""
    while folder != worktree:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            return False
        folder = folder.parent
    return True


def _copy(source: Path, target: Path) -> None:
    no_link = getattr(os, "O_NOFOLLOW", 0)
    reading = os.open(source, os.O_RDONLY | no_link)
    # Under its own name there is only a whole copy, also after a kill.
    part = target.with_name(f".{target.name}.plan-worktree-part")
    part.unlink(missing_ok=True)
    with open(reading, "rb") as old, part.open("xb") as new:  # noqa: PTH123 - a descriptor
        if not _share_blocks(old.fileno(), new.fileno()):
            shutil.copyfileobj(old, new, 1 << 20)
    shutil.copystat(source, part, follow_symlinks=False)
    try:
        os.link(part, target)  # unlike a renaming, never takes the place of what has come there
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        part.rename(target)
    part.unlink(missing_ok=True)


def _share_blocks(source: int, target: int) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:  # another file system, or one without copy-on-write
        return False
    return True
