"""A stage lands in the target, or nothing has happened.

In home that is done by git itself, so that the project's hooks, its settings and the user's
signature apply. A note says from where to where while it goes on; who finds one takes back what
was begun, or ends what was done. Without a working tree a commit is made, and the target swapped
against it, with the record in one transaction.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from shlex import quote

from plan_worktree.git import process
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.changes import changed_files
from plan_worktree.git.commits import commit_tree
from plan_worktree.git.process import GitError
from plan_worktree.lifecycle.advance import advance, undo
from plan_worktree.lifecycle.landing_note import LANDING, Note, landed_by, read_note, write_note
from plan_worktree.lifecycle.planned import How, Landing
from plan_worktree.lifecycle.workplace import Place
from plan_worktree.project.home import Home
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS, landed_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.state.facts import Facts
from plan_worktree.worktrees.half_made import wait_for_orphans
from plan_worktree.worktrees.notes import Advance
from plan_worktree.worktrees.rubbish import remove_empty

Waiting = Callable[[str], None]

# What git keeps of a merge in progress (gitrepository-layout(5), git-merge(1)).
_OF_A_MERGE = ("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "SQUASH_MSG")


def home_place(facts: Facts) -> Place:
    """Return home as a place where the target is checked out."""
    home = facts.home
    name = (facts.target or "").removeprefix(HEADS)
    return Place(home.root, home.own_directory, name, facts.target_commit or "")


def is_plan_path(home: Home, plan: str, path: str) -> bool:
    """Tell whether a path in home is that of a plan, whose edits do not hinder a landing."""
    place = home.root / path
    return home.plans in place.parents or os.path.realpath(place) == plan


def land_in_home(
    facts: Facts, plan: Path, landing: Landing, how: How, waiting: Waiting, *, prove: bool
) -> str:
    """Land a stage in home's branch and return the commit. Must run under the repository lock.

    `plan` is the plan's file, whose edits stay. When it is yet to be proved, `settle` or
    `withdraw` has to follow. Raises git.GitError and OSError: then home is as it was.
    """
    home, place = facts.home, home_place(facts)
    note = _note(facts, plan, landing, how, prove=prove)
    if landing.after == landing.before:  # it brings nothing new
        _record(home, note.record, landing.after, landing.head)
        return landing.after
    write_note(place.git_directory, note)
    try:
        new = _land(place, landing, how, note)
        if not prove:
            _end(home, place.git_directory, note, new)
    except BaseException as error:
        end_landing(home, waiting)
        if read_note(place.git_directory) is None and _head(home.root) == landing.before:
            stashed = _clean_up(home, note, note.old, note.tree)  # what a hook has made of it
            if stashed and isinstance(error, GitError):
                said = f"{error.said}\n{stashed}"
                raise GitError(error.command, error.code, said) from error
        raise
    return new


def _note(facts: Facts, plan: Path, landing: Landing, how: How, *, prove: bool) -> Note:
    return Note(
        plan=os.path.realpath(plan),
        target=facts.target or "",
        old=landing.before,
        tree=landing.tree,
        head=landing.head,
        record=landed_ref(facts.plan, landing.stage),
        subject=landing.message.partition("\n")[0],
        tip=landing.after if how is How.REBASE else None,
        prove=prove,
    )


def landed_anyway(facts: Facts, plan: Path, landing: Landing, how: How) -> str | None:
    """Return the commit of a landing in home that failed only after it was made; else None.

    One that is yet to be proved has not landed. Raises git.GitError and OSError.
    """
    if landing.after == landing.before:  # there was nothing to make
        return landing.after
    left = read_note(facts.home.own_directory)
    if left and left.prove:
        return None
    return landed_by(facts.home.root, _note(facts, plan, landing, how, prove=False))


def _land(place: Place, landing: Landing, how: How, note: Note) -> str:
    root = place.path
    flags = ("--quiet", "--commit", "--no-squash", "--no-autostash")
    if how is How.REBASE:
        process.run(root, "merge", *flags, "--ff-only", landing.after)
    elif how is How.SQUASH:
        gitworktrees.move_files(root, landing.before, landing.tree)
        process.run(root, "commit", "--quiet", "--file=-", stdin=landing.message)
    else:
        message = ("--no-edit", "--no-log", "-m", landing.message.rstrip("\n"))
        process.run(root, "merge", *flags, "--no-ff", *message, landing.head)
    new = landed_by(root, note)
    if new is None:  # whatever setting kept git from making a commit
        raise GitError(("merge",), 0, f"{place.branch} has not moved")
    return new


def land_detached(facts: Facts, landing: Landing, waiting: Waiting) -> str:
    """Swap the target against the predicted commit, which nobody has checked out; return it.

    Raises git.GitError.
    """
    root, new, name = facts.home.root, landing.after, landed_ref(facts.plan, landing.stage)
    commands = [_record_command(root, name, new, landing.head)]
    if new != landing.before:
        commands.append(("update", facts.target or "", new, landing.before))
    reason = f"plan-worktree: land {landing.stage.id}"
    patiently(lambda: gitrefs.update_refs(root, commands, reason), waiting)
    return new


def settle(home: Home) -> None:
    """Record the landing that was proved. Raises git.GitError and OSError."""
    directory = home.own_directory
    note = read_note(directory)
    new = landed_by(home.root, note) if note else None
    if note and new:
        write_note(directory, note._replace(prove=False))
        _end(home, directory, note, new)


def withdraw(home: Home, waiting: Waiting) -> bool:
    """Take back the landing that is not proved; return whether it was.

    It stays when something was built on it since. Raises git.GitError and OSError.
    """
    directory = home.own_directory
    note = read_note(directory)
    if note is None or not note.prove:
        return False
    done = _take_back(home, directory, note, waiting)
    (directory / LANDING).unlink()
    return done


def _take_back(home: Home, directory: Path, note: Note, waiting: Waiting) -> bool:
    root = home.root
    now = gitrefs.refs(root, note.target).get(note.target)
    if now is None or now.object_id != landed_by(root, note):
        return False
    if gitrefs.symbolic_ref(root, "HEAD") != note.target:  # its files are nowhere
        gitrefs.update_refs(root, [("update", note.target, note.old, now.object_id)])
        return True
    if stashed := _clean_up(home, note, now.object_id, note.old):
        waiting(f"note: {stashed}")
    gitworktrees.changes(root, refresh=True)
    place = Place(root, directory, note.target.removeprefix(HEADS), now.object_id)
    try:
        advance(home, place, note.old, waiting)
    except Refused as refused:
        waiting(f"note: {refused}")
        return False
    return True


def _clean_up(home: Home, note: Note, at: str, other: str) -> str | None:
    """Stash what hooks and commands have made of home's files, so that home is at `at` again.

    Return what to say of it, None when there was nothing.

    Home was proved to be clean before they ran, but for plans, which stay; and there was nothing
    where `other`, a commit or tree, has files that `at` has not. What they wrote is in
    ``git stash list``. Raises git.GitError and OSError.
    """
    root = home.root
    found = gitworktrees.unlike_head(root)
    changed = [path for path in found.paths if not is_plan_path(home, note.plan, path)]
    new = [
        path
        for path, letter in changed_files(root, at, other).items()
        if letter == "A" and os.path.lexists(root / path)
    ]
    if not (changed or new or found.staged):
        return None
    given = "".join(f"{path}\0" for path in new)
    listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
    if new:
        process.run(root, "--literal-pathspecs", "add", "--force", *listed, stdin=given)
    if kept := process.run(root, "stash", "create").stdout.strip():
        process.run(root, "stash", "store", "-m", "plan-worktree: left by a hook or command", kept)
    process.run(root, "reset", "--quiet")
    known = set(process.run(root, "ls-files", "-z").stdout.split("\0"))
    given = "".join(f"{path}\0" for path in changed if path in known)
    process.run(root, "checkout-index", "--force", "-z", "--stdin", stdin=given)
    for path in (path for path in (*changed, *new) if path not in known):
        (root / path).unlink(missing_ok=True)
        remove_empty((root / path).parent, root)
    process.run(root, "update-index", "-q", "--refresh", ok=(0, 1))
    shown = f"git -C {quote(str(root))} stash show -p"
    return f"what a hook or command left in home is stashed: {shown}" if kept else None


def end_landing(home: Home, waiting: Waiting) -> None:
    """Take back a landing that was killed or not proved, or record the one that was done.

    Must run under the repository lock. Raises git.GitError and OSError.
    """
    directory = home.own_directory
    note = read_note(directory)
    if note is None:
        return
    wait_for_orphans(home.root, waiting)
    new = landed_by(home.root, note)
    _forget_merge(home.root, directory, note, abort=new is None)
    if new is None:
        undo(Advance(directory, home.root, note.old, note.tree), _head(home.root))
        (directory / LANDING).unlink()
    elif note.prove:
        withdraw(home, waiting)
    else:
        _end(home, directory, note, new)


def _forget_merge(root: Path, directory: Path, note: Note, *, abort: bool) -> None:
    """Remove what git keeps of the merge that was killed, and of no other one."""
    for left in directory.glob("index.stash.*"):  # git merge saves changes, such as the plan's
        left.unlink()
    merging = directory / "MERGE_HEAD"
    said = merging.read_text(encoding="utf-8").strip() if merging.is_file() else note.head
    if not note.head.startswith(said):  # git may have been killed before it had written all of it
        return
    if abort and merging.is_file():
        (directory / "index.lock").unlink(missing_ok=True)  # whoever held it is gone
        process.run(root, "merge", "--abort", ok=(0, 1, 128))
    for name in _OF_A_MERGE:
        (directory / name).unlink(missing_ok=True)


def _end(home: Home, directory: Path, note: Note, commit: str) -> None:
    """Record a landing, and remove its note."""
    _record(home, note.record, commit, note.head)
    (directory / LANDING).unlink()


def _record(home: Home, name: str, commit: str, head: str) -> None:
    gitrefs.update_refs(home.root, [_record_command(home.root, name, commit, head)])


def _record_command(root: Path, name: str, commit: str, head: str) -> tuple[str, ...]:
    """Return the command that records which commit landed which tip: both are kept by it."""
    parents = dict.fromkeys((commit, head))
    message = "plan-worktree: landed\n"
    record = commit_tree(root, f"{commit}^{{tree}}", list(parents), message, when=0)
    return ("update", name, record, "")


def _head(root: Path) -> str:
    return process.run(root, "rev-parse", "--verify", "HEAD").stdout.strip()
