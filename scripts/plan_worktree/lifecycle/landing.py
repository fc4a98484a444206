"""A stage lands in the target, or nothing has happened.

In home that is done by git itself, so that the project's hooks, its settings and the user's
signature apply. A note says from where to where while it goes on; who finds one takes back what
was begun, or ends what was done. Without a working tree a commit is made, and the target swapped
against it, with the record in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from plan_worktree import git, gitrefs, gitworktrees
from plan_worktree.gitfiles import Advance, worktree_git_directory
from plan_worktree.gitmerge import commit_tree
from plan_worktree.lifecycle.advance import advance, undo
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.halfmade import wait_for_orphans
from plan_worktree.lifecycle.home import Home
from plan_worktree.lifecycle.lock import patiently
from plan_worktree.lifecycle.preview import How, Landing
from plan_worktree.lifecycle.refs import HEADS, landed_ref
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.lifecycle.workplace import Place

Waiting = Callable[[str], None]

# Our own note in home's git directory while a stage lands there.
LANDING = "plan-worktree.landing"
# What git keeps of a merge in progress (gitrepository-layout(5), git-merge(1)).
_OF_A_MERGE = ("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "SQUASH_MSG")


class _Note(NamedTuple):
    """A landing that goes on: from a commit to a tree, of a stage's `head`, recorded in `record`.

    `tip` is the commit that the target is moved to where that is known before; else `subject`, the
    first line of its message, tells it. `proving` is the new commit while it is not known whether
    its commands pass.
    """

    old: str
    tree: str
    head: str
    record: str
    subject: str
    tip: str | None
    proving: str | None = None


def home_place(facts: Facts) -> Place:
    """Return home as a place where the target is checked out."""
    home = facts.home
    name = (facts.target or "").removeprefix(HEADS)
    return Place(home.root, _directory(home), name, facts.target_commit or "")


def land_in_home(
    facts: Facts, landing: Landing, how: How, waiting: Waiting, *, proving: bool
) -> str:
    """Land a stage in home's branch and return the commit. Must run under the repository lock.

    When it is to be proved (`proving`), `settle` or `withdraw` has to follow. Raises git.GitError
    and OSError: then home is as it was.
    """
    home, place = facts.home, home_place(facts)
    note = _Note(
        old=landing.before,
        tree=landing.tree,
        head=landing.head,
        record=landed_ref(facts.plan, landing.stage),
        subject=landing.message.partition("\n")[0],
        tip=landing.after if how is How.REBASE else None,
    )
    if landing.after == landing.before:  # it brings nothing new
        _record(home, note.record, landing.after, landing.head)
        return landing.after
    _write(place.git_directory, note)
    try:
        _land(place, landing, how)
        new = _head(place.path)
        if proving:
            _write(place.git_directory, note._replace(proving=new))
        else:
            _end(home, place.git_directory, note, new)
    except BaseException:
        end_landing(home, waiting)
        raise
    return new


def _land(place: Place, landing: Landing, how: How) -> None:
    root = place.path
    if how is How.REBASE:
        git.run(root, "merge", "--quiet", "--ff-only", "--no-autostash", landing.after)
    elif how is How.SQUASH:
        gitworktrees.move_files(root, landing.before, landing.tree)
        git.run(root, "commit", "--quiet", "--file=-", stdin=landing.message)
    else:
        flags = ("--no-ff", "--commit", "--no-squash", "--no-edit", "--no-autostash", "--no-log")
        git.run(root, "merge", *flags, "-m", landing.message.rstrip("\n"), landing.head)


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
    directory = _directory(home)
    note = _read(directory)
    if note and note.proving:
        _end(home, directory, note, note.proving)


def withdraw(home: Home, waiting: Waiting) -> None:
    """Take back the landing that is not proved, unless something was built on it since.

    Raises Refused when home has changes that are in the way, git.GitError and OSError.
    """
    directory = _directory(home)
    note = _read(directory)
    if note is None or note.proving is None:
        return
    branch = gitrefs.symbolic_ref(home.root, "HEAD") or ""
    place = Place(home.root, directory, branch.removeprefix(HEADS), note.proving)
    try:
        if _head(home.root) == note.proving:
            gitworktrees.changes(home.root, refresh=True)
            advance(home, place, note.old, waiting)
    except Refused:  # or every command would fail from now on
        (directory / LANDING).unlink()
        raise
    (directory / LANDING).unlink()


def end_landing(home: Home, waiting: Waiting) -> None:
    """Take back a landing that was killed, or record the one that was done.

    Must run under the repository lock. Raises git.GitError and OSError.
    """
    directory = _directory(home)
    note = _read(directory)
    if note is None:
        return
    wait_for_orphans(home.root, waiting)
    if note.proving:
        try:
            withdraw(home, waiting)
        except Refused as refused:
            waiting(f"a landing that was not proved stays in {home.root}: {refused}")
        return
    new = _landed(home.root, note)
    _forget_merge(home.root, directory, note, abort=new is None)
    if new is None:
        undo(Advance(directory, home.root, note.old, note.tree), _head(home.root))
        (directory / LANDING).unlink()
    else:
        _end(home, directory, note, new)


def _landed(root: Path, note: _Note) -> str | None:
    """Return the commit that a landing has made, None when it has made none."""
    if note.tip:
        has_it = git.run(root, "merge-base", "--is-ancestor", note.tip, "HEAD", ok=(0, 1))
        return note.tip if has_it.returncode == 0 else None
    form = ("--no-commit-header", "--format=%H%x00%P%x00%T%x00%s")
    flags = ("rev-list", "--first-parent", "--reverse", *form)
    first, _, _ = git.run(root, *flags, f"{note.old}..HEAD").stdout.partition("\n")
    if not first:
        return None
    commit, parents, tree, subject = first.split("\0")
    alone = parents == note.old and (tree == note.tree or subject == note.subject)
    return commit if alone or parents == f"{note.old} {note.head}" else None


def _forget_merge(root: Path, directory: Path, note: _Note, *, abort: bool) -> None:
    """Remove what git keeps of the merge that was killed, and of no other one."""
    merging = directory / "MERGE_HEAD"
    if merging.is_file() and merging.read_text(encoding="utf-8").strip() != note.head:
        return
    if abort and merging.is_file():
        (directory / "index.lock").unlink(missing_ok=True)  # whoever held it is gone
        git.run(root, "merge", "--abort", ok=(0, 1, 128))
    for name in _OF_A_MERGE:
        (directory / name).unlink(missing_ok=True)


def _end(home: Home, directory: Path, note: _Note, commit: str) -> None:
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
    return git.run(root, "rev-parse", "--verify", "HEAD").stdout.strip()


def _directory(home: Home) -> Path:
    """Return home's own git directory: of a main worktree the common one."""
    return worktree_git_directory(home.root, home.git_directory) or home.git_directory


def _write(directory: Path, note: _Note) -> None:
    draft = directory / f"{LANDING}.new"
    draft.write_text(json.dumps(note._asdict()), encoding="ascii")
    draft.replace(directory / LANDING)


def _read(directory: Path) -> _Note | None:
    try:
        return _Note(**json.loads((directory / LANDING).read_text(encoding="ascii")))
    except FileNotFoundError:
        return None
