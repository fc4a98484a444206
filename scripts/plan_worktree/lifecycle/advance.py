"""A clean worktree is moved from the commit it stands on to another one.

Files and index first, then branch and other refs in one transaction, so HEAD tells whether it was
done. A note in the worktree's git directory says from where to where while that goes on; who
finds one takes back what was begun: each file that is as the new commit has it, or the beginning
of that, holds nothing else and becomes what it was. A file that somebody has changed since stays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote

from plan_worktree import git, gitrefs, gitworktrees
from plan_worktree.gitfiles import ADVANCING, Advance, advances
from plan_worktree.githistory import changes_between
from plan_worktree.lifecycle.halfmade import (
    differing,
    draft_index,
    is_cut_short,
    wait_for_orphans,
)
from plan_worktree.lifecycle.home import Home
from plan_worktree.lifecycle.hook import hooks_path, run_post_merge
from plan_worktree.lifecycle.lock import patiently
from plan_worktree.lifecycle.refs import HEADS
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.lifecycle.submodules import initialise
from plan_worktree.lifecycle.workplace import Place

Waiting = Callable[[str], None]


def advance(
    home: Home,
    place: Place,
    new: str,
    waiting: Waiting,
    *,
    also: Sequence[tuple[str, ...]] = (),
) -> None:
    """Move a branch and its clean worktree to a commit, and change other refs with it.

    Must run under the repository lock. Raises Refused when a file is in the way, git.GitError
    and OSError: nothing was changed then, or the next `take_back` undoes it.
    """
    note = begin(place, new)
    move_files(place, note, new)
    commands = [("update", HEADS + place.branch, new, place.head), *also]
    reason = "plan-worktree: brought up to date"
    patiently(lambda: gitrefs.update_refs(place.path, commands, reason), waiting)
    note.unlink()
    initialise(home, place.path)
    run_post_merge(hooks_path(home), place.path)


def begin(place: Place, new: str) -> Path:
    """Note that a worktree is being moved; the note has to be removed at the end."""
    note = place.git_directory / ADVANCING
    draft = note.with_name(f"{ADVANCING}.new")
    draft.write_text(f"{place.head} {new}\n", encoding="ascii")
    draft.replace(note)
    return note


def move_files(place: Place, note: Path, new: str) -> None:
    """Make files and index those of another commit or tree. Raises Refused, with nothing moved."""
    try:
        gitworktrees.move_files(place.path, place.head, new)
    except git.GitError as error:
        said = error.said.split("\n", 1)[0]
        if "would be" in said or "not uptodate" in said:
            note.unlink()
            mend = f"move it away, or commit it: git -C {quote(str(place.path))} status"
            raise Refused([f"{said}: {mend}"]) from error
        raise


def take_back(home: Home, waiting: Waiting) -> None:
    """Undo every move that was killed. Must run under the repository lock.

    Raises git.GitError and OSError.
    """
    for left in advances(home.git_directory):
        if (left.worktree / ".git").exists() and left.old and left.new:
            wait_for_orphans(left.worktree, waiting)
            head = git.run(left.worktree, "rev-parse", "--verify", "HEAD").stdout.strip()
            is_open = (left.directory / "MERGE_HEAD").exists()
            if head == left.old != left.new and not is_open:
                _undo(left)
        (left.directory / ADVANCING).unlink()


def _undo(left: Advance) -> None:
    worktree, index = left.worktree, left.directory / "index"
    index.with_name("index.lock").unlink(missing_ok=True)  # whoever held it is gone
    between = _changes(worktree, left.old, left.new)
    draft = draft_index(worktree, left.directory, left.new)
    unlike_new = set(differing(worktree, draft))
    draft.unlink()
    # Only the index; what stands in the files is decided for each.
    git.run(worktree, "read-tree", "-m", left.old)
    git.run(worktree, "update-index", "-q", "--refresh", ok=(0, 1))
    unlike_old = set(differing(worktree, index))
    for path in (path for path, letter in between.items() if letter == "A"):
        place = worktree / path
        if os.path.lexists(place) and _is_of(left.new, worktree, path, path not in unlike_new):
            place.unlink()
            _prune(worktree, place.parent)
    again = [
        path
        for path, letter in between.items()
        if letter != "A"
        and path in unlike_old
        # What the move deletes is gone, or somebody has written it again.
        and (not os.path.lexists(worktree / path) or letter != "D")
        and _is_of(left.new, worktree, path, path not in unlike_new)
    ]
    if again:
        given = "".join(f"{path}\0" for path in again)
        git.run(worktree, "checkout-index", "--force", "-z", "--stdin", stdin=given)
        git.run(worktree, "update-index", "-q", "--refresh", ok=(0, 1))


def _changes(worktree: Path, old: str, new: str) -> dict[str, str]:
    trees = git.run(worktree, "rev-parse", f"{old}^{{tree}}", f"{new}^{{tree}}").stdout.split()
    return changes_between(worktree, [(trees[0], trees[1])])[trees[0], trees[1]]


def _is_of(tree: str, worktree: Path, path: str, is_whole: bool) -> bool:
    """Tell whether a path holds nothing but what a tree has of it, all or the beginning."""
    place = worktree / path
    if not os.path.lexists(place):
        return True
    if place.is_dir() and not place.is_symlink():
        return False
    return is_whole or is_cut_short(worktree, path, tree)


def _prune(worktree: Path, folder: Path) -> None:
    while folder != worktree:
        try:
            folder.rmdir()
        except OSError:  # not empty
            return
        folder = folder.parent
