"""One attempt of an agent on a stage: started with its brief, watched, ended with all it started.

The brief is a file beside the log; it is the agent's standard input, and goes when that ends. What
an agent leaves running is ended, also what has left its process group, where the system tells.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from plan_worktree.gates.command import Command, deferred_signals
from plan_worktree.gates.gates import Site
from plan_worktree.gates.logs import Log, end_of, new_log
from plan_worktree.gates.plain import plain_lines
from plan_worktree.project.home import Home
from plan_worktree.project.processes import processes_with
from plan_worktree.project.variables import stage_variables
from plan_worktree.running.workers.agents import Agent
from plan_worktree.running.workers.stopping import Stop
from plan_worktree.state.repository.owners import VARIABLE, Owner

# Names one attempt in the environment of all that it starts.
ATTEMPT = "PLAN_WORKTREE_ATTEMPT"
BRIEF = "PLAN_WORKTREE_BRIEF"
# An agent is looked at so often, in seconds.
_GLANCE = 0.5
# How long processes that were killed may need to be gone.
_GONE = 5.0
_LAST_LINES = 40


class Terms(NamedTuple):
    """How long an attempt may take, be silent, and go on when it is asked to end, in seconds."""

    timeout: float | None = None
    idle: float | None = None
    grace: float = 30.0


class End(StrEnum):
    """Why an attempt ended: by itself, or for what it was ended."""

    ITSELF = "itself"
    TIMEOUT = "timeout"
    IDLE = "idle"
    STOPPED = "stopped"


class Attempted(NamedTuple):
    """How an attempt ended: its exit code, why, after how long, and the last lines it printed."""

    code: int | None
    end: End
    seconds: float
    log: Path
    lines: tuple[str, ...]

    def words(self, terms: Terms) -> str:
        """Say how it ended that did not end well."""
        if self.end is End.TIMEOUT:
            return f"the agent took longer than {terms.timeout:g} s"
        if self.end is End.IDLE:
            return f"the agent printed nothing for {terms.idle:g} s"
        if self.end is End.STOPPED:
            return "the agent was asked to end"
        if self.code is not None and self.code < 0:
            return f"the agent was ended by signal {-self.code}"
        return f"the agent ended with exit code {self.code}"


class Attempt(NamedTuple):
    """What an attempt needs: the agent, where and for whom it works, what it is told."""

    agent: Agent
    site: Site
    owner: Owner
    brief: str
    terms: Terms


def run_attempt(
    wanted: Attempt, stop: Stop, begun: Callable[[Path], None], seen: Callable[[], None]
) -> Attempted:
    """Run an agent to its end. Raises Refused and OSError where its log cannot be written.

    `begun` hears where the log is, `seen` is called now and then while the agent is at work.
    """
    home, plan_id, stage, worktree, slot = wanted.site
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    watch = _Watch(wanted.terms, stop, seen)
    with new_log(home.git_directory, plan_id, stage, "agent") as log, _brief(log, wanted) as path:
        variables = {
            **stage_variables(home.root, plan_id, stage, slot),
            VARIABLE: wanted.owner.name,
            BRIEF: str(path),
            ATTEMPT: name,
        }

        def take(piece: bytes) -> None:
            watch.heard = time.monotonic()
            log.write(piece)

        commands: list[Command] = []
        try:
            with path.open("rb") as given, deferred_signals():
                # Else one could come between its start and our knowing of it.
                commands.append(Command(wanted.agent.command, worktree, variables, take, given))
            begun(log.path)
            end = watch.until_end(commands[0])
            code = commands[0].wait(0.0)
        finally:
            for command in commands:
                command.end()
            end_processes({ATTEMPT: name})
    lines = tuple(plain_lines(end_of(log.path))[-_LAST_LINES:])
    return Attempted(code, end, time.monotonic() - watch.began, log.path, lines)


class _Watch:
    """Waits for an agent's end, and ends it when its time is over."""

    def __init__(self, terms: Terms, stop: Stop, seen: Callable[[], None]) -> None:
        self._terms, self._stop, self._seen = terms, stop, seen
        self.began = self.heard = time.monotonic()

    def until_end(self, command: Command) -> End:
        """Return why it ended."""
        while not command.has_ended(_GLANCE):
            if (why := self._over()) is not End.ITSELF:
                command.ask_to_end()
                command.has_ended(self._terms.grace)
                return why
            self._seen()
        return End.STOPPED if self._stop.asked else End.ITSELF

    def _over(self) -> End:
        now, terms = time.monotonic(), self._terms
        if self._stop.asked:
            return End.STOPPED
        if terms.timeout is not None and now - self.began > terms.timeout:
            return End.TIMEOUT
        if terms.idle is not None and now - self.heard > terms.idle:
            return End.IDLE
        return End.ITSELF


@contextmanager
def _brief(log: Log, wanted: Attempt) -> Iterator[Path]:
    """Yield a file with the brief, beside the log; one that a killed worker has left goes."""
    for old in log.path.parent.glob("*-agent.md"):
        with suppress(OSError):
            old.unlink()
    path = log.path.with_suffix(".md")
    with path.open("xb") as file:
        file.write(wanted.brief.encode("utf-8", "surrogateescape"))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def end_processes(variables: Mapping[str, str], *has: str) -> int:
    """End all processes that have these variables in their environment; return how many.

    Those count alone that also have the variables called `has`, whatever their values.
    """
    ended: set[int] = set()
    until = time.monotonic() + _GONE
    # One that is killed may just have started another one.
    while (found := processes_with(variables, *has)) and time.monotonic() < until:
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        ended.update(found)
        time.sleep(0.02)
    return len(ended)


def end_processes_of(home: Home, plan_id: str, owner: str) -> int:
    """End what agents that worked for a plan under a name still do; return how many processes."""
    return end_processes({**_plan_variables(home, plan_id), VARIABLE: owner}, ATTEMPT)


def end_leftovers(site: Site) -> int:
    """End what agents of killed workers still do for a stage; return how many processes."""
    home, plan_id, stage, *_ = site
    return end_processes({**_plan_variables(home, plan_id), "PLAN_WORKTREE_STAGE": stage}, ATTEMPT)


def _plan_variables(home: Home, plan_id: str) -> dict[str, str]:
    return {"PLAN_WORKTREE_HOME": str(home.root), "PLAN_WORKTREE_PLAN": plan_id}
