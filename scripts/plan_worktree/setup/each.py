"""setup --each: a command in every new worktree, several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.project.processes import cores
from plan_worktree.project.shell import Command

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended for a stage; `code` is None when it took too long."""

    stage: str
    code: int | None


def run_each(
    command: str, places: Sequence[tuple[str, Path]], timeout: float | None, say: Say
) -> list[Ended]:
    """Run a shell command in the worktrees of stages; `say` gets stage and line of its output.

    A command that has not ended after `timeout` seconds is ended, with all it has started.
    """
    run = _Run(command, timeout, say, [], threading.Event())
    with ThreadPoolExecutor(cores()) as pool:
        try:
            ends = [pool.submit(_one, run, place) for place in places]
            # A signal that comes just before a wait is heeded when that ends, so none is for ever.
            while wait(ends, timeout=0.2).not_done:
                pass
            return [end.result() for end in ends]
        except BaseException:  # interrupted: a terminal does not tell groups of their own
            run.interrupted.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for started in run.started:
                started.end()
            raise


@dataclass(frozen=True, slots=True)
class _Run:
    """What the commands of one run share."""

    command: str
    timeout: float | None
    say: Say
    started: list[Command]
    interrupted: threading.Event


def _one(run: _Run, place: tuple[str, Path]) -> Ended:
    stage, worktree = place
    command = Command(run.command, worktree, lambda line: run.say(stage, line))
    run.started.append(command)
    if run.interrupted.is_set():  # just before it was in the list
        command.end()
    return Ended(stage, command.wait(run.timeout))
