"""A stage lands in the target, or nothing has happened.

In home that is done by git itself, so that the project's hooks, its settings and the user's
signature apply. A note says from where to where while it goes on; who finds one takes back what
was begun, or ends what was done. Without a working tree a commit is made, and the target swapped
against it, together with the record.
"""

from __future__ import annotations

import os
from pathlib import Path

from plan_worktree.change.checkout import Checkout
from plan_worktree.change.landing_note import Note, is_noted, landed_by, read_note, write_note
from plan_worktree.change.together import change_together
from plan_worktree.change.unfinished_landing import (
    Waiting,
    clean_up_home,
    end_note,
    end_noted,
    make_landing_record,
    record_landing,
)
from plan_worktree.git import commits as gitcommits
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.commits import head_commit
from plan_worktree.git.process import GitError
from plan_worktree.landing.landing import Landing, Method
from plan_worktree.project.home import Home
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS, landed_ref
from plan_worktree.state.facts import Facts


def target_checkout(facts: Facts) -> Checkout:
    """Return the place where the target is checked out; the facts' home is that place."""
    home = facts.home
    name = (facts.target or "").removeprefix(HEADS)
    return Checkout(home.root, home.own_directory, name, facts.target_tip or "")


def land_in_home(facts: Facts, landing: Landing, note: Note, waiting: Waiting) -> str:
    """Land a stage in home's branch and return the commit. Must run under the repository lock.

    `note` is what `note_of` makes of the landing. When that is yet to be proved, `settle` or
    `withdraw` has to follow. Raises GitError and OSError: then home is as it was.
    """
    home, checkout = facts.home, target_checkout(facts)
    if landing.after == landing.before:  # it brings nothing new
        record_landing(home, note, landing.after)
        return landing.after
    write_note(checkout.git_directory, note)
    try:
        new = _land(checkout, landing, note)
        if not note.prove:
            end_note(home, checkout.git_directory, note, new)
    except BaseException as error:
        if is_noted(checkout.git_directory):
            end_noted(home, note, waiting)
        if not is_noted(checkout.git_directory) and head_commit(home.root) == landing.before:
            stashed = clean_up_home(home, note, note.old, note.tree)  # what a hook has made of it
            if stashed and isinstance(error, GitError):
                said = f"{error.said}\n{stashed}"
                raise GitError(error.command, error.code, said) from error
        raise
    return new


def note_of(facts: Facts, plan: Path, landing: Landing, *, prove: bool) -> Note:
    """Return what is noted of a landing in home while it goes on.

    The edits of `plan`, a file, stay as they are. `prove` says that the stage's commands are to
    pass on what home has then.
    """
    name = landed_ref(facts.plan, landing.stage)
    old = facts.refs.get(name)
    return Note(
        plan=os.path.realpath(plan),
        target=facts.target or "",
        old=landing.before,
        tree=landing.tree,
        head=landing.head,
        record=name,
        recorded=old.object_id if old else None,
        subject=landing.message.partition("\n")[0],
        tip=landing.after if landing.method is Method.REBASE else None,
        prove=prove,
    )


def landed_anyway(home: Home, landing: Landing, note: Note) -> str | None:
    """Return the commit of a landing in home that failed only after it was made; else None.

    One that is yet to be proved has not landed. Raises GitError and OSError.
    """
    if landing.after == landing.before:  # there was nothing to make
        return landing.after
    left = read_note(home.own_directory)
    if left and left.prove:
        return None
    return landed_by(home.root, note)


def _land(checkout: Checkout, landing: Landing, note: Note) -> str:
    root = checkout.path
    if landing.method is Method.REBASE:
        gitcommits.fast_forward(root, landing.after)
    elif landing.method is Method.SQUASH:
        gitworktrees.move_files(root, landing.before, landing.tree)
        gitcommits.commit(root, landing.message)
    else:
        gitcommits.merge(root, landing.head, landing.message.rstrip("\n"))
    new = landed_by(root, note)
    if new is None:  # whatever setting kept git from making a commit
        raise GitError(("merge",), 0, f"{checkout.branch} has not moved")
    return new


def land_detached(facts: Facts, landing: Landing, waiting: Waiting) -> str:
    """Move the target to the predicted commit without a working tree; return the commit.

    The landing is recorded in the same transaction. No worktree may have the target checked out.
    Raises GitError.
    """
    root, new, name = facts.home.root, landing.after, landed_ref(facts.plan, landing.stage)
    old = facts.refs.get(name)
    record = make_landing_record(root, new, landing.head)
    commands = [gitrefs.put(name, record, old.object_id if old else None)]
    if new != landing.before:
        commands.insert(0, ("update", facts.target or "", new, landing.before))
    reason = f"plan-worktree: land {landing.stage.id}"
    patiently(lambda: change_together(facts.home, root, commands, reason), waiting)
    return new
