"""One new worktree, from git's entry for it to the moment it can be worked in.

Registering worktrees changes what they share, so that is done one after the other. Filling them
does not: several are filled at once. Until a worktree is whole it is locked with a reason that
says so; whatever kills us in between, the next setup finds the mark and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.project.home import Home
from plan_worktree.project.hooks import HookError, hooks_path, run_hook
from plan_worktree.worktrees.finish_half_made import complete_files
from plan_worktree.worktrees.include import LeftOut, copy_included, included_files
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
    left_out: tuple[LeftOut, ...]


def read_extras(home: Home, plan: Path) -> Extras:
    """Look up what new worktrees get. Raises GitError."""
    include, left_out = included_files(home)
    return Extras(home, plan, hooks_path(home), tuple(include), tuple(left_out))


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


class Given(NamedTuple):
    """What a new worktree got besides its files.

    `copied` are ignored files of home, `left_out` what a pattern of ``.worktreeinclude`` named as
    well, with the reason. `warnings` have one subject each, in the first line.
    """

    copied: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]


NOTHING = Given((), (), ())


def populate(extras: Extras, worktree: Path, variables: Mapping[str, str]) -> Given:
    """Give a checked out worktree what belongs to it besides its files.

    The post-checkout hook finds `variables` in its environment; where it fails, the worktree stays
    as it is, as with ``git worktree add``. Raises GitError and OSError.
    """
    warnings = []
    try:
        run_hook(extras.hooks, worktree, variables)
    except HookError as error:
        first, *more = str(error).split("\n")
        warnings.append("\n".join([f"{first} failed; the worktree stays", *more]))
    initialise(extras.home, worktree)
    copied, left_out = copy_included(extras.home.root, worktree, extras.include)
    write_pointer(worktree, extras.plan)
    return Given(tuple(copied), (*extras.left_out, *left_out), tuple(warnings))
