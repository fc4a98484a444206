"""A merge that conflicts, left open in a worktree as ``git merge`` would leave it.

Files and index first, MERGE_HEAD last (gitrepository-layout(5)): only with that it is a merge in
progress, and until then a note lets `advance.take_back` undo it.
"""

from __future__ import annotations

from plan_worktree.change.advance import move_files
from plan_worktree.change.workplace import Place
from plan_worktree.git import process
from plan_worktree.git.merge import merge_conflict


def leave_open(place: Place, revision: str, commit: str, name: str) -> None:
    """Begin to merge a commit, which people call `name`; conflict marks call it `revision`.

    Raises Refused, git.GitError and OSError.
    """
    conflict = merge_conflict(place.path, "HEAD", revision)
    note = move_files(place, conflict.tree)
    _unmerge(place, conflict.entries)
    message = f"Merge {name} into {place.branch}\n"
    for file, text in (("MERGE_MSG", message), ("MERGE_MODE", "no-ff"), ("MERGE_HEAD", commit)):
        draft = place.git_directory / f"{file}.plan-worktree"
        draft.write_text(text if file != "MERGE_HEAD" else f"{text}\n", encoding="utf-8")
        draft.replace(place.git_directory / file)
    note.unlink()


def _unmerge(place: Place, entries: tuple[str, ...]) -> None:
    """Give the index the three sides of each path that conflicts."""
    paths = dict.fromkeys(entry.partition("\t")[2] for entry in entries)
    nothing = "0" * len(place.head)
    lines = [f"0 {nothing}\t{path}" for path in paths]
    given = "".join(f"{line}\0" for line in (*lines, *entries))
    process.run(place.path, "update-index", "-z", "--index-info", stdin=given)
