"""What this clone is among those that share: its name, and when the remote has last answered it.

Both are files of ours in the common git directory. An owner's name and a host do not tell clones
apart: two on one machine may both have an "agent-1". A folder that is moved stays the same clone;
one that is copied, such as from a cache, is another one.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.files import first_line, last_fetch
from plan_worktree.project.home import Home

CLONE = "plan-worktree.clone"
ASKED = "plan-worktree.asked"
# The name, and the number that the file system has for the git directory, which no copy has.
_NAME = re.compile("([0-9a-f]{8}) ([0-9]+)")


def clone_name(git_directory: Path) -> str:
    """Return the name of the clone with a common git directory, "" while it has none."""
    said = _NAME.fullmatch(first_line(git_directory / CLONE))
    return said[1] if said and said[2] == str(git_directory.stat().st_ino) else ""


def name_clone(git_directory: Path) -> str:
    """Return the name of a clone, and give it one where it has none.

    Must run under the repository lock. Raises OSError.
    """
    if not clone_name(git_directory):
        import secrets  # takes longer to import than what most commands need of this module

        draft = git_directory / f"{CLONE}.new"
        number = git_directory.stat().st_ino
        draft.write_text(f"{secrets.token_hex(4)} {number}\n", encoding="ascii")
        draft.replace(git_directory / CLONE)
    return clone_name(git_directory)


def note_answer(git_directory: Path, plan_id: str, when: float) -> None:
    """Note that the remote has told all that it had of a plan at a time (seconds since 1970)."""
    path = git_directory / f"{ASKED}.{plan_id}"
    with suppress(OSError):
        path.touch()
        os.utime(path, (when, when))


def last_answer(git_directory: Path, plan_id: str) -> float | None:
    """Return as of when it is known what the remote has of a plan; None when it never was."""
    try:
        return (git_directory / f"{ASKED}.{plan_id}").stat().st_mtime
    except OSError:
        return None


def seconds_since_answer(git_directory: Path, plan_id: str) -> float | None:
    """Return how many seconds ago the remote has told what it has of a plan; None when never.

    An answer that lies ahead, since the clock was set back, is as old as it lies ahead: else nobody
    would ask again until then.
    """
    when = last_answer(git_directory, plan_id)
    return None if when is None else abs(time.time() - when)


class Shared(NamedTuple):
    """The remote through which a clone shares plans, and when it has last answered.

    `age` is in seconds, None where it never has.
    """

    remote: str
    age: float | None


def read_shared(home: Home, plan_id: str) -> Shared | None:
    """Return how a clone shares a plan, None where it does not. Raises Refused and GitError."""
    remote = home.settings.shared_through()
    return Shared(remote, seconds_since_answer(home.git_directory, plan_id)) if remote else None


def last_asked(home: Home, plan_id: str) -> float | None:
    """Return when a remote was last asked (seconds since 1970, UTC), by a fetch or to share a plan.

    None where it never was. Raises Refused and GitError.
    """
    is_shared = home.settings.shared_through() is not None
    answered = last_answer(home.git_directory, plan_id) if is_shared else None
    times = [last_fetch(home.git_directory), answered]
    return max((when for when in times if when is not None), default=None)
