"""Where workers run: on this machine. Another engine is another module that keeps to the protocol.

An engine starts worker loops (``plan-worktree work``), passes on what they say, and asks them to
end. It decides nothing: `schedule.py` does.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from plan_worktree.git.process import environment
from plan_worktree.running.workers.events import Event, read_event
from plan_worktree.running.workers.stopping import DRAIN

_PIECE = 1 << 16
# A worker's line is never so long; what is, is none of its.
_LONGEST = 1 << 20


class Heard(NamedTuple):
    """What a worker, by its number, has said, or the exit code with which it has ended."""

    worker: int
    event: Event | None = None
    code: int | None = None


class Engine(Protocol):
    """What a run needs of the place where its workers are."""

    def start(self, worker: int, words: Sequence[str], variables: Mapping[str, str]) -> None:
        """Start a worker: a command line of ours without the program's name."""

    def hear(self, seconds: float) -> list[Heard]:
        """Return what workers have said and which have ended; wait for so long at most."""

    def drain(self) -> None:
        """Have all workers finish what they are at, and begin nothing new."""

    def stop(self, *, at_once: bool) -> None:
        """Ask all workers to end: once, or as if they were asked a second time."""

    def close(self) -> None:
        """End whatever is left."""


def own_command(words: Sequence[str]) -> list[str]:
    """Return the command line that runs this very program with other words.

    Nothing is imported from the current directory, which may hold anything.
    """
    here = str(Path(__file__).resolve().parents[2])
    code = f"import sys; sys.path.insert(0, {here!r}); from plan_worktree.cli import main; "
    return [sys.executable, "-P", "-c", f"{code}sys.exit(main())", *words]


class _Process:
    """A worker's process, and what it has said of a line that has not ended."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.begun = b""

    def read(self) -> list[Event] | None:
        """Return what it says now; None when it has ended."""
        output = self.process.stdout
        piece = os.read(output.fileno(), _PIECE) if output else b""
        if not piece:
            return None
        *lines, self.begun = (self.begun + piece).split(b"\n")
        if len(self.begun) > _LONGEST:
            self.begun = b""
        found = (read_event(line.decode("utf-8", "replace")) for line in lines)
        return [one for one in found if one]


class Local:
    """Workers are processes on this machine, each in a session of its own.

    `where` is the directory they run in; what one says on stderr goes to a file in `folder`.
    """

    def __init__(self, where: Path, folder: Path) -> None:
        self._where, self._folder = where, folder
        self._workers: dict[int, _Process] = {}
        self._selector = selectors.DefaultSelector()

    def start(self, worker: int, words: Sequence[str], variables: Mapping[str, str]) -> None:
        """Start a worker. Raises OSError."""
        with (self._folder / f"worker-{worker + 1}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - this very program
                own_command(words),
                cwd=self._where,
                env={**environment(), **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        one = _Process(process)
        self._workers[worker] = one
        if process.stdout:
            self._selector.register(process.stdout, selectors.EVENT_READ, worker)

    def hear(self, seconds: float) -> list[Heard]:
        """Return what workers have said and which have ended."""
        if not self._workers:
            time.sleep(seconds)
            return []
        heard: list[Heard] = []
        for key, _ in self._selector.select(seconds):
            one = self._workers[key.data]
            said = one.read()
            if said is None:
                self._selector.unregister(key.fileobj)
                heard.append(Heard(key.data, code=self._ended(key.data)))
            else:
                heard += [Heard(key.data, event=event) for event in said]
        return heard

    def _ended(self, worker: int) -> int:
        process = self._workers.pop(worker).process
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        return process.wait()

    def drain(self) -> None:
        """Have all workers finish what they are at, and begin nothing new."""
        for one in self._workers.values():
            if one.process.stdin:
                with suppress(OSError):
                    one.process.stdin.write(f"{DRAIN}\n".encode())
                    one.process.stdin.flush()

    def stop(self, *, at_once: bool) -> None:
        """Ask all workers to end. A signal asks once, however often the supervisor is asked."""
        for one in self._workers.values():
            with suppress(OSError):
                one.process.send_signal(signal.SIGTERM)
                if at_once:  # it may not have been asked before
                    time.sleep(0.01)
                    one.process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """End whatever is left."""
        for worker in list(self._workers):
            one = self._workers[worker]
            with suppress(OSError):
                one.process.kill()
            self._ended(worker)
        self._selector.close()
