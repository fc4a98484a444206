"""What this clone is among those that share: its name, and when the remote has last answered it.

Both are files of ours in the common git directory. An owner's name and a host do not tell clones
apart: two on one machine may both have an "agent-1". A folder that is moved stays the same clone.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.files import first_line, last_fetch
from plan_worktree.project.home import Home

CLONE = "plan-worktree.clone"
ASKED = "plan-worktree.asked"
_NAME = re.compile("[0-9a-f]{8}")


def clone_name(git_directory: Path) -> str:
    """Return the name of the clone with a common git directory, "" while it has none."""
    name = first_line(git_directory / CLONE)
    return name if _NAME.fullmatch(name) else ""


def name_clone(git_directory: Path) -> str:
    """Return the name of a clone, and give it one where it has none.

    Must run under the repository lock. Raises OSError.
    """
    if not clone_name(git_directory):
        draft = git_directory / f"{CLONE}.new"
        draft.write_text(f"{secrets.token_hex(4)}\n", encoding="ascii")
        draft.replace(git_directory / CLONE)
    return clone_name(git_directory)


def note_answer(git_directory: Path) -> None:
    """Note that the remote through which plans are shared has answered now."""
    path = git_directory / ASKED
    with suppress(OSError):
        path.touch()
        os.utime(path)


def seconds_since_answer(git_directory: Path) -> float | None:
    """Return how many seconds ago the remote has answered; None when it never has."""
    try:
        return max(0.0, time.time() - (git_directory / ASKED).stat().st_mtime)
    except OSError:
        return None


class Shared(NamedTuple):
    """The remote through which a clone shares plans, and when it has last answered.

    `age` is in seconds, None where it never has.
    """

    remote: str
    age: float | None


def read_shared(home: Home) -> Shared | None:
    """Return how a clone shares, None where it does not. Raises Refused and GitError."""
    remote = home.settings.shared_through()
    return Shared(remote, seconds_since_answer(home.git_directory)) if remote else None


def last_asked(home: Home) -> float | None:
    """Return when a remote was last asked (seconds since 1970, UTC), by a fetch or to share plans.

    None where it never was. Raises Refused and GitError.
    """
    age = seconds_since_answer(home.git_directory) if home.settings.shared_through() else None
    times = [last_fetch(home.git_directory), None if age is None else time.time() - age]
    return max((when for when in times if when is not None), default=None)
