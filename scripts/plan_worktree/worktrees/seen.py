"""When the owner of a stage was last seen: a small file in its worktree's git directory.

The file's text is who has the stage, its modification time is when the owner was seen. `start`
writes it together with the claim; every later command of the owner sets its time, and so does the
plugin's hook (`scripts/plan_hook.py`, which has the name of the file and the minute by itself). The
claim's blob says when the owner was seen, too, but only `start` writes it: a blob that every
command swapped would be a race with whoever ends the claim. The time of a file races with nothing,
costs no git and no lock, cannot bring a claim back that has ended, and tells nothing about a claim
of anybody else. It may be deleted at any time: then the claim tells.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from plan_worktree.git.files import first_line

SEEN = "plan-worktree.seen"

# A time that is newer than this, in seconds, is left as it is.
MINUTE = 60.0


def note_owner(git_directory: Path, name: str, host: str) -> None:
    """Write down who has a stage, as seen now. A directory that cannot be written stays as it is.

    `git_directory` is that of the stage's worktree.
    """
    with suppress(OSError):
        (git_directory / SEEN).write_text(_text(name, host), encoding="utf-8")


def forget_owner(git_directory: Path) -> None:
    """Note that nobody has a stage any more: what looks for its owner has less to ask."""
    with suppress(OSError):
        (git_directory / SEEN).unlink()


def renew(git_directory: Path) -> None:
    """Note that the owner is seen now, at most once a minute. Without the file, nothing happens."""
    path = git_directory / SEEN
    with suppress(OSError):
        if not 0 <= time.time() - path.stat().st_mtime < MINUTE:
            os.utime(path)


def last_seen(git_directory: Path, name: str, host: str) -> float | None:
    """Return when an owner was seen (seconds since 1970); None where another one is noted."""
    path = git_directory / SEEN
    try:
        if path.read_text(encoding="utf-8", errors="replace") == _text(name, host):
            return path.stat().st_mtime
    except OSError:
        pass
    return None


def renew_around(here: Path, owner: tuple[str, str] | None) -> None:
    """Renew what a command that was typed in a folder tells of an owner. It never fails.

    An `owner` (name and host) renews all that is noted as theirs in the repository around. A
    command without a name renews the worktree that it runs in: who works there is the owner.
    """
    with suppress(OSError, ValueError):
        around = list(_git_directories(here))
        if owner is None:
            mine = [folder for folder in around if (folder / SEEN).exists()][:1]
        else:
            every = [common.glob(f"worktrees/*/{SEEN}") for common in map(_common, around)]
            noted = {path.parent for paths in every for path in paths}
            mine = [folder for folder in noted if last_seen(folder, *owner) is not None]
        for folder in mine:
            renew(folder)


def _git_directories(here: Path) -> Iterator[Path]:
    """Yield the git directories of the worktrees that a folder lies in, the innermost first.

    There are several where a submodule lies in a worktree.
    """
    real = Path(os.path.realpath(here))
    for folder in (real, *real.parents):
        git = folder / ".git"
        if git.is_dir():
            yield git
        elif (named := first_line(git)).startswith("gitdir: "):
            yield Path(os.path.normpath(folder / named.removeprefix("gitdir: ")))


def _common(git_directory: Path) -> Path:
    """Return the common directory of a git directory (gitrepository-layout(5), "commondir")."""
    return Path(os.path.normpath(git_directory / (first_line(git_directory / "commondir") or ".")))


def _text(name: str, host: str) -> str:
    return f"{name}\n{host}\n"
