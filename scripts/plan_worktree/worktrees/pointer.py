"""CURRENT_STAGE.md: how somebody in a stage's worktree finds the plan.

A link to the plan in home, or a copy where links are not possible. Git never sees it: it is
excluded through the common ``info/exclude`` (gitignore(5)), which also keeps it from blocking
``git worktree remove``. A file of that name that git tracks is the project's and left alone.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from plan_worktree.git import repository
from plan_worktree.project.home import Home
from plan_worktree.project.names import POINTER
from plan_worktree.worktrees.include import is_inside


def exclude_pointer(home: Home) -> None:
    """Make git ignore the pointer in every worktree. Raises OSError."""
    exclude(home, f"/{POINTER}")


def pattern_of(name: str) -> str:
    """Return the pattern for a file alone, by its path from a worktree's root (gitignore(5))."""
    # These would mean something, and so would a space at the end.
    return re.sub(r"([\\*?\[]| $)", r"\\\1", f"/{name}")


def is_excluded(home: Home, pattern: str) -> bool:
    """Tell whether the repository's own file of patterns has one. Raises OSError."""
    path = home.git_directory / "info" / "exclude"
    return path.exists() and pattern.encode() in path.read_bytes().splitlines()


def exclude(home: Home, pattern: str) -> None:
    """Add a pattern to the repository's own file of them, once. Raises OSError."""
    if is_excluded(home, pattern):
        return
    path = home.git_directory / "info" / "exclude"
    text = path.read_bytes() if path.exists() else b""
    path.parent.mkdir(exist_ok=True)
    start = b"\n" if text and not text.endswith(b"\n") else b""
    with path.open("ab") as file:
        file.write(start + pattern.encode() + b"\n")


def write_pointer(worktree: Path, plan: Path, place: Path | None = None) -> None:
    """Put the pointer into a worktree, unless the project has such a file of its own.

    `place` is where the worktree will be moved to. Raises OSError and GitError.
    """
    pointer = worktree / POINTER
    if os.path.lexists(pointer) or not is_inside(worktree, pointer.parent):
        return
    # Not where it is tracked, but left out by a sparse checkout, nor where a .gitignore says
    # otherwise than `exclude_pointer`.
    if POINTER not in repository.ignored(worktree, [POINTER]):
        return
    pointer.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Relative, so that a folder that holds both can be moved as a whole.
        final = os.path.realpath(place or worktree)
        pointer.symlink_to(os.path.relpath(plan, Path(final, POINTER).parent))
    except (OSError, NotImplementedError):
        shutil.copyfile(plan, pointer)
