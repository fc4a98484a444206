"""setup --each: a command in every new worktree, several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.git.repository import locate
from plan_worktree.git.worktrees import changes
from plan_worktree.project.processes import cores
from plan_worktree.project.shell import Command
from plan_worktree.worktrees.notes import note_left

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


def left_untracked(places: Sequence[tuple[str, Path]]) -> tuple[dict[str, list[str]], Path]:
    """Note what is untracked in the worktrees of stages; return each path with the stages' ids.

    And the repository's own file of patterns that are ignored (gitignore(5)). Raises GitError and
    OSError.
    """
    found: dict[str, list[str]] = {}
    for stage, worktree in places:
        left = changes(worktree).untracked
        place = locate(worktree)
        if left and place:
            note_left(place.git_directory, left)
        for path in left:
            found.setdefault(path, []).append(stage)
    location = locate(places[0][1])
    common = location.common_directory if location else places[0][1] / ".git"
    return found, common / "info" / "exclude"


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
