"""One run of a plan and a clone at a time, and one worker of a name.

Each holds a lock of the operating system on a file in the git common directory, so one that was
killed leaves none. Beside a run's lock stands a note that says where the run is.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from plan_worktree.project.home import Home
from plan_worktree.project.processes import began
from plan_worktree.project.refusal import Refused
from plan_worktree.running.workers.stopping import Stop
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import written

if TYPE_CHECKING:
    from filelock import FileLock

_LONGEST_NOTE = 10_000
# A run that has just begun needs so many seconds at most to say where it is.
_BEGINNING = 2.0


class Running(NamedTuple):
    """Where a run is: its process, when that began by the system's clock, and since when it runs.

    `place` is its terminal, empty without one.
    """

    pid: int
    began: str
    since: str
    place: str

    @property
    def words(self) -> str:
        """Say where it is."""
        place = f" at {self.place}" if self.place else ""
        return f"process {self.pid}{place}, since {self.since}"


def run_folder(home: Home, plan_id: str) -> Path:
    """Return the folder where a run keeps what it needs itself; safe to delete when none runs."""
    return home.git_directory / "plan-worktree" / "run" / plan_id


@contextmanager
def only_run(home: Home, plan_id: str) -> Iterator[None]:
    """Be the only run of a plan in a clone. Raises Refused that says where another one is."""
    lock = _lock(home, plan_id, "run")
    if not _acquired(lock):
        stop = f"plan-worktree run {quote(plan_id)} --stop"
        where = running_now(home, plan_id)
        said = f" ({where.words})" if where else ""
        raise Refused([f"a run of {plan_id} is at work already{said}; to end it: {stop}"])
    note = run_folder(home, plan_id) / "running.json"
    try:
        now = Running(os.getpid(), began(os.getpid()), written(time.time()), _terminal())
        draft = note.with_suffix(".new")
        draft.write_text(json.dumps(now._asdict()) + "\n", encoding="utf-8")
        draft.replace(note)
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def only_worker(
    home: Home, plan_id: str, owner: Owner, stop: Stop, waiting: Callable[[str], None]
) -> Iterator[None]:
    """Be the only worker of a name; wait until one that a killed run has left has ended.

    Raises KeyboardInterrupt when it is asked to end meanwhile.
    """
    key = sha256("\n".join(owner).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    lock = _lock(home, plan_id, f"worker-{key}")
    if not _acquired(lock):
        waiting(f"another worker called {owner.name} has not ended yet")
        with stop.waiting():
            while not _acquired(lock):
                stop.pause(0.2)
    try:
        yield
    finally:
        lock.release()


def running_now(home: Home, plan_id: str) -> Running | None:
    """Return where the run of a plan is; None where there is none, or it does not say."""
    end = time.monotonic() + _BEGINNING
    while not _is_free(home, plan_id):
        found = _read(run_folder(home, plan_id) / "running.json")
        if found and began(found.pid) == found.began:
            return found
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    return None


def stop_run(home: Home, plan_id: str) -> Running | None:
    """Ask the run of a plan to end, and wait until it has; return where it was, None without one.

    Raises Refused where it does not say where it is, or is somebody else's.
    """
    if _is_free(home, plan_id):
        return None
    where = running_now(home, plan_id)
    if where is None:
        if _is_free(home, plan_id):
            return None
        raise Refused([f"the run of {plan_id} does not say which process it is"])
    try:
        os.kill(where.pid, signal.SIGTERM)
    except ProcessLookupError:
        return where
    except PermissionError:
        raise Refused([f"the run of {plan_id} is somebody else's: {where.words}"]) from None
    while not _is_free(home, plan_id):
        time.sleep(0.1)
    return where


def _is_free(home: Home, plan_id: str) -> bool:
    lock = _lock(home, plan_id, "run")
    if not _acquired(lock):
        return False
    lock.release()
    return True


def _lock(home: Home, plan_id: str, name: str) -> FileLock:
    from filelock import FileLock  # costs 25 ms

    folder = run_folder(home, plan_id)
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{name}.lock")


def _acquired(lock: FileLock) -> bool:
    from filelock import Timeout

    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _read(note: Path) -> Running | None:
    try:
        with note.open(encoding="utf-8", errors="replace") as file:
            said = json.loads(file.read(_LONGEST_NOTE))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or set(said) != set(Running._fields):
        return None
    pid, *rest = (said[name] for name in Running._fields)
    is_sound = isinstance(pid, int) and pid > 1 and all(isinstance(part, str) for part in rest)
    return Running(pid, *rest) if is_sound else None


def _terminal() -> str:
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            if stream.isatty():
                return os.ttyname(stream.fileno())
    return ""
