"""The one lock under which the repository is changed.

It is a lock of the operating system on a file in the common git directory: a process that is
killed lets go of it, so there is never a stale lock to remove.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plan_worktree.lifecycle.home import Home

LOCK_FILE = "plan-worktree.lock"


@contextmanager
def repository_lock(home: Home, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the repository's lock; when another process has it, say so once and wait.

    Raises OSError where the git directory cannot be written.
    """
    from filelock import FileLock, Timeout  # costs 25 ms, and only changes need it

    lock = FileLock(home.git_directory / LOCK_FILE)
    try:
        lock.acquire(timeout=0.2)
    except Timeout:
        waiting("waiting for another plan-worktree that is changing this repository…")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
