"""What a killed command leaves, in one table: what it had noted, what finishes it, what undoes it.

Whoever holds the repository's lock knows that no other command of ours is at work, so every note
that stands there is a leftover. `recover` walks the table from top to bottom before a command
looks at anything; a kill in the midst of that leaves what the next command finds again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

from plan_worktree.change.landing_note import LANDING
from plan_worktree.change.leftover_entries import (
    drop_unfinished_entries,
    end_removals,
    end_restorations,
)
from plan_worktree.change.move_worktree import take_back
from plan_worktree.change.refs_together import CHANGING, finish_change
from plan_worktree.change.unfinished_landing import end_landing
from plan_worktree.planfiles.replace import DRAFT, delete_drafts
from plan_worktree.project.home import Home
from plan_worktree.project.lock import NOTE_FILE, patiently
from plan_worktree.worktrees.deletion import TRASH, empty_trash
from plan_worktree.worktrees.lock_marks import MAKING, PROVING, REMOVING, RESTORING
from plan_worktree.worktrees.notes import ADVANCING
from plan_worktree.worktrees.scratch import remove_unused

Waiting: TypeAlias = Callable[[str], None]


class Leftover(NamedTuple):
    """One kind of leftover.

    `commands` leave it when they are killed. `note` is what they write before their first change,
    `where` it stands. `finished` says when what was begun is finished and how, `undone` when and
    how it is taken back. `end` does that, with home, the plan's file, and whom to tell of waiting;
    None where that is done elsewhere, which `finished` or `undone` then names.
    """

    commands: str
    note: str
    where: str
    finished: str
    undone: str
    end: Callable[[Home, Path, Waiting], None] | None


def _finish_change(home: Home, _: Path, waiting: Waiting) -> None:
    patiently(lambda: finish_change(home), waiting)


LEFTOVERS = (
    Leftover(
        commands="every command that changes something",
        note=NOTE_FILE,
        where="the common git directory",
        finished="",
        undone="lock files that a git which was killed too has left: removed by project/lock.py",
        end=None,
    ),
    Leftover(
        commands="start, sync, remove, merge --detached",
        note=CHANGING,
        where="the common git directory",
        finished="some of the refs were changed: the others are changed as well",
        undone="none was changed: only the note goes",
        end=_finish_change,
    ),
    Leftover(
        commands="remove",
        note=TRASH,
        where="a folder in the common git directory, with entries that were dropped",
        finished="always: it is emptied",
        undone="",
        end=lambda home, _, __: empty_trash(home.git_directory),
    ),
    Leftover(
        commands="merge --verify",
        note=PROVING,
        where="the lock of a scratch worktree's entry, on whose number nobody has a lock",
        finished="",
        undone="always: the scratch worktree is deleted",
        end=lambda home, _, __: remove_unused(home),
    ),
    Leftover(
        commands="setup, start --setup",
        note=MAKING,
        where="the lock of the worktree's entry",
        finished="git had written it: the next setup goes on (worktrees/finish_half_made.py)",
        undone="git had not: the entry is deleted",
        end=lambda home, _, __: drop_unfinished_entries(home),
    ),
    Leftover(
        commands="remove",
        note=REMOVING,
        where="the lock of the worktree's entry",
        finished="the directory was proved and marked as removed: its entry is dropped",
        undone="it was not: the directory gets its path again",
        end=lambda home, _, __: end_removals(home),
    ),
    Leftover(
        commands="restore",
        note=RESTORING,
        where="the lock of the worktree's entry",
        finished="the worktree was whole: it is moved to its path",
        undone="it was not: it is deleted, since all of it is still saved",
        end=lambda home, _, __: end_restorations(home),
    ),
    Leftover(
        commands="start, sync",
        note=ADVANCING,
        where="the worktree's git directory",
        finished="the branch has moved: submodules follow, and the note goes",
        undone="it has not: files and index become what they were",
        end=lambda home, _, waiting: take_back(home, waiting),
    ),
    Leftover(
        commands="merge",
        note=LANDING,
        where="home's git directory",
        finished="the target has the landing, and it is proved: it is recorded",
        undone="it has not, or it is not proved: home becomes what it was",
        end=lambda home, _, waiting: end_landing(home, waiting),
    ),
    Leftover(
        commands="mark, todo, complete, start, merge, remove, validate --fix",
        note=f"a file whose name ends in {DRAFT}",
        where="beside the plan",
        finished="",
        undone="always: it is deleted, and the plan is as it was",
        end=lambda _, plan, __: delete_drafts(plan),
    ),
)


def recover(home: Home, plan: Path, waiting: Waiting) -> None:
    """Finish or undo what killed commands have left. Must run under the repository lock.

    `plan` is the file of the plan that the command is about. Raises GitError and OSError.
    """
    for leftover in LEFTOVERS:
        if leftover.end is not None:
            leftover.end(home, plan, waiting)
