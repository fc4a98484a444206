"""One file that `init` adds to a project, or leaves alone; decided before anything is written."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from plan_worktree import git
from plan_worktree.lifecycle.fix import DRAFT, ChangedMeanwhile, delete_drafts, replace_bytes
from plan_worktree.lifecycle.include import is_inside

Action = Literal["added", "changed", "updated", "kept", "left", "skipped"]


@dataclass(frozen=True)
class Addition:
    """What becomes of one file.

    `file` is relative to the root of the worktree, with ``/``. `content` is what to write and
    `before` what was read, None for a file that does not exist. `why` is for a person, and ends
    with what to do.
    """

    part: str
    file: str
    action: Action
    content: bytes | None = None
    before: bytes | None = None
    why: str = ""


class Unusual(Exception):
    """A file that is not to be touched; `str()` says what is unusual about it and what to do."""


def read(root: Path, file: str) -> bytes | None:
    """Return the content of a file of the project; None when there is none.

    Raises Unusual for what is no plain file of this repository, and OSError.
    """
    path = root / file
    if not is_inside(root, path.parent) or _other_repository(root, file):
        raise Unusual(f"{file} would lie behind a link, a file or in another repository")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Unusual(f"{file} is no plain file")
    if path.exists():
        return path.read_bytes()
    if file in _indexed(root, file):
        raise Unusual(
            f"git has {file} and the disk does not (git restore, git sparse-checkout add)"
        )
    return None


def _other_repository(root: Path, file: str) -> bool:
    folders = [str(folder) for folder in PurePosixPath(file).parents][:-1]
    if any(os.path.lexists(root / folder / ".git") for folder in folders):
        return True
    # A submodule that was never filled is only an entry of the index.
    return any(_indexed(root, file).get(folder) == "160000" for folder in folders)


def _indexed(root: Path, file: str) -> dict[str, str]:
    """Return the paths and modes that the index has where a file's topmost folder is."""
    return _listed(root, PurePosixPath(file).parts[0])


# Many files of ours lie in one folder, and every process counts.
@lru_cache(maxsize=8)
def _listed(root: Path, top: str) -> dict[str, str]:
    """Return paths and modes of the index (git-ls-files(1), `--stage`)."""
    listed = git.run(root, "--literal-pathspecs", "ls-files", "-s", "-z", "--", top).stdout
    entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
    return {path: about.partition(" ")[0] for about, _, path in entries}


def copies(root: Path, part: str, sources: Iterable[tuple[str, bytes]]) -> list[Addition]:
    """Decide what becomes of files that are ours from the first byte to the last.

    An older one is replaced where git has it just as it is, so that nothing can be lost. Raises
    git.GitError and OSError.
    """
    wanted = dict(sources)
    committed = _committed(root, list(wanted))
    return [_copy(root, part, file, text, committed.get(file)) for file, text in wanted.items()]


def _copy(root: Path, part: str, file: str, content: bytes, committed: str | None) -> Addition:
    try:
        before = read(root, file)
    except Unusual as unusual:
        return Addition(part, file, "left", why=f"{unusual}: make room for it, then init again")
    if before is None:
        return Addition(part, file, "added", content)
    if _in_lines(before) == content:
        return Addition(part, file, "kept")
    if committed in (_blob(before, committed), _blob(_in_lines(before), committed)):
        return Addition(part, file, "updated", content, before)
    why = f"{file} differs, and git does not have it as it is: commit or delete it, then init again"
    return Addition(part, file, "left", why=why)


def _committed(root: Path, files: list[str]) -> dict[str, str]:
    """Return the names of the objects that the last commit has for the files."""
    tree = ("ls-tree", "-r", "-z", "--full-tree", "HEAD", "--", *files)
    listed = git.run(root, "--literal-pathspecs", *tree, ok=(0, 128)).stdout
    entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
    return {file: about.split()[2] for about, _, file in entries}


def _blob(content: bytes, like: str | None) -> str:
    """Return the name that git gives to content (gitformat-pack(5)): SHA-1, or SHA-256."""
    make = hashlib.sha256 if like and len(like) == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _in_lines(content: bytes) -> bytes:
    """Return content as git keeps it where line ends are converted."""
    return content.replace(b"\r\n", b"\n")


def write(root: Path, addition: Addition) -> None:
    """Write what was decided. Raises ChangedMeanwhile and OSError."""
    path = root / addition.file
    if addition.action in {"left", "skipped"}:
        return
    if path.parent.is_dir():
        delete_drafts(path)
    if addition.content is None:
        return
    if addition.before is not None:
        replace_bytes(path, addition.before, addition.content)
        return
    # Whole or not at all: a file that was killed half-way would look like somebody's own.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f".{path.name}.{secrets.token_hex(4)}{DRAFT}"
    try:
        draft.write_bytes(addition.content)
        _take_place(draft, path)
    except FileExistsError:
        raise ChangedMeanwhile([f"{path} was made by somebody else just now: init again"]) from None
    finally:
        draft.unlink(missing_ok=True)


def _take_place(draft: Path, path: Path) -> None:
    """Give a file its name, which nobody must have. Raises FileExistsError and OSError."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError from None
        draft.rename(path)
