"""A stage lands in the target, or nothing has happened.

In home that is done by git itself, so that the project's hooks, its settings and the user's
signature apply. A note says from where to where while it goes on; who finds one takes back what
was begun, or ends what was done. Without a working tree a commit is made, and the target swapped
against it, together with the record.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import NamedTuple, TypeAlias

from plan_worktree.change.landing_note import (
    Note,
    Tip,
    is_foreign,
    is_noted,
    landed_by,
    write_note,
)
from plan_worktree.change.refs_together import change_together
from plan_worktree.change.unfinished_landing import (
    clean_up_home,
    end_note,
    end_noted,
    make_landing_record,
    record_landing,
    withdraw,
)
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.objects import commits as gitcommits
from plan_worktree.git.objects.commits import head_commit
from plan_worktree.git.process import GitError
from plan_worktree.landing.planned_landing import Landing, Merging, Method, Say
from plan_worktree.project.home import Home
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS, landed_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.state.repository.facts import Facts

Failure: TypeAlias = Refused | GitError | OSError


class Outcome(NamedTuple):
    """What came of a landing: what the target stands on since, and what failed.

    `tip` is None when the stage has not landed. Both are there when the landing failed only after
    it was made.
    """

    tip: Tip | None
    failure: Failure | None = None


def land(merging: Merging, landing: Landing) -> Outcome:
    """Land a stage as predicted. Must run under the repository lock.

    Where it fails, home is as it was, or the outcome tells what the target has got.
    """
    facts, options = merging.seen.facts, merging.options
    try:
        if options.detached:  # there the landing and its record are one transaction
            return Outcome(_land_detached(facts, landing, merging.waiting))
    except (GitError, OSError) as error:
        return Outcome(None, error)
    note = _note_of(facts, merging.seen.opened.path, landing, exact=options.verify)
    try:
        tip = _land_in_home(facts.home, landing, note, merging.waiting)
    except Refused as refused:
        return Outcome(None, refused)
    except (GitError, OSError) as error:
        return Outcome(_landed_anyway(facts.home, landing, note), error)
    return Outcome(tip)


def _land_in_home(home: Home, landing: Landing, note: Note, waiting: Say) -> Tip:
    """Land a stage in home's branch. Raises Refused, GitError and OSError: home is as it was.

    `note` is what `_note_of` makes of the landing.
    """
    if not landing.is_new:
        record_landing(home, note, landing.after)
        return Tip(landing.after, landing.tree)
    directory = home.own_directory
    write_note(directory, note)
    try:
        new = _land(home.root, landing, note)
        _require_proved(home, note, new, waiting)
        end_note(home, directory, note, new.commit)
    except BaseException as error:
        if is_noted(directory):
            end_noted(home, note, waiting)
        if not is_noted(directory) and head_commit(home.root) == landing.before:
            stashed = clean_up_home(home, note, note.old, note.tree)  # what a hook has made of it
            if stashed and isinstance(error, GitError):
                said = f"{error.said}\n{stashed}"
                raise GitError(error.command, error.code, said) from error
        raise
    return new


def _require_proved(home: Home, note: Note, made: Tip, waiting: Say) -> None:
    """Take a landing back that is not what was proved, and raise Refused."""
    if not is_foreign(note, made):
        return
    other = "a hook has made another tree of it than the one that passed"
    if withdraw(home, note, waiting):
        raise Refused([f"{other}, and it was taken back: see what it does, or leave --verify out"])
    show = f"git -C {quote(str(home.root))} log {note.old[:10]}.."
    raise Refused([f"{other}; it stays, since more was done there: {show}"])


def _note_of(facts: Facts, plan: Path, landing: Landing, *, exact: bool) -> Note:
    """Return what is noted of a landing in home while it goes on.

    The edits of `plan`, a file, stay as they are. `exact` says that only the predicted tree was
    proved.
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
        exact=exact,
    )


def _landed_anyway(home: Home, landing: Landing, note: Note) -> Tip | None:
    """Return what a landing in home has made that failed only after that; else None."""
    if not landing.is_new:  # there was nothing to make
        return Tip(landing.after, landing.tree)
    with suppress(GitError, OSError):
        made = landed_by(home.root, note)
        return None if made and is_foreign(note, made) else made
    return None


def _land(root: Path, landing: Landing, note: Note) -> Tip:
    """Let git land a stage in the branch that is checked out. Raises GitError."""
    if landing.method is Method.REBASE:
        gitcommits.fast_forward(root, landing.after)
    elif landing.method is Method.SQUASH:
        gitworktrees.move_files(root, landing.before, landing.tree)
        gitcommits.commit(root, landing.message)
    else:
        gitcommits.merge(root, landing.head, landing.message.rstrip("\n"))
    new = landed_by(root, note)
    if new is None:  # whatever setting kept git from making a commit
        raise GitError(("merge",), 0, f"{note.target.removeprefix(HEADS)} has not moved")
    return new


def _land_detached(facts: Facts, landing: Landing, waiting: Say) -> Tip:
    """Move the target to the predicted commit without a working tree.

    The landing is recorded in the same transaction. No worktree may have the target checked out.
    Raises GitError.
    """
    root, new, name = facts.home.root, landing.after, landed_ref(facts.plan, landing.stage)
    old = facts.refs.get(name)
    record = make_landing_record(root, new, landing.head)
    commands = [gitrefs.put(name, record, old.object_id if old else None)]
    if landing.is_new:
        commands.insert(0, ("update", facts.target or "", new, landing.before))
    reason = f"plan-worktree: land {landing.stage.id}"
    patiently(lambda: change_together(facts.home, root, commands, reason), waiting)
    return Tip(new, landing.tree)
