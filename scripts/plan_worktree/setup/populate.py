"""One new worktree, from git's entry for it to the moment it can be worked in.

Registering worktrees changes what they share, so that is done one after the other. Filling them
does not: several are filled at once. Until a worktree is whole it is locked with a reason that
says so; whatever kills us in between, the next setup finds the mark and goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.git import repository
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.project.home import Home
from plan_worktree.project.hooks import hooks_path, run_hook
from plan_worktree.worktrees.half_made import complete_files
from plan_worktree.worktrees.include import copy_files, included_files
from plan_worktree.worktrees.pointer import write_pointer
from plan_worktree.worktrees.submodules import initialise

Waiting = Callable[[str], None]
Percentage = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Extras:
    """What every new worktree gets besides its files: looked up once for all of them."""

    home: Home
    plan: Path
    hooks: Path
    include: tuple[str, ...]


def read_extras(home: Home, plan: Path) -> Extras:
    """Look up what new worktrees get. Raises GitError."""
    return Extras(home, plan, hooks_path(home), tuple(included_files(home)))


def write_files(
    home: Home,
    worktree: Path,
    *,
    begun: bool,
    waiting: Waiting,
    percentage: Percentage | None,
) -> None:
    """Check a worktree out. `begun` says that an earlier setup was killed here.

    Raises GitError and OSError.
    """
    if begun:
        complete_files(home, worktree, waiting)
    else:
        gitworktrees.check_out(worktree, percentage)


def populate(extras: Extras, worktree: Path) -> None:
    """Give a checked out worktree what belongs to it besides its files, then unlock it.

    Raises GitError, HookError and OSError; the worktree is then still marked as half-made.
    """
    run_hook(extras.hooks, worktree)
    initialise(extras.home, worktree)
    # What the stage's branch does not ignore would wait there to be committed.
    wanted = sorted(repository.ignored(worktree, extras.include))
    copy_files(extras.home.root, worktree, wanted)
    write_pointer(worktree, extras.plan)
    gitworktrees.unlock(extras.home.root, worktree)
