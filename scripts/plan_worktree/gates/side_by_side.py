"""Commands that run, maybe in several worktrees at once; an interrupt ends them all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from plan_worktree.gates.command import Command, deferred_signals
from plan_worktree.project.processes import cores

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
    """Whom a run tells how it goes: what a stage's command printed, raw, and how it ended."""

    said: Callable[[str, bytes], None]
    ended: Callable[[Result], None]


class Running:
    """The commands that run now. Any thread may start one, or end all of them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._commands: set[Command] = set()
        self._is_over = threading.Event()

    def run(
        self,
        line: str,
        worktree: Path,
        variables: Mapping[str, str],
        take: Callable[[bytes], None],
        *,
        leaves_some: bool = False,
    ) -> int | None:
        """Run one; return its exit code (minus a signal's number), None when it took too long.

        `take` gets what it prints; for `leaves_some` see `Command.wait`. Raises OSError.
        """
        command = None
        try:
            with deferred_signals():  # else one could come between its start and our knowing of it
                command = Command(line, worktree, variables, take)
                self._commands.add(command)
            if self._is_over.is_set():  # just before it was in the set
                command.end()
            return command.wait(self.limits.timeout, leaves_some=leaves_some)
        except BaseException:
            if command:
                command.end()
            raise
        finally:
            if command:
                self._commands.discard(command)

    def end(self) -> None:
        """End all of them, and what is started from now on."""
        self._is_over.set()
        for command in tuple(self._commands):
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
