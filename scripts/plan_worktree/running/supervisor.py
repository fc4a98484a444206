"""run: starts workers, keeps them going, lands what is complete, and says what came of it.

The supervisor changes no stage while a worker is at it. Asked to end once, it begins nothing new
and lets proofs come to their end; twice, it ends everything. However it ends, claims stay under
its workers' names, and the next run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from plan_worktree.gates.logs import end_of
from plan_worktree.gates.plain import last_line
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.refusal import BadArgument, Refused
from plan_worktree.running.engines import Engine
from plan_worktree.running.names import worker_owner
from plan_worktree.running.only_one import run_folder
from plan_worktree.running.others import waits_for_others
from plan_worktree.running.outside import Look, look, strayed
from plan_worktree.running.record import Outcome, Record
from plan_worktree.running.schedule import STUCK, Phase, Standing, Worker, decide
from plan_worktree.running.side_commands import Landing, Lands, Page
from plan_worktree.running.workers.agents import Agent
from plan_worktree.running.workers.attempt import ATTEMPT, end_processes_of
from plan_worktree.running.workers.events import Event, Kind, event
from plan_worktree.running.workers.stopping import Stop
from plan_worktree.stages.mark import MarkOptions, run_mark
from plan_worktree.state.repository.owners import VARIABLE

# Workers are listened to for so long before anything else is looked at, in seconds.
_TICK = 0.5
# How long workers that are ended at once may take.
_AT_ONCE = 10.0
# After these something may have changed outside of the worktree of an agent that has ended.
_LOOK_AFTER = (Kind.PROVING, Kind.FAILED, Kind.LIMIT, Kind.KEPT)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is wanted: how many workers, what they are told, and what happens with their work.

    `words` are options of every worker, `lands` says what happens with complete stages as it goes.
    `budget` is in US dollars. With `remove` worktrees are taken away once all has landed.
    """

    agent: Agent
    workers: int
    words: tuple[str, ...] = ()
    lands: Lands = Lands.NOT
    budget: float | None = None
    remove: bool = False


class Audience(NamedTuple):
    """Whom a run tells: what happens, and now and then how it stands."""

    tell: Callable[[Event], None]
    tick: Callable[[Standing, Record], None]


class Supervisor:
    """A run that goes on: how its workers stand, what has happened, what runs beside them."""

    def __init__(
        self, opened: Opened, options: RunOptions, engine: Engine, audience: Audience, stop: Stop
    ) -> None:
        home, self._plan_id = opened.require_home(), opened.plan.plan_id
        self._opened, self._options, self._engine = opened, options, engine
        self._audience, self._stop = audience, stop
        self._home = home
        self.owners = tuple(worker_owner(home, n) for n in range(1, options.workers + 1))
        self._standing = Standing(tuple(Worker() for _ in self.owners))
        self.record = Record()
        self.reasons: list[str] = []
        self.removed: list[str] = []
        # Why workers have left that found nothing they could take.
        self.stuck: dict[int, str] = {}
        self.outcome: Outcome | None = None
        self._touched: set[str] = set()
        self._look: Look | None = None
        self._look_wanted = False
        self.landing = Landing(opened, run_folder(home, self._plan_id), options.lands)
        self.page = Page(opened, run_folder(home, self._plan_id))

    def go(self) -> None:
        """Run to the end. Raises BadArgument, Refused, GitError and OSError."""
        self._look = look(self._opened)
        try:
            self._until_over()
            self._land_the_rest()
            self.page.finish()
        except KeyboardInterrupt:
            self._end_at_once()
        finally:
            self.landing.end()
            self.page.end()
            self._engine.close()
            for owner in self.owners:  # agents of workers that were killed
                end_processes_of(self._home, self._plan_id, owner.name)

    def _until_over(self) -> None:
        while True:
            decision = decide(self._standing, time.monotonic())
            for number in decision.give_up:
                self._give_up(number)
            for number in decision.start:
                self._start(number)
            if decision.over:
                return
            for heard in self._engine.hear(_TICK):
                if heard.event:
                    self._hear(heard.worker, heard.event)
                elif heard.code is not None:
                    self._ended(heard.worker, heard.code)
            self._look_around()
            self._beside()
            self._heed()
            self._audience.tick(self._standing, self.record)

    def _start(self, number: int) -> None:
        owner = self.owners[number].name
        words = ("work", str(self._opened.path), "--agent", self._options.agent.name)
        if not self._options.agent.source:
            words = (*words[:3], self._options.agent.command)
        whole = (*words, "--owner", owner, "--json", "--supervised", *self._options.words)
        self._engine.start(number, whole, {VARIABLE: owner, ATTEMPT: "run"})
        self._standing = self._standing.started(number)
        self.stuck.pop(number, None)
        self._tell(event(Kind.WORKER, "a worker was started", worker=owner))

    def _hear(self, number: int, one: Event) -> None:
        self._standing = self._standing.heard(number, one)
        if one.stage:
            self._touched.add(one.stage)
        self._tell(one)
        kind = one.event
        self._look_wanted |= kind in _LOOK_AFTER
        self.page.wanted |= kind in (Kind.STARTED, Kind.COMPLETE, Kind.BLOCKED)
        self.landing.wanted |= kind == Kind.COMPLETE

    def _ended(self, number: int, code: int) -> None:
        before = self._standing.workers[number]
        self._standing = self._standing.ended(number, code, time.monotonic())
        if code == STUCK and before.why:
            self.stuck[number] = before.why
        if self._standing.workers[number].deaths > before.deaths:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            log = run_folder(self._home, self._plan_id) / f"worker-{number + 1}.log"
            said = _last_line(log)
            text = f"its worker {how}{f': {said}' if said else ''}"
            owner = self.owners[number].name
            self._tell(event(Kind.DIED, text, worker=owner, stage=before.stage, log=str(log)))
            if self._standing.workers[number].phase is Phase.GONE:
                self.reasons.append(f"{owner} was given up: {text}")

    def _give_up(self, number: int) -> None:
        """Declare a stage blocked that ends its worker again and again."""
        worker, owner = self._standing.workers[number], self.owners[number]
        self._standing = self._standing.given_up(number)
        note = f"its worker died {worker.deaths} times in a row while it was at this stage"
        asked = MarkOptions(
            (str(self._opened.path), worker.stage or ""), "blocked", note=note, by=owner
        )
        try:
            run_mark(asked, self._home.root, self._say)
        except (Refused, BadArgument) as why:
            note = f"{note}; it could not be declared blocked: {why}"
        self._tell(event(Kind.BLOCKED, note, worker=owner.name, stage=worker.stage))

    def _look_around(self) -> None:
        """See whether an agent has changed something outside of its worktree, and stop then.

        While something lands, home changes: then it is looked at afterwards.
        """
        if not self._look_wanted or self.landing.is_running or self._look is None:
            return
        self._look_wanted = False
        try:
            now = look(self._opened)
        except GitError:  # somebody was just changing what this looked at
            self._look_wanted = True
            return
        facts = strayed(self._look, now, self._opened, self._touched)
        self._look = now
        self._touched = set(self._standing.busy.values())
        if not facts:
            return
        self.outcome = self.outcome or Outcome.OUTSIDE
        self.reasons += facts
        at_work = ", ".join(sorted(self._touched))
        who = f" (at work or just done: {at_work})" if at_work else ""
        for fact in facts:
            self._tell(event(Kind.OUTSIDE, f"changed outside of the worktrees: {fact}{who}"))
        self._end_softly("something was changed outside of the worktrees")

    def _beside(self) -> None:
        """Go on with what runs beside the workers."""
        may_start = not self._standing.stopping
        told = self.landing.go_on(may_start=may_start)
        if told is not None:
            for one in told:
                self._tell(one)
            self.page.wanted |= bool(told)
            if self._look is not None:  # a landing moves home
                with suppress(GitError):
                    after = look(self._opened)
                    self._look = self._look._replace(commit=after.commit, settled=after.settled)
            self._look_wanted = True
        self.page.go_on(may_start=may_start)

    def _heed(self) -> None:
        """See whether it was asked to end, if money is left, and if others are awaited."""
        if self._stop.asked and not self._standing.stopping:
            self.outcome = self.outcome or Outcome.INTERRUPTED
            self._end_softly("asked to end: agents are asked to end, proofs come to their end")
        budget = self._options.budget
        if budget is not None and not self._standing.drained and self.record.cost >= budget:
            self._standing = replace(self._standing, drained=True)
            self.reasons.append(f"the budget of {budget:g} USD is used up")
            self._tell(event(Kind.STOPPING, self.reasons[-1]))
            self._engine.drain()
        idle = self._standing.is_idle and not self._standing.stopping
        if idle and (others := waits_for_others(self._opened)):
            self.reasons.append(others)
            self._end_softly(others)

    def _end_softly(self, why: str) -> None:
        self._standing = replace(self._standing, stopping=True)
        self._tell(event(Kind.STOPPING, why))
        self._engine.stop(at_once=False)

    def _land_the_rest(self) -> None:
        """Land, or submit, what was completed last. Not when the run was to end early."""
        while self.landing.is_running or (self.landing.wanted and not self._standing.stopping):
            time.sleep(0.1)
            self._beside()
            self._heed()
            self._audience.tick(self._standing, self.record)
        self._look_around()

    def _end_at_once(self) -> None:
        self.outcome = Outcome.INTERRUPTED
        self._tell(event(Kind.STOPPING, "asked to end a second time: everything is ended now"))
        self._engine.stop(at_once=True)
        end = time.monotonic() + _AT_ONCE
        with suppress(KeyboardInterrupt):
            while any(w.is_running for w in self._standing.workers) and time.monotonic() < end:
                for heard in self._engine.hear(0.1):
                    if heard.event:
                        self._hear(heard.worker, heard.event)
                    elif heard.code is not None:
                        self._ended(heard.worker, heard.code)

    def _say(self, text: str) -> None:
        self._tell(event(Kind.NOTE, text))

    def _tell(self, one: Event) -> None:
        self.record.add(one)
        self._audience.tell(one)


def _last_line(log: Path) -> str:
    try:
        return last_line(end_of(log))[:300]
    except OSError:
        return ""
