"""Ignored files of a worktree: they go with it, so they are named with their size before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from plan_worktree import git
from plan_worktree.lifecycle.home import POINTER

_LIST = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard")


class Ignored(NamedTuple):
    """An ignored file, or a folder with nothing but ignored files, and its size in bytes."""

    path: str
    size: int


def ignored_parts(worktree: Path) -> list[Ignored]:
    """Return what git ignores in a worktree, folders as one. Raises git.GitError."""
    listed = git.run(worktree, *_LIST, "--directory").stdout.split("\0")[:-1]
    return [
        Ignored(path, _size(worktree / path)) for path in listed if not _is_ours(worktree, path)
    ]


def ignored_files(worktree: Path) -> list[str]:
    """Return each ignored file, and with a slash at the end each repository among them."""
    listed = git.run(worktree, *_LIST).stdout.split("\0")[:-1]
    return [path for path in listed if path != POINTER]


def _is_ours(worktree: Path, path: str) -> bool:
    """Tell whether all there is is the pointer that setup has put there."""
    top = worktree / path
    if not path.endswith("/") or top.is_symlink():
        return path == POINTER
    files = [Path(folder, name) for folder, _, names in os.walk(top) for name in names]
    return files == [worktree / POINTER]


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size if os.path.lexists(path) else 0
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(file.lstat().st_size for file in files if os.path.lexists(file))
