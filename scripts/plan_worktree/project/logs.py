"""Where the whole output of commands is kept: files in the git common directory, safe to delete."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

# So many files are kept for a stage: those that were begun last.
_MOST = 20


def new_log(git_directory: Path, plan_id: str, stage_id: str, what: str) -> Path:
    """Return the path of a new log; its name tells the UTC time and `what` is run.

    `git_directory` is the common one. Old logs of the stage are deleted. Raises OSError when no
    file can be made there.
    """
    folder = git_directory / "plan-worktree" / "logs" / plan_id / stage_id
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.log"))[: -_MOST + 1]:
        with suppress(OSError):
            old.unlink()
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    path = folder / f"{time}-{os.getpid()}-{what}.log"
    path.touch(exist_ok=False)
    return path


def tail(log: Path, lines: int) -> list[str]:
    """Return the last lines of a log, of which the first may be cut short. Raises OSError."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - (1 << 16)))
        text = file.read().decode("utf-8", "surrogateescape")
    return text.removesuffix("\n").split("\n")[-lines:] if text else []
