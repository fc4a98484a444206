"""setup --each: a command in every new worktree, several at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.repository import locate
from plan_worktree.git.worktrees import changes
from plan_worktree.project.home import Home
from plan_worktree.project.logs import new_log
from plan_worktree.project.processes import cores
from plan_worktree.project.shell import Command, stage_variables
from plan_worktree.worktrees.notes import note_left


class Each(NamedTuple):
    """What is asked for: a shell command, and in how many worktrees at once it may run.

    A command that has not ended after `timeout` seconds is ended, with all it has started.
    """

    command: str
    timeout: float | None = None
    jobs: int | None = None

    @property
    def at_once(self) -> int:
        """How many commands may run at once: as many as there are processors, unless told."""
        return self.jobs or cores()


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended for a stage, after how many seconds, and what holds its output.

    `code` is None when it took too long.
    """

    stage: str
    code: int | None
    seconds: float
    log: Path


class EachWatcher(NamedTuple):
    """Whom a run tells how it goes: of a line that a stage's command printed, and of its end."""

    said: Callable[[str, str], None]
    ended: Callable[[Ended], None]


def run_each(
    each: Each, plan_id: str, home: Home, places: Sequence[tuple[str, Path]], watcher: EachWatcher
) -> list[Ended]:
    """Run a shell command in the worktrees of stages, each with a log of its own.

    Raises OSError when a log cannot be written.
    """
    run = _Run(each, plan_id, home, watcher)
    with ThreadPoolExecutor(each.at_once) as pool:
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

    each: Each
    plan_id: str
    home: Home
    watcher: EachWatcher
    started: list[Command] = field(default_factory=list)
    interrupted: threading.Event = field(default_factory=threading.Event)


def _one(run: _Run, place: tuple[str, Path]) -> Ended:
    stage, worktree = place
    log = new_log(run.home.git_directory, run.plan_id, stage, "each")
    began = time.monotonic()
    with log.open("wb", buffering=0) as file:

        def keep(line: str) -> None:
            file.write(line.encode("utf-8", "surrogateescape") + b"\n")
            run.watcher.said(stage, line)

        variables = stage_variables(run.home.root, run.plan_id, stage)
        command = Command(run.each.command, worktree, variables, keep)
        run.started.append(command)
        if run.interrupted.is_set():  # just before it was in the list
            command.end()
        code = command.wait(run.each.timeout)
    ended = Ended(stage, code, time.monotonic() - began, log)
    run.watcher.ended(ended)
    return ended
