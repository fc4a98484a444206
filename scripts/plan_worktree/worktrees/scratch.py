"""Scratch worktrees, in which merged results are proved: made, moved, and taken away.

Each has a number, and whoever uses it holds a lock of the operating system on a file of that
number. So whatever a killed command leaves is known for that: it is marked, and nobody holds it.
They stand beside the worktree of a stage, where the user allows worktrees, and not in the git
directory: test runners such as Jest find no test below a folder that is called ``.git``. Their
names begin with no dot, since many tools pass over what is hidden.

Each has a slot of its own while it is there, and not the slot of the stage whose merged result it
has: that stage's worktree may still have its servers running and its gates at work, the stage may
have no worktree any more, and the results of several stages are proved at once. The slot is noted
in git's entry of the scratch worktree, so it is free again as soon as that entry goes, also after a
kill.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import marked_entries, worktree_git_directory
from plan_worktree.project.home import Home
from plan_worktree.project.lock import patiently
from plan_worktree.worktrees.deletion import delete_removed, drop_entry, remove_empty
from plan_worktree.worktrees.lock_marks import PROVING
from plan_worktree.worktrees.notes import note_slot

if TYPE_CHECKING:
    from filelock import FileLock

_NAME = "plan-worktree-scratch-"

Waiting = Callable[[str], None]


@dataclass(slots=True)
class Scratch:
    """A scratch worktree of ours, and its slot.

    `is_furnished` says that it has files, and what goes with them. The lock on its number is held
    until it is let go of.
    """

    path: Path
    lock: FileLock
    slot: int | None = None
    is_furnished: bool = False


def scratch_folder(home: Home, beside: Path) -> Path:
    """Return the folder for scratch worktrees: that of a worktree `beside` which they stand.

    Where git would see them there, the git directory has them. Raises GitError.
    """
    folder = beside.parent
    if not folder.is_relative_to(home.root) or home.ignored([folder / f"{_NAME}0"]):
        return folder
    return home.git_directory / "plan-worktree"


def add_scratch(home: Home, folder: Path, commit: str, slot: int, waiting: Waiting) -> Scratch:
    """Register a scratch worktree of a commit, yet without files. It gets a slot that is free.

    Must run under the repository lock. Raises GitError and OSError.
    """
    for number in itertools.count():
        lock = _take(home, number)
        if lock is None:
            continue
        path = folder / f"{_NAME}{number}"
        if os.path.lexists(path):  # one that was kept, or somebody else's
            lock.release()
            continue
        try:
            patiently(lambda: gitworktrees.add_locked(home.root, path, commit, PROVING), waiting)  # noqa: B023
        except BaseException:
            lock.release()
            raise
        scratch = Scratch(path, lock, slot)
        note_slot(_git_directory(home, scratch), slot)
        return scratch
    raise AssertionError  # pragma: no cover - there is always one more number


def move_scratch(home: Home, scratch: Scratch, commit: str) -> None:
    """Check a commit out where others were proved: what they left goes, but for ignored files.

    Raises GitError and OSError.
    """
    directory = _git_directory(home, scratch)
    (directory / "index.lock").unlink(missing_ok=True)  # of a git that ended with its gate
    gitworktrees.force_detached(scratch.path, commit)
    gitworktrees.clean(scratch.path)


def is_unchanged(home: Home, scratch: Scratch, commit: str) -> bool:
    """Tell whether a scratch worktree stands on a commit, and no tracked file has changed.

    Raises GitError and OSError.
    """
    _git_directory(home, scratch)
    return gitworktrees.stands_unchanged_on(scratch.path, commit)


def _git_directory(home: Home, scratch: Scratch) -> Path:
    """Return a scratch worktree's git directory. Raises OSError when a gate has destroyed that."""
    directory = worktree_git_directory(scratch.path, home.git_directory)
    if directory is None:  # git would take the repository around it
        raise OSError(f"a command has destroyed the scratch worktree it ran in: {scratch.path}")
    return directory


def empty_scratch(every: Sequence[Scratch]) -> None:
    """Delete the files of scratch worktrees, which may take long. `remove_scratch` follows."""
    for scratch in every:
        with suppress(OSError):  # what a command has left running may still write there
            delete_removed(scratch.path)


def remove_scratch(home: Home, every: Sequence[Scratch]) -> None:
    """Take scratch worktrees away, and let go of them. Must run under the repository lock.

    What cannot be deleted is left to the next command. Raises OSError.
    """
    empty_scratch(every)
    for scratch in every:
        if not os.path.lexists(scratch.path):
            drop_entry(home.git_directory, scratch.path)
            remove_empty(scratch.path.parent, home.root.parent)
        scratch.lock.release()


def remove_unused(home: Home) -> None:
    """Take away the scratch worktrees that killed commands have left.

    Must run under the repository lock. Raises OSError.
    """
    for entry in marked_entries(home.git_directory, {PROVING}):
        number = entry.worktree.name.removeprefix(_NAME)
        lock = _take(home, int(number)) if number.isdecimal() else None
        if lock:
            remove_scratch(home, [Scratch(entry.worktree, lock)])


def keep_scratch(home: Home, scratch: Scratch) -> None:
    """Leave a scratch worktree to whoever wants to look at it. Raises GitError."""
    gitworktrees.unlock(home.root, scratch.path)
    scratch.lock.release()


def _take(home: Home, number: int) -> FileLock | None:
    """Return the lock on a number, None when another command has it. Raises OSError."""
    from filelock import FileLock, Timeout  # costs 25 ms, and only proving needs it

    folder = home.git_directory / "plan-worktree" / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / str(number))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock
