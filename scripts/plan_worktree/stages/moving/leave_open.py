"""A merge that conflicts, left open in a worktree as ``git merge`` would leave it.

Files and index first, MERGE_HEAD last (gitrepository-layout(5)): only with that it is a merge in
progress, and until then a note lets `advance.take_back` undo it.
"""

from __future__ import annotations

from plan_worktree.change.checkout import Checkout
from plan_worktree.change.move_worktree import move_files
from plan_worktree.git.index import unmerge
from plan_worktree.git.objects.merge import merge_conflict


def leave_open(checkout: Checkout, revision: str, commit: str, name: str) -> None:
    """Begin to merge a commit, which people call `name`; conflict marks call it `revision`.

    Raises Refused, GitError and OSError.
    """
    conflict = merge_conflict(checkout.path, "HEAD", revision)
    note = move_files(checkout, conflict.tree)
    unmerge(checkout.path, conflict.entries)
    message = f"Merge {name} into {checkout.branch}\n"
    for file, text in (("MERGE_MSG", message), ("MERGE_MODE", "no-ff"), ("MERGE_HEAD", commit)):
        draft = checkout.git_directory / f"{file}.plan-worktree"
        draft.write_text(text if file != "MERGE_HEAD" else f"{text}\n", encoding="utf-8")
        draft.replace(checkout.git_directory / file)
    note.unlink()
