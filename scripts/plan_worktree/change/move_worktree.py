"""A clean worktree is moved from the commit it stands on to another one.

Files and index first, then the branch, together with other refs, so HEAD tells whether it was
done. A note in the worktree's git directory says from where to where while that goes on; who
finds one takes back what was begun: each file that is as the new commit has it, or the beginning
of that, holds nothing else and becomes what it was. A file that somebody has changed since stays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.checkout import Checkout, hidden
from plan_worktree.change.refs_together import change_together
from plan_worktree.git import index as gitindex
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import MADE_AGAIN
from plan_worktree.git.objects.changes import changed_files
from plan_worktree.git.objects.commits import head_commit
from plan_worktree.git.process import GitError
from plan_worktree.project.home import Home
from plan_worktree.project.hooks import hooks_path, run_post_merge
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.worktrees.deletion import remove_empty
from plan_worktree.worktrees.finish_half_made import draft_index, is_cut_short, wait_for_orphans
from plan_worktree.worktrees.notes import ADVANCING, Advance, advances
from plan_worktree.worktrees.submodules import initialise

Waiting = Callable[[str], None]


class Move(NamedTuple):
    """The move of a branch and its clean worktree to the commit `new`.

    `also` are update-ref commands that run in one transaction with the move of the branch. With
    `alone` the caller knows that no ignored file is in the way, and the check is left out. With
    `remade` the branch's own commits were made again, and its reflog says so.
    """

    place: Checkout
    new: str
    also: Sequence[tuple[str, ...]] = ()
    alone: bool = False
    remade: bool = False


def advance(home: Home, move: Move, waiting: Waiting) -> None:
    """Move a branch and its clean worktree, and change other refs too.

    Must run under the repository lock. Raises Refused when a file is in the way, GitError
    and OSError. After an error nothing has changed, or the next `take_back` undoes the move.
    """
    place = move.place
    note = move_files(place, move.new, alone=move.alone)
    commands = [("update", HEADS + place.branch, move.new, place.head), *move.also]
    reason = MADE_AGAIN if move.remade else "plan-worktree: brought up to date"
    patiently(lambda: change_together(home, place.path, commands, reason), waiting)
    if place.path == home.root:  # the user's own submodules and hooks
        note.unlink()
        return
    _move_submodules(home, place.path)
    note.unlink()
    run_post_merge(hooks_path(home), place.path)


def move_files(place: Checkout, new: str, *, alone: bool = False) -> Path:
    """Give a worktree the files and index of the commit or tree `new`; return the note's path.

    The note says that the move is in progress; the caller removes the note at the end. `alone`
    leaves out the search for uncommitted files that the move would overwrite. Raises Refused when
    a file is in the way: then no file was moved, and no note is left. Raises GitError.
    """
    found = [] if alone else list(would_be_overwritten(place, new))
    if found:  # git would overwrite what it ignores
        lost = f"in {place.path} is in no commit and would be overwritten"
        raise Refused(
            f"{path} {lost}: mv {quote(str(place.path / path))} ELSEWHERE" for path in found
        )
    note = place.git_directory / ADVANCING
    draft = note.with_name(f"{ADVANCING}.new")
    draft.write_text(f"{place.head} {new}\n", encoding="ascii")
    draft.replace(note)
    try:
        gitworktrees.move_files(place.path, place.head, new)
    except GitError as error:
        said = error.said.split("\n", 1)[0]
        if "would be" in said or "not uptodate" in said:
            note.unlink()
            advice = f"commit it, or move it away: git -C {quote(str(place.path))} status"
            raise Refused(list(hidden(place)) or [f"{said}: {advice}"]) from error
        raise
    return note


def would_be_overwritten(place: Checkout, new: str) -> Iterator[str]:
    """Yield what stands where a new file would be written, or a folder for it."""
    return obstacles(place.path, changed_files(place.path, place.head, new))


def obstacles(root: Path, changes: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths of files in a worktree that new files, or their folders, would replace.

    `root` is the worktree. `changes` maps each changed path to its letter, as `changed_files`
    returns it; only added paths (A) are checked. A file that the same changes delete is no
    obstacle.
    """
    for path in (path for path, letter in changes.items() if letter == "A"):
        if os.path.lexists(root / path):
            yield from _inside(root, path, changes)
        for above in list(Path(path).parents)[:-1]:
            folder = root / above
            is_file = os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir())
            if is_file and above.as_posix() not in changes:
                yield above.as_posix()


def _inside(root: Path, path: str, changes: Mapping[str, str]) -> Iterator[str]:
    """Yield a path, or of a folder all in it, unless the move takes it away."""
    place = root / path
    if place.is_symlink() or not place.is_dir():
        if changes.get(path) != "D":
            yield path
        return
    for found in place.rglob("*"):
        name = found.relative_to(root).as_posix()
        if (found.is_symlink() or not found.is_dir()) and changes.get(name) != "D":
            yield name


def take_back(home: Home, waiting: Waiting) -> None:
    """Undo every move that was killed. Must run under the repository lock.

    Raises GitError and OSError.
    """
    for left in advances(home.git_directory, home.root):
        if (left.worktree / ".git").exists() and left.old and left.new:
            wait_for_orphans(left.worktree, waiting)
            head = head_commit(left.worktree)
            if head == left.new and left.worktree != home.root:
                _move_submodules(home, left.worktree)
            elif head != left.new and not (left.directory / "MERGE_HEAD").exists():
                undo(left, head)
        (left.directory / ADVANCING).unlink()


def _move_submodules(home: Home, worktree: Path) -> None:
    """Give submodules the commits they should have, where home has them; else they stay behind.

    As they do after ``git merge``, which leaves all of them alone.
    """
    with suppress(GitError):
        initialise(home, worktree)


def undo(left: Advance, head: str) -> None:
    """Undo a killed move, except in files that commits made since the move have changed.

    `left` is the note of the move, `head` the commit that the worktree stands on now. Raises
    GitError and OSError.
    """
    worktree, index = left.worktree, left.directory / "index"
    index.with_name("index.lock").unlink(missing_ok=True)  # whoever held it is gone
    between = changed_files(worktree, left.old, left.new)
    since = changed_files(worktree, left.old, head)
    between = {path: letter for path, letter in between.items() if path not in since}
    draft = draft_index(worktree, left.directory, left.new)
    unlike_new = set(gitindex.diff_files(worktree, draft))
    draft.unlink()
    # Only the index, and there only these; what stands in the files is decided for each.
    if between:
        gitindex.reset_paths(worktree, left.old, between)
    unlike_old = set(gitindex.diff_files(worktree, index))
    for path in (path for path, letter in between.items() if letter == "A"):
        place = worktree / path
        if os.path.lexists(place) and _is_of(left.new, worktree, path, path not in unlike_new):
            place.unlink()
            remove_empty(place.parent, worktree)
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
        gitindex.check_out_paths(worktree, again)
        gitindex.refresh(worktree)


def _is_of(tree: str, worktree: Path, path: str, is_whole: bool) -> bool:
    """Tell whether a path holds nothing but what a tree has of it, all or the beginning."""
    place = worktree / path
    if not os.path.lexists(place):
        return True
    if place.is_dir() and not place.is_symlink():
        return False
    return is_whole or is_cut_short(worktree, path, tree)
