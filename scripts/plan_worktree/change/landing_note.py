"""What is noted of a landing while it goes on in home, so that a kill leaves no half of it."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.git.objects.commits import is_ancestor
from plan_worktree.git.objects.history import first_step

# Our own note in home's git directory while a stage lands there.
LANDING = "plan-worktree.landing"


class Note(NamedTuple):
    """The note of a landing in home that is in progress, or whose command was killed.

    `plan` is the path of the plan's file; a landing leaves edits of that file alone. `target` is
    the full name of the branch that the landing moves from the commit `old` to a commit with the
    tree `tree`. `head` is the tip of the stage's branch.

    `record` is the ref that records the landing. `recorded` is the object that this ref named
    before the landing, None when the ref did not exist.

    `tip` is the commit that `target` is moved to, None when git has yet to make that commit.
    `subject` is the first line of the commit's message, by which such a commit is recognised.
    `exact` says that no other tree than the noted one was proved: a landing that gives another
    one is taken back. `prove` stands in notes of older versions, which proved what had landed.
    """

    plan: str
    target: str
    old: str
    tree: str
    head: str
    record: str
    subject: str
    tip: str | None
    recorded: str | None = None
    exact: bool = False
    prove: bool = False


class Tip(NamedTuple):
    """The commit that a branch stands on, and its tree."""

    commit: str
    tree: str


def landed_by(root: Path, note: Note) -> Tip | None:
    """Return the commit that a landing has made, None when it has made none."""
    if note.tip:
        return Tip(note.tip, note.tree) if is_ancestor(root, note.tip, note.target) else None
    step = first_step(root, note.old, note.target)
    if step is None:
        return None
    as_noted = step.tree == note.tree or step.subject == note.subject
    alone = step.parents == (note.old,) and as_noted
    is_ours = alone or step.parents == (note.old, note.head)
    return Tip(step.commit, step.tree) if is_ours else None


def is_foreign(note: Note, made: Tip) -> bool:
    """Tell whether a landing must not stay that was made: it is not what was proved."""
    return note.prove or (note.exact and made.tree != note.tree)


def write_note(directory: Path, note: Note) -> None:
    """Write a note in one step. Raises OSError."""
    draft = directory / f"{LANDING}.new"
    draft.write_text(json.dumps(note._asdict()), encoding="ascii")
    draft.replace(directory / LANDING)


def is_noted(directory: Path) -> bool:
    """Tell whether a landing goes on, or was killed."""
    return (directory / LANDING).exists()


def read_note(directory: Path) -> Note | None:
    """Return the note of a landing that goes on, or was killed; None when there is none.

    Raises OSError when somebody has damaged it.
    """
    path = directory / LANDING
    try:
        return Note(**json.loads(path.read_text(encoding="ascii")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, RecursionError) as error:
        advice = f"see that home is as it should be, then rm {quote(str(path))}"
        raise OSError(f"the note of a landing {path} is damaged: {advice}") from error
