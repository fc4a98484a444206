"""What lies in worktrees: git looks into several at once, and gives up one on a dead disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.process import GitError
from plan_worktree.project.processes import cores

# How long a worktree may take to answer, in seconds. A cold one of 100,000 files takes a tenth.
PATIENCE = 60.0

# What was seen in worktrees, or why git could not look into one.
Seen: TypeAlias = "dict[Path, gitworktrees.Changes | GitError]"


def begin_looks(worktrees: Iterable[Path]) -> Callable[[], Seen]:
    """Look into worktrees, several at once; return what waits for all of them to be seen."""
    asked = list(dict.fromkeys(worktrees))
    left = iter(asked)
    seen: Seen = {}

    def look() -> None:
        for path in left:
            try:
                seen[path] = gitworktrees.changes(path, PATIENCE)
            except GitError as error:
                seen[path] = error

    # A thread on a dead disk only waits, so there is one more than there are cores.
    threads = [Thread(target=look, daemon=True) for _ in range(min(cores() + 1, len(asked)))]
    for thread in threads:
        thread.start()

    def wait() -> Seen:
        for thread in threads:
            thread.join()
        return seen

    return wait
