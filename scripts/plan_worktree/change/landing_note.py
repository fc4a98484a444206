"""What is noted of a landing while it goes on in home, so that a kill leaves no half of it."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.git.commits import is_ancestor
from plan_worktree.git.history import first_step

# Our own note in home's git directory while a stage lands there.
LANDING = "plan-worktree.landing"


class Note(NamedTuple):
    """A landing that goes on: from a commit to a tree, of a stage's `head`, recorded in `record`.

    `recorded` is the object that the record names before, None when there is no record yet.

    `plan` is the file that says so, whose edits are left alone.

    `tip` is the commit that the `target` is moved to where that is known before; else `subject`,
    the first line of its message, tells it. With `prove` it is not known yet whether the commands
    of the stage pass.
    """

    plan: str
    target: str
    old: str
    tree: str
    head: str
    record: str
    subject: str
    tip: str | None
    prove: bool
    recorded: str | None = None


def landed_by(root: Path, note: Note) -> str | None:
    """Return the commit that a landing has made, None when it has made none."""
    if note.tip:
        return note.tip if is_ancestor(root, note.tip, note.target) else None
    step = first_step(root, note.old, note.target)
    if step is None:
        return None
    as_noted = step.tree == note.tree or step.subject == note.subject
    alone = step.parents == (note.old,) and as_noted
    return step.commit if alone or step.parents == (note.old, note.head) else None


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
