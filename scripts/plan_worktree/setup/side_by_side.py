"""Commands that run in several worktrees at once, each with a log; an interrupt ends them all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.logs import new_log
from plan_worktree.project.processes import cores
from plan_worktree.project.shell import Command

One = TypeVar("One")
Result = TypeVar("Result")


class Limits(NamedTuple):
    """In how many worktrees at once commands may run, and how many seconds each may take.

    A command that takes longer is ended, with all it has started.
    """

    timeout: float | None = None
    jobs: int | None = None

    @property
    def at_once(self) -> int:
        """How many may run at once: as many as there are processors, unless told."""
        return self.jobs or cores()


class Watch(NamedTuple, Generic[Result]):
    """Whom a run tells how it goes: of a line that a stage's command printed, and of its end."""

    said: Callable[[str, str], None]
    ended: Callable[[Result], None]


class Log(NamedTuple):
    """The log of a stage's commands that run, and what writes a line to it."""

    path: Path
    write: Callable[[str], None]


@contextmanager
def stage_log(
    opened: Opened, stage: str, what: str, said: Callable[[str, str], None]
) -> Iterator[Log]:
    """Yield a new log for a stage, named after `what` is run; `said` is told each line as well.

    Raises OSError when the log cannot be written.
    """
    path = new_log(opened.require_home().git_directory, opened.plan.plan_id, stage, what)
    with path.open("wb", buffering=0) as file:

        def write(line: str) -> None:
            file.write(line.encode("utf-8", "surrogateescape") + b"\n")
            said(stage, line)

        yield Log(path, write)


class Running:
    """The commands that run now."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._started: list[Command] = []
        self._is_over = threading.Event()

    def run(
        self, line: str, worktree: Path, variables: Mapping[str, str], say: Callable[[str], None]
    ) -> int | None:
        """Run one; return its exit code (minus a signal's number), None when it took too long."""
        command = Command(line, worktree, variables, say)
        self._started.append(command)
        if self._is_over.is_set():  # just before it was in the list
            command.end()
        return command.wait(self.limits.timeout)

    def end(self) -> None:
        """End all of them, and what is started from now on."""
        self._is_over.set()
        for command in self._started:
            command.end()


def side_by_side(
    limits: Limits, work: Callable[[Running, One], Result], each: Sequence[One]
) -> list[Result]:
    """Do the same work for several things at once; return what came of each, in their order."""
    running = Running(limits)
    with ThreadPoolExecutor(limits.at_once) as pool:
        try:
            ends = [pool.submit(work, running, one) for one in each]
            # A signal that comes just before a wait is heeded when that ends, so none is for ever.
            while wait(ends, timeout=0.2).not_done:
                pass
            return [end.result() for end in ends]
        except BaseException:  # interrupted: a terminal does not tell groups of their own
            pool.shutdown(wait=False, cancel_futures=True)
            running.end()
            raise
