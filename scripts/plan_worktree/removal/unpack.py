"""Fills a fresh worktree from a snapshot: what snapshot.py writes, read back.

First the files as the index has them, then byte for byte those that differed, then the index's
flags and conflicts, at last HEAD and the files of an operation in progress.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from plan_worktree.git import process
from plan_worktree.git.process import GitError
from plan_worktree.worktrees.include import is_inside

_HEAD, _INDEX, _NOTES = "^1", "^2", "^3"
_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}


def thaw(root: Path, snapshot: str, worktree: Path, git_directory: Path) -> None:
    """Fill a worktree that has no files yet. Raises git.GitError and OSError."""
    notes = _blobs(root, snapshot + _NOTES)
    state = {name: blob for name, blob in notes.items() if name.startswith("state/")}
    settings = ("state/config.worktree", "state/info/sparse-checkout")
    for name in settings:  # they decide which files there are
        if name in state:
            _write(git_directory / name.removeprefix("state/"), _read(root, state[name]))
    process.run(worktree, "read-tree", "--reset", "-u", snapshot + _INDEX)
    # What git skips was saved when it was there.
    for path in (*_list(root, notes, "gone"), *_list(root, notes, "skipped")):
        _delete(worktree, path)
    _write_files(root, snapshot, worktree, _list(root, notes, "files"))
    # An index that knows sizes takes another size for another content, and does not look.
    process.run(worktree, "read-tree", snapshot + _INDEX)
    _mend_index(root, worktree, notes, nothing="0" * len(snapshot))
    for name, blob in state.items():
        if name not in settings:
            _write(git_directory / name.removeprefix("state/"), _read(root, blob))
    _write(git_directory / "HEAD", _read(root, notes["notes/head"]))


def _blobs(root: Path, tree: str) -> dict[str, str]:
    """Return the blobs of a tree by path."""
    listed = process.run(root, "ls-tree", "-r", "-z", "--full-tree", tree).stdout.split("\0")[:-1]
    entries = (line.partition("\t") for line in listed)
    return {path: said.split()[2] for said, _, path in entries}


def _read(root: Path, blob: str) -> bytes:
    return process.run(root, "cat-file", "blob", blob).stdout.encode("utf-8", "surrogateescape")


def _list(root: Path, notes: dict[str, str], name: str) -> list[str]:
    blob = notes.get(f"notes/{name}")
    if blob is None:
        return []
    return _read(root, blob).decode("utf-8", "surrogateescape").split("\0")[:-1]


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
    blobs = _blobs(root, snapshot) if lines else {}
    files = [line.split(" ", 2) for line in lines]
    with _reader(root) as opened:
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


@contextmanager
def _reader(root: Path) -> Iterator[Callable[[str], Iterator[bytes]]]:
    """Yield a function that reads a blob in pieces, all of it before the next is asked for.

    git-cat-file(1), "BATCH OUTPUT".
    """
    reader = process.start(root, ("cat-file", "--batch"), has_stdin=True)
    stdin, stdout = reader.stdin, reader.stdout

    def read(blob: str) -> Iterator[bytes]:
        if stdin is None or stdout is None:  # pragma: no cover - both are pipes
            return
        stdin.write(f"{blob}\n".encode())
        stdin.flush()
        said = stdout.readline().split()
        if len(said) != 3:
            raise GitError(("cat-file", "--batch"), 1, f"{blob} is missing")
        left = int(said[2])
        while left:
            piece = stdout.read(min(left, 1 << 20))
            left -= len(piece)
            yield piece
        stdout.read(1)

    try:
        yield read
    finally:
        reader.kill()
        reader.communicate()


def _mend_index(root: Path, worktree: Path, notes: dict[str, str], nothing: str) -> None:
    """Give the index its conflicts and flags; `nothing` is the null object's name."""
    conflicts = _list(root, notes, "conflicts")
    if conflicts:
        paths = dict.fromkeys(line.partition("\t")[2] for line in conflicts)
        lines = [f"0 {nothing}\t{path}" for path in paths] + conflicts
        _to_index(worktree, "--index-info", lines)
    intended = _list(root, notes, "intended")
    if intended:
        # Git wants a file for it, which may have been deleted since.
        gone = [path for path in intended if not os.path.lexists(worktree / path)]
        for path in gone:
            _write(worktree / path, b"")
        flags = ("--intent-to-add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul")
        asked = "".join(f"{path}\0" for path in intended)
        process.run(worktree, "add", *flags, stdin=asked, variables=_LITERAL)
        for path in gone:
            _delete(worktree, path)
    process.run(worktree, "update-index", "-q", "--refresh", ok=(0, 1))
    for name, flag in (("assumed", "--assume-unchanged"), ("skipped", "--skip-worktree")):
        _to_index(worktree, flag, _list(root, notes, name), "--stdin")


def _to_index(worktree: Path, flag: str, lines: list[str], *more: str) -> None:
    if lines:
        asked = "".join(f"{line}\0" for line in lines)
        process.run(worktree, "update-index", "-z", flag, *more, stdin=asked)
