"""A worktree whose setup was killed while files were being checked out: it is finished.

Git writes a worktree's index when all its files are there, so without one it is unfinished. What
is missing is written; what somebody has written into it since is left alone. A file that a killed
git left cut short holds nothing that is not in the commit, and is written again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from plan_worktree.git import index as gitindex
from plan_worktree.git.files import named_entry, worktree_git_directory
from plan_worktree.git.objects.lookup import filtered_file
from plan_worktree.project.home import Home
from plan_worktree.project.processes import inside, running_processes

# How long a git of a killed setup may go on, in seconds.
_PATIENCE = 30.0


def is_untouched(worktree: Path) -> bool:
    """Tell whether a half-made worktree holds nothing yet but git's own file."""
    return all(path.name == ".git" for path in worktree.iterdir())


def complete_files(home: Home, worktree: Path, waiting: Callable[[str], None]) -> None:
    """Write what is missing in a half-made worktree. Must run under the repository lock.

    Raises GitError and OSError.
    """
    directory = worktree_git_directory(worktree, home.git_directory)
    if directory is None or (directory / "index").exists():
        return
    wait_for_orphans(worktree, waiting)
    if (directory / "index").exists():  # it has done all of it
        return
    (directory / "index.lock").unlink(missing_ok=True)  # whoever held it is gone
    draft = draft_index(worktree, directory)
    gitindex.check_out_missing(worktree, draft)
    gitindex.refresh(worktree, draft)
    for name in gitindex.diff_files(worktree, draft):
        if is_cut_short(worktree, name):
            gitindex.check_out_paths(worktree, [name], draft)
    gitindex.refresh(worktree, draft)
    draft.replace(directory / "index")


def holds_nothing(home: Home, worktree: Path) -> bool:
    """Tell whether a worktree whose checkout failed has only what the checkout wrote."""
    directory = named_entry(worktree)
    if directory is None or directory.parent != home.git_directory / "worktrees":
        return False
    draft = draft_index(worktree, directory)
    try:
        return not gitindex.untracked_files(worktree, draft) and all(
            is_cut_short(worktree, name) or not os.path.lexists(worktree / name)
            for name in gitindex.diff_files(worktree, draft)
        )
    finally:
        draft.unlink(missing_ok=True)


def draft_index(worktree: Path, directory: Path, tree: str = "HEAD") -> Path:
    """Make an index that has what a tree has, beside the worktree's own."""
    draft = directory / "plan-worktree.index"
    for left in (draft, draft.with_name(f"{draft.name}.lock")):
        left.unlink(missing_ok=True)
    gitindex.read_tree(worktree, tree, draft)  # not git reset, which writes ORIG_HEAD
    gitindex.refresh(worktree, draft)
    return draft


def is_cut_short(worktree: Path, name: str, tree: str = "HEAD") -> bool:
    """Tell whether a file is the beginning of what a tree has of it: git was killed over it."""
    path = worktree / name
    if path.is_symlink() or not path.is_file():
        return False
    return filtered_file(worktree, tree, name).startswith(path.read_bytes())


def wait_for_orphans(worktree: Path, waiting: Callable[[str], None]) -> None:
    """Wait for a git that goes on writing here after the setup that started it was killed."""
    told, end = False, time.monotonic() + _PATIENCE
    while orphans := [p for p in inside(worktree, running_processes()) if p.name == "git"]:
        if not told:
            waiting(f"waiting for git (process {orphans[0].pid}) to end its work in {worktree}…")
        told = True
        if time.monotonic() > end:
            raise TimeoutError(f"git (process {orphans[0].pid}) is still at work in {worktree}")
        time.sleep(0.05)
