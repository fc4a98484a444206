"""A landing that was noted: recorded when it was done, taken back when it was not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from shlex import quote

from plan_worktree.change.checkout import Checkout
from plan_worktree.change.landing_note import LANDING, Note, is_foreign, landed_by, read_note
from plan_worktree.change.move_worktree import Move, advance, undo
from plan_worktree.git import index as gitindex
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import named_worktree
from plan_worktree.git.objects.changes import changed_files
from plan_worktree.git.objects.commits import abort_merge, commit_tree, head_commit, stash
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.plans import is_inside
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.worktrees.deletion import remove_empty
from plan_worktree.worktrees.finish_half_made import wait_for_orphans
from plan_worktree.worktrees.notes import Advance

Waiting = Callable[[str], None]


# What git keeps of a merge in progress (gitrepository-layout(5), git-merge(1)).
_OF_A_MERGE = ("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "SQUASH_MSG")


def is_plan_path(home: Home, plan: str, path: str) -> bool:
    """Tell whether a path in home is that of a plan or of something beside it.

    Edits there do not hinder a landing.
    """
    place = home.root / path
    return is_inside(home.plans_folder(), place) or os.path.realpath(place) == plan


def withdraw(home: Home, note: Note, waiting: Waiting) -> bool:
    """Take back a landing that was not proved; return whether the landing was taken back.

    The landing stays when the target has moved on since, or when an uncommitted file in home is in
    the way. The note is removed in every case. Raises GitError and OSError.
    """
    directory = home.own_directory
    done = _take_back(home, directory, note, waiting)
    (directory / LANDING).unlink()
    return done


def _take_back(home: Home, directory: Path, note: Note, waiting: Waiting) -> bool:
    root = home.root
    now = gitrefs.refs(root, note.target).get(note.target)
    made = landed_by(root, note)
    if now is None or made is None or now.object_id != made.commit:
        return False
    if gitrefs.symbolic_ref(root, "HEAD") != note.target:  # its files are nowhere
        gitrefs.update_refs(root, [("update", note.target, note.old, now.object_id)])
        return True
    if stashed := clean_up_home(home, note, now.object_id, note.old):
        waiting(f"note: {stashed}")
    gitworktrees.changes(root, refresh=True)
    place = Checkout(root, directory, note.target.removeprefix(HEADS), now.object_id)
    try:
        advance(home, Move(place, note.old), waiting)
    except Refused as refused:
        waiting(f"note: {refused}")
        return False
    return True


def clean_up_home(home: Home, note: Note, at: str, other: str) -> str | None:
    """Stash what hooks and commands have changed in home, so that home is at `at` again.

    Return a sentence that says how to see the stash, None when nothing was stashed.

    `at` is the commit that home stands on. `other` is the commit or tree at the other end of the
    landing: its files that `at` lacks are stashed as well. Before the landing home was clean
    except for plans, and the edits of plans stay. Raises GitError and OSError.
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
    if new:
        gitindex.add_paths(root, new)
    kept = stash(root, "plan-worktree: left by a hook or command")
    gitindex.reset(root)
    known = gitindex.tracked_paths(root)
    gitindex.check_out_paths(root, (path for path in changed if path in known))
    for path in (path for path in (*changed, *new) if path not in known):
        (root / path).unlink(missing_ok=True)
        remove_empty((root / path).parent, root)
    gitindex.refresh(root)
    shown = f"git -C {quote(str(root))} stash show -p"
    return f"what a hook or command left in home is stashed: {shown}" if kept else None


def end_landing(home: Home, waiting: Waiting) -> None:
    """End the landings that killed commands have left, in whichever worktree.

    Must run under the repository lock. Raises GitError and OSError.
    """
    common = home.git_directory
    for path in (common / LANDING, *sorted((common / "worktrees").glob(f"*/{LANDING}"))):
        worktree = home.root if path.parent == home.own_directory else named_worktree(path.parent)
        if worktree and (note := read_note(path.parent)):
            end_noted(home._replace(root=worktree), note, waiting)


def end_noted(home: Home, note: Note, waiting: Waiting) -> None:
    """Take back a landing that was not made or not proved, or record the one that was made.

    Must run under the repository lock. Raises GitError and OSError.
    """
    directory = home.own_directory
    wait_for_orphans(home.root, waiting)
    new = landed_by(home.root, note)
    _forget_merge(home.root, directory, note, abort=new is None)
    if new is None:
        undo(Advance(directory, home.root, note.old, note.tree), head_commit(home.root))
        (directory / LANDING).unlink()
    elif is_foreign(note, new):
        withdraw(home, note, waiting)
    else:
        end_note(home, directory, note, new.commit)


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
        abort_merge(root)
    for name in _OF_A_MERGE:
        (directory / name).unlink(missing_ok=True)


def end_note(home: Home, directory: Path, note: Note, commit: str) -> None:
    """Record a landing, and remove its note."""
    record_landing(home, note, commit)
    (directory / LANDING).unlink()


def record_landing(home: Home, note: Note, commit: str) -> None:
    """Record a landing, unless an earlier run has done it, or somebody has changed the record."""
    record = make_landing_record(home.root, commit, note.head)
    try:
        gitrefs.update_refs(home.root, [gitrefs.put(note.record, record, note.recorded)])
    except GitError:
        now = gitrefs.refs(home.root, note.record).get(note.record)
        if (now.object_id if now else None) == note.recorded:
            raise


def make_landing_record(root: Path, commit: str, head: str) -> str:
    """Make the record of which commit landed which tip, which keeps both; return its name."""
    parents = dict.fromkeys((commit, head))
    message = "plan-worktree: landed\n"
    return commit_tree(root, f"{commit}^{{tree}}", list(parents), message, when=0)
