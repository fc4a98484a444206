"""One file that `init` adds to a project, or leaves alone; decided before anything is written.

An empty file counts as none: a killed `init` may leave one, and there is nothing in it to lose.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from plan_worktree.git.index import tracked_paths
from plan_worktree.git.objects.lookup import committed_file
from plan_worktree.planfiles.replace import delete_drafts, replace_bytes
from plan_worktree.worktrees.include import is_inside

Action = Literal["added", "changed", "updated", "kept", "left", "skipped"]


@dataclass(frozen=True)
class Addition:
    """What becomes of one file.

    `file` is relative to the root of the worktree, with ``/``. `why` is for a person, and ends
    with what to do, maybe with lines to paste. `content` is what to write and `before` what was
    read, None for a file that does not exist. `link` is what to link to, in place of a file.
    """

    part: str
    file: str
    action: Action
    why: str = ""
    content: bytes | None = None
    before: bytes | None = None
    link: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether something is to be written."""
        return self.content is not None or self.link is not None


def read(root: Path, file: str) -> tuple[bytes | None, str]:
    """Return the content of a file of the project, None when there is none; and what is unusual.

    What is no plain file of this repository is unusual, and not read. Raises GitError, OSError.
    """
    path, parents = root / file, PurePosixPath(file).parents
    index = _index(root, PurePosixPath(file).parts[0])
    # A folder that is an entry of the index is a submodule, also one that was never filled.
    other = any(str(at) in index or os.path.lexists(root / at / ".git") for at in parents[:-1])
    if other or not is_inside(root, path.parent):
        return None, f"{file} would lie behind a link, a file or in another repository"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return None, f"{file} is no plain file"
    if path.exists():
        return path.read_bytes(), ""
    gone = f"git has {file} and the disk does not (git restore, git sparse-checkout add)"
    return None, gone if file in index else ""


@lru_cache(maxsize=8)  # many files of ours lie in one folder, and every process counts
def _index(root: Path, top: str) -> frozenset[str]:
    """Return the paths that the index has at or below a name in the root."""
    return tracked_paths(root, top)


def copy_of_ours(root: Path, part: str, file: str, content: bytes) -> Addition:
    """Decide what becomes of a file that is ours from the first byte to the last.

    An older one is replaced where the last commit has it just as it is, so that nothing can be
    lost. Raises GitError and OSError.
    """
    before, unusual = read(root, file)
    if unusual:
        return Addition(part, file, "left", f"{unusual}: make room for it, then init again")
    if not before:
        return Addition(part, file, "added", "", content, before)
    if _in_lines(before) == content:
        return Addition(part, file, "kept")
    if _in_lines(before) == _in_lines(committed_file(root, file) or b""):
        return Addition(part, file, "updated", "", content, before)
    why = f"{file} differs, and git does not have it as it is: commit or delete it, then init again"
    return Addition(part, file, "left", why)


def _in_lines(content: bytes) -> bytes:
    """Return content as git keeps it where line ends are converted."""
    return content.replace(b"\r\n", b"\n")


def write(root: Path, addition: Addition) -> None:
    """Write what was decided. Raises ChangedMeanwhile and OSError."""
    path = root / addition.file
    if not addition.is_new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if addition.content is None:
        path.symlink_to(addition.link or "", target_is_directory=True)
        return
    delete_drafts(path)
    if addition.before is None:
        path.touch(exist_ok=False)  # somebody else's stays, if one was made just now
    replace_bytes(path, addition.before or b"", addition.content)
