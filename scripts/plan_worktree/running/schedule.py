"""What a run does next, by how its workers stand: pure, and the same however they are started.

Workers take their stages themselves, so that nothing is handed to one that is gone. What is
decided here is which of them to start, again or for the first time, which stage nobody can work on
because it ends every worker, and when there is nothing more to be done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from plan_worktree.running.workers.events import Event, Kind

# A worker that has ended so often in a row on one stage is not started on it again.
MOST_DEATHS = 3
# Before it is started again, in seconds, after the first time, the second and so on.
_RESTS = (0.0, 1.0, 5.0)
# Exit codes: it has done what there was; somebody has to see to what is left; the environment.
_DONE, STUCK, _ENVIRONMENT = (0, 4, 5), 1, 3
_ENDED = (Kind.COMPLETE, Kind.BLOCKED, Kind.KEPT, Kind.LOST)


class Phase(StrEnum):
    """What a worker is at. One that is `LEFT` has no more to do, one that is `GONE` cannot."""

    OFF = "off"
    IDLE = "idle"
    WORKING = "working"
    LEFT = "left"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker: its phase, its stage, how often in a row it died, when it may be started.

    `knew` is how many stages were complete when it last said something, `why` why it has left.
    """

    phase: Phase = Phase.OFF
    stage: str | None = None
    deaths: int = 0
    after: float = 0.0
    knew: int = 0
    why: str | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a process of it."""
        return self.phase in (Phase.IDLE, Phase.WORKING)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands: its workers by number, and how many stages they completed.

    `stopping` says that it was asked to end, `drained` that no worker is to be started any more.
    """

    workers: tuple[Worker, ...]
    complete: int = 0
    stopping: bool = False
    drained: bool = False

    @property
    def busy(self) -> dict[int, str]:
        """The stages that are worked on, by the numbers of their workers."""
        return {n: w.stage for n, w in enumerate(self.workers) if w.stage and w.is_running}

    @property
    def is_idle(self) -> bool:
        """Whether workers run, and all that do wait for others."""
        running = [worker for worker in self.workers if worker.is_running]
        return bool(running) and all(w.phase is Phase.IDLE and w.why for w in running)

    def having(self, number: int, worker: Worker) -> Standing:
        """Return it with a worker as it is now."""
        workers = list(self.workers)
        workers[number] = worker
        return replace(self, workers=tuple(workers))

    def started(self, number: int) -> Standing:
        """Return it with a worker that was just started."""
        worker = self.workers[number]
        return self.having(number, replace(worker, phase=Phase.IDLE, why=None, knew=self.complete))

    def heard(self, number: int, one: Event) -> Standing:
        """Return it with what a worker has said."""
        worker, standing = self.workers[number], self
        if one.event == Kind.COMPLETE:
            standing = replace(self, complete=self.complete + 1)
        if one.event == Kind.LEFT:
            return self.having(number, replace(worker, why=one.text))
        worker = replace(worker, knew=standing.complete, why=None)
        if one.event == Kind.WAITING:
            worker = replace(worker, why=one.text)
        elif one.event in _ENDED:
            worker = replace(worker, phase=Phase.IDLE, stage=None, deaths=0)
        elif one.stage:
            is_other = one.stage != worker.stage
            deaths = 0 if is_other else worker.deaths
            worker = replace(worker, phase=Phase.WORKING, stage=one.stage, deaths=deaths)
        return standing.having(number, worker)

    def ended(self, number: int, code: int, now: float) -> Standing:
        """Return it with a worker whose process has ended."""
        worker = self.workers[number]
        has_said = worker.why is not None and worker.stage is None
        if self.stopping or (has_said and code in _DONE):
            return self.having(number, replace(worker, phase=Phase.LEFT, knew=self.complete + 1))
        if worker.why is not None and code == STUCK:
            return self.having(number, replace(worker, phase=Phase.LEFT, stage=None))
        deaths = worker.deaths + 1
        if deaths >= MOST_DEATHS and (worker.stage is None or code == _ENVIRONMENT):
            return self.having(number, replace(worker, phase=Phase.GONE, deaths=deaths))
        after = now + _RESTS[min(deaths, len(_RESTS)) - 1]
        return self.having(number, replace(worker, phase=Phase.OFF, deaths=deaths, after=after))

    def given_up(self, number: int) -> Standing:
        """Return it without the stage that has ended its worker again and again."""
        return self.having(number, replace(self.workers[number], stage=None, deaths=0))


class Decision(NamedTuple):
    """Which workers are started, which stages given up by the number of their worker, and the end.

    The run is `over` when nothing runs, and nothing is to be started.
    """

    start: tuple[int, ...] = ()
    give_up: tuple[int, ...] = ()
    over: bool = False


def decide(standing: Standing, now: float) -> Decision:
    """Return what is done next."""
    workers = standing.workers
    running = any(worker.is_running for worker in workers)
    if standing.stopping or standing.drained:
        return Decision(over=not running)
    give_up = tuple(
        n for n, w in enumerate(workers) if w.phase is Phase.OFF and w.deaths >= MOST_DEATHS
    )
    start = tuple(
        n for n, w in enumerate(workers) if n not in give_up and _may_start(standing, w, now)
    )
    pending = any(worker.phase is Phase.OFF for worker in workers)
    return Decision(start, give_up, over=not (running or pending or start or give_up))


def _may_start(standing: Standing, worker: Worker, now: float) -> bool:
    if worker.phase is Phase.OFF:
        return now >= worker.after
    # It found nothing to take, and since then something has become ready, maybe.
    return worker.phase is Phase.LEFT and worker.knew < standing.complete
