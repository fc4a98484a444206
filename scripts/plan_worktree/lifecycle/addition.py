"""One file that `init` adds to a project, or leaves alone; decided before anything is written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
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


def read(root: Path, file: str) -> bytes | None:
    """Return the content of a file of the project; None when there is none. Raises OSError."""
    path = root / file
    return path.read_bytes() if os.path.lexists(path) else None


def copies(root: Path, part: str, sources: Iterable[tuple[str, bytes]]) -> list[Addition]:
    """Decide what becomes of files that are ours from the first byte to the last.

    An older one is replaced where git has it just as it is, so that nothing can be lost.
    """
    wanted = dict(sources)
    found = {file: read(root, file) for file in wanted if is_inside(root, (root / file).parent)}
    safe = _as_committed(root, [file for file, text in found.items() if text is not None])
    return [_copy(part, file, content, found, safe) for file, content in wanted.items()]


def _copy(
    part: str, file: str, content: bytes, found: dict[str, bytes | None], safe: frozenset[str]
) -> Addition:
    if file not in found:
        why = f"{file} lies behind a link or a file, which may be anybody's: make it a folder"
        return Addition(part, file, "left", why=why)
    before = found[file]
    if before is None:
        return Addition(part, file, "added", content)
    if before.replace(b"\r\n", b"\n") == content:
        return Addition(part, file, "kept")
    if file in safe:
        return Addition(part, file, "updated", content, before)
    why = (
        f"{file} differs, and git does not have it as it is: commit or delete it, and run it again"
    )
    return Addition(part, file, "left", why=why)


def _as_committed(root: Path, files: list[str]) -> frozenset[str]:
    """Return those of the files whose content is that of the last commit."""
    if not files:
        return frozenset()
    # Any other letter marks a file that `git status` was told not to look at (git-ls-files(1)).
    listed = git.run(root, "--literal-pathspecs", "ls-files", "-v", "-z", "--", *files).stdout
    tracked = {entry[2:] for entry in listed.split("\0") if entry.startswith("H ")}
    command = ("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames", "--")
    changed = git.run(root, "--literal-pathspecs", *command, *files).stdout.split("\0")
    links = {file for file in files if (root / file).is_symlink()}  # git has not what they lead to
    return frozenset(tracked - links - {entry[3:] for entry in changed})


def write(root: Path, addition: Addition) -> None:
    """Write what was decided. Raises ChangedMeanwhile and OSError."""
    if addition.content is None:
        return
    path = root / addition.file
    path.parent.mkdir(parents=True, exist_ok=True)
    delete_drafts(path)
    if addition.before is not None:
        replace_bytes(path, addition.before, addition.content)
        return
    # Whole or not at all: a file that was killed half-way would look like somebody's own.
    handle, name = tempfile.mkstemp(DRAFT, f".{path.name}.", path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(addition.content)
        draft.chmod(0o644)
        os.link(draft, path)
    except FileExistsError:
        raise ChangedMeanwhile([f"{path} was made by somebody else just now: init again"]) from None
    finally:
        draft.unlink(missing_ok=True)
