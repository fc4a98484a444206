"""Ignored files of a worktree: they go with it, so they are named with their size before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import index as gitindex
from plan_worktree.project.names import POINTER
from plan_worktree.worktrees.environment_file import is_environment_file


class Ignored(NamedTuple):
    """An ignored file, or a folder with nothing but ignored files, and its size in bytes.

    `repositories` are the folders in it that are repositories of their own.
    """

    path: str
    size: int
    repositories: tuple[str, ...]


def ignored_parts(worktree: Path) -> list[Ignored]:
    """Return what git ignores in a worktree, folders as one. Raises GitError."""
    listed = gitindex.ignored_files(worktree, folders=True)
    # Restore writes the file of variables anew.
    theirs = [path for path in listed if not is_environment_file(worktree / path)]
    return [_measured(worktree, path) for path in theirs if not _is_ours(worktree, path)]


def ignored_files(worktree: Path) -> list[str]:
    """Return each ignored file, and with a slash at the end each repository among them."""
    listed = gitindex.ignored_files(worktree)
    return [path for path in listed if not _is_ours(worktree, path)]


def _is_ours(worktree: Path, path: str) -> bool:
    """Tell whether all there is is the pointer that setup has put there."""
    top = worktree / path
    if not path.endswith("/") or top.is_symlink():
        return path == POINTER and top.is_symlink()
    if not (worktree / POINTER).is_symlink():
        return False
    files = [Path(folder, name) for folder, _, names in os.walk(top) for name in names]
    return files == [worktree / POINTER]


def _measured(worktree: Path, name: str) -> Ignored:
    top = worktree / name
    if top.is_symlink() or not top.is_dir():
        return Ignored(name, _size(top), ())
    size, repositories = 0, []
    for folder, folders, files in os.walk(top):
        size += sum(_size(Path(folder, file)) for file in files)
        if ".git" in folders or ".git" in files:
            repositories.append(Path(folder).relative_to(worktree).as_posix())
    return Ignored(name, size, tuple(repositories))


def _size(path: Path) -> int:
    return path.lstat().st_size if os.path.lexists(path) else 0
