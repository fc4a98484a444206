"""A stage's gates run in a worktree, one after the other until one fails; each with a log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from plan_worktree.gates.command import ended_words
from plan_worktree.gates.logs import end_of, new_log
from plan_worktree.gates.plain import last_line
from plan_worktree.gates.side_by_side import Running
from plan_worktree.project.home import Home
from plan_worktree.project.variables import ports_words, stage_variables

# So many characters of the last line that a command printed are kept.
_LAST = 200
# How programs say that a port is taken: by libc, Node.js, Docker, Windows.
_TAKEN = re.compile(
    rb"address (already )?in use|EADDRINUSE|port is already allocated"
    rb"|only one usage of each socket address",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a command is run for; the logs are named after it.

    A gate leaves nothing running. A command of ``--each`` may start what the work needs.
    """

    GATE = "gate"
    EACH = "each"


class Site(NamedTuple):
    """Where commands run, and for which stage of which plan: what the logs are called after.

    `slot` is that of the worktree, None where an older version has set it up.
    """

    home: Home
    plan_id: str
    stage: str
    worktree: Path
    slot: int | None


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended for a stage, after how many seconds, and what holds its output.

    `code` is minus a signal's number, and None when it took too long. `last` is the last line that
    says something, plain. A gate that is `known` has passed before and was not run: it has no log.
    `advice` says which ports are its own where the output says that a port is taken.
    """

    stage: str
    line: str
    code: int | None
    seconds: float = 0.0
    log: Path | None = None
    last: str = ""
    known: bool = False
    advice: str = ""

    @property
    def passed(self) -> bool:
        """Whether it has passed, now or before."""
        return self.code == 0

    def failure(self, timeout: float | None = None) -> str:
        """Say how a command ended that did not pass, and where all is that it printed."""
        said = f"{ended_words(self.line, self.code, timeout)}; all that it printed: {self.log}"
        return f"{said}; {self.advice}" if self.advice else said


class Listener(NamedTuple):
    """Whom a run of gates tells how it goes: a gate that begins, what it prints, how it ended.

    What a gate prints comes raw and in pieces (`plain.Plain`), in a thread of its own. Nobody has
    to listen: an OSError or a ValueError of `heard` is ignored.
    """

    began: Callable[[str], None] = lambda _: None
    heard: Callable[[bytes], None] = lambda _: None
    ended: Callable[[Ran], None] = lambda _: None


def run_gates(
    running: Running,
    site: Site,
    gates: Iterable[str],
    listener: Listener,
    known: Container[str] = (),
) -> list[Ran]:
    """Run gates until one fails; return how each of them ended.

    Two of the same words are one gate. Those that are `known` to pass are not run. Raises Refused
    and OSError when a log cannot be written.
    """
    ran: list[Ran] = []
    for gate in dict.fromkeys(gates):
        if gate in known:
            one = Ran(site.stage, gate, 0, known=True)
        else:
            listener.began(gate)
            one = run_command(running, site, gate, Kind.GATE, listener.heard)
        listener.ended(one)
        ran.append(one)
        if not one.passed:
            break
    return ran


def run_command(
    running: Running, site: Site, line: str, kind: Kind, heard: Callable[[bytes], None]
) -> Ran:
    """Run a command line with a log of its own; raises like `run_gates`."""
    home, plan_id, stage, worktree, slot = site
    variables = stage_variables(home.root, plan_id, stage, slot)
    with new_log(home.git_directory, plan_id, stage, kind.value) as log:

        def take(piece: bytes) -> None:
            log.write(piece)
            with suppress(OSError, ValueError):  # nobody listens any more
                heard(piece)

        began = time.monotonic()
        leaves_some = kind is Kind.EACH
        code = running.run(line, worktree, variables, take, leaves_some=leaves_some)
        seconds = time.monotonic() - began
    end = end_of(log.path)
    advice = _of_ports(slot) if code and _TAKEN.search(end) else ""
    return Ran(stage, line, code, seconds, log.path, last_line(end)[:_LAST], advice=advice)


def _of_ports(slot: int | None) -> str:
    """Say where free ports are to be found, to somebody whose port is taken."""
    if slot is None:
        return "a port is taken, and this worktree has no slot yet: run setup again"
    return f"a port is taken, and this worktree has slot {slot}: {ports_words(slot)}"
