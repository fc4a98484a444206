"""How a worktree tells that a command of ours is at work on it, or was killed in between.

The mark is the reason of git's own lock, which also keeps git from pruning the entry. Whoever
lists the worktrees reads it, so it says what to do.
"""

from __future__ import annotations

from pathlib import Path

from plan_worktree.git.worktrees import Worktree

MAKING = "plan-worktree: being set up; if that was interrupted, run setup again"
REMOVING = "plan-worktree: being removed; if that was interrupted, run remove again"
RESTORING = "plan-worktree: being restored; if that was interrupted, run restore again"
PROVING = "plan-worktree: merged results are proved here; the next command takes it away"


def is_half_made(entry: Worktree) -> bool:
    """Tell whether a setup has begun a worktree and not finished it."""
    return entry.locked == MAKING


def is_locked_by_others(entry: Worktree) -> bool:
    """Tell whether somebody has locked a worktree, for whatever reason."""
    return entry.locked not in (None, MAKING, REMOVING, RESTORING)


def removed_paths(path: Path) -> list[Path]:
    """Return where directories of removed worktrees of a path wait to be deleted."""
    if not path.parent.is_dir():
        return []
    start = _removed_name(path)
    return sorted(
        found
        for found in path.parent.iterdir()
        if found.name == start or found.name.startswith(f"{start}.")
    )


def mark_removed(path: Path, common: Path) -> None:
    """Make a renamed directory known as one that is only to be deleted. Raises OSError."""
    (path / ".git").write_text(_removed_text(common), encoding="utf-8", errors="surrogateescape")


def is_removed(path: Path, common: Path) -> bool:
    """Tell whether a directory was taken away by us, for good, from this repository."""
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        text = (path / ".git").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return not any(path.iterdir())
    return _removed_text(common).startswith(text)  # also when writing it was interrupted


def _removed_text(common: Path) -> str:
    return f"plan-worktree: removed from {common}\n"


def free_removed_path(path: Path) -> Path:
    """Return a name beside a worktree, for its directory while it is being deleted."""
    taken = {found.name for found in removed_paths(path)}
    names = [_removed_name(path), *(f"{_removed_name(path)}.{n}" for n in range(len(taken)))]
    return path.with_name(next(name for name in names if name not in taken))


def restoring_path(path: Path) -> Path:
    """Return where a worktree is put together before it takes its place."""
    return path.parent / f".{path.name}.plan-worktree-restoring" / path.name


def is_unfinished(folder: Path) -> bool:
    """Tell whether a folder of a restoration holds no file yet but git's own, unregistered."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    every = [child for child in folder.rglob("*") if not child.is_dir() or child.is_symlink()]
    return all(child.name == ".git" and child.parent.parent == folder for child in every)


def is_restoring_path(path: Path) -> bool:
    """Tell whether a path is one where a worktree is put together."""
    return path.parent.name == restoring_path(Path("/", path.name)).parent.name


def _removed_name(path: Path) -> str:
    return f".{path.name}.plan-worktree-removed"
