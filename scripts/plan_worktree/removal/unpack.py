"""Fills a fresh worktree from a snapshot: what snapshot.py writes, read back.

First the files as the index has them, then byte for byte those that differed, then the index's
flags and conflicts, at last HEAD and the files of an operation in progress.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from plan_worktree.git import index as gitindex
from plan_worktree.git.index import IndexEntry
from plan_worktree.git.objects.lookup import blob_reader, read_blob, tree_files
from plan_worktree.worktrees.include import is_inside

_HEAD, _INDEX, _NOTES = "^1", "^2", "^3"


def thaw(root: Path, snapshot: str, worktree: Path, git_directory: Path) -> None:
    """Fill a worktree that has no files yet. Raises GitError and OSError."""
    notes = tree_files(root, snapshot + _NOTES)
    state = {name: blob for name, blob in notes.items() if name.startswith("state/")}
    settings = ("state/config.worktree", "state/info/sparse-checkout")
    for name in settings:  # they decide which files there are
        if name in state:
            _write(git_directory / name.removeprefix("state/"), read_blob(root, state[name]))
    gitindex.check_out_tree(worktree, snapshot + _INDEX)
    # What git skips was saved when it was there.
    for path in (*_list(root, notes, "gone"), *_list(root, notes, "skipped")):
        _delete(worktree, path)
    _write_files(root, snapshot, worktree, _list(root, notes, "files"))
    # An index that knows sizes takes another size for another content, and does not look.
    gitindex.read_tree(worktree, snapshot + _INDEX)
    _complete_index(root, worktree, notes)
    for name, blob in state.items():
        if name not in settings:
            _write(git_directory / name.removeprefix("state/"), read_blob(root, blob))
    _write(git_directory / "HEAD", read_blob(root, notes["notes/head"]))


def _list(root: Path, notes: dict[str, str], name: str) -> list[str]:
    blob = notes.get(f"notes/{name}")
    if blob is None:
        return []
    return read_blob(root, blob).decode("utf-8", "surrogateescape").split("\0")[:-1]


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def _delete(worktree: Path, path: str) -> None:
    folder = (worktree / path).parent
    if not is_inside(worktree, folder):  # a link stands there now: nothing of ours is behind it
        return
    if (worktree / path).is_dir() and not (worktree / path).is_symlink():
        return  # a folder has come in the place of a file
    (worktree / path).unlink(missing_ok=True)
    while folder != worktree:
        if folder.is_dir():
            if any(folder.iterdir()):
                return
            folder.rmdir()
        folder = folder.parent


def _write_files(root: Path, snapshot: str, worktree: Path, lines: list[str]) -> None:
    blobs = tree_files(root, snapshot) if lines else {}
    files = [line.split(" ", 2) for line in lines]
    with blob_reader(root) as opened:
        for mode, permissions, name in files:
            path = worktree / name
            _make_way(worktree, path)
            content = opened(blobs[name])
            if mode == "120000":
                path.symlink_to(os.fsdecode(b"".join(content)))
            else:
                with path.open("wb") as file:
                    file.writelines(content)
                path.chmod(int(permissions, 8))


def _make_way(worktree: Path, path: Path) -> None:
    """Make the folder of a file; what stands in the way came from the index, and is in it."""
    folder = path.parent
    for above in [*reversed(path.relative_to(worktree).parents)][1:]:
        if (worktree / above).is_symlink() or (worktree / above).is_file():
            (worktree / above).unlink()
    folder.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _complete_index(root: Path, worktree: Path, notes: dict[str, str]) -> None:
    """Give the index its conflicts and flags."""
    conflicts = [_side(line) for line in _list(root, notes, "conflicts")]
    if conflicts:
        gitindex.unmerge(worktree, conflicts)
    intended = _list(root, notes, "intended")
    if intended:
        # Git wants a file for it, which may have been deleted since.
        gone = [path for path in intended if not os.path.lexists(worktree / path)]
        for path in gone:
            _write(worktree / path, b"")
        gitindex.add_paths(worktree, intended, intent_only=True)
        for path in gone:
            _delete(worktree, path)
    gitindex.refresh(worktree)
    gitindex.assume_unchanged(worktree, _list(root, notes, "assumed"))
    gitindex.skip_worktree(worktree, _list(root, notes, "skipped"))


def _side(line: str) -> IndexEntry:
    """Read a line of the note "conflicts": mode, object and stage number, then the path."""
    said, _, path = line.partition("\t")
    mode, object_id, stage = said.split(" ")
    return IndexEntry(mode, object_id, path, int(stage))
