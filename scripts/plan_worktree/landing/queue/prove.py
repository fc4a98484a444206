"""Positions of a chain are proved in scratch worktrees, several at once, without any lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from plan_worktree.gates.elsewhere import file_elsewhere
from plan_worktree.gates.gates import Listener, Ran, Site, run_gates
from plan_worktree.gates.proofs import proving_command
from plan_worktree.gates.side_by_side import Running, Watch
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.process import GitError
from plan_worktree.landing.planned_landing import Landing, MergeOptions
from plan_worktree.landing.queue.chain import Chain, Fate, Position
from plan_worktree.landing.verdicts import Verdicts, gates_of
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.home import Home
from plan_worktree.project.lock import repository_lock
from plan_worktree.project.ref_names import proofs_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.project.variables import stage_variables
from plan_worktree.setup.populate import Extras, populate, read_extras
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.slots import free_slots
from plan_worktree.worktrees.environment_file import write_environment_file
from plan_worktree.worktrees.scratch import (
    Scratch,
    add_scratch,
    empty_scratch,
    is_unchanged,
    keep_scratch,
    move_scratch,
    remove_scratch,
    scratch_folder,
)
from plan_worktree.worktrees.submodules import initialise

Waiting = Callable[[str], None]


class Proof(NamedTuple):
    """How the gates of a position ended; `is_kept` says that what passed may be recorded."""

    ran: list[Ran]
    is_kept: bool


class Broken(NamedTuple):
    """Why something could not be proved, and at which stage, where that is known."""

    stage: str | None
    error: Refused | GitError | OSError


@dataclass(eq=False, slots=True)
class Job:
    """A position that is being proved, where, and the commands that run for it."""

    position: Position
    scratch: Scratch
    running: Running


class Prover:
    """Proves positions in scratch worktrees of its own; what it learns is in the `verdicts`.

    `broken` is what kept it from proving the last position.
    """

    def __init__(
        self, opened: Opened, verdicts: Verdicts, options: MergeOptions, waiting: Waiting
    ) -> None:
        self.verdicts = verdicts
        self.broken: Broken | None = None
        self._opened = opened
        self._limits = options.limits
        self._may_keep = options.keep
        self._waiting = waiting
        self._extras: Extras | None = None
        self._places: tuple[Path, ...] = ()
        self._every: list[Scratch] = []
        self._free: list[Scratch] = []
        self._failing: Job | None = None  # whose scratch worktree may be kept
        self._kept: Scratch | None = None

    @property
    def home(self) -> Home:
        """The home of the plan."""
        return self._opened.require_home()

    def prepare(self, opened: Opened, facts: Facts, chain: Chain) -> int:
        """Register the scratch worktrees that a chain needs; return how many can be used at once.

        Must run under the repository lock. None can where that fails: it is `broken` then.
        """
        self._opened, self._places = opened, (self.home.root, *facts.worktrees)
        todo = [one.landing for one in chain.positions if one.fate is Fate.OPEN and one.landing]
        at_once = min(self._limits.at_once, len(todo))
        try:
            self._extras = self._extras or read_extras(self.home, opened.path)
            folder = scratch_folder(self.home, facts.path(todo[0].stage))
            free = free_slots(self.home)
            while len(self._every) < at_once + self._may_keep:
                one = add_scratch(self.home, folder, todo[0].head, next(free), self._waiting)
                self._every.append(one)
                self._free.append(one)
        except (GitError, OSError) as error:
            self.broken = Broken(todo[0].stage.id, error)
            return 0
        return at_once

    def prove(self, chain: Chain, watch: Watch[Ran]) -> None:
        """Prove what is open in a chain; those that fail drop out, and what follows is tried.

        Raises GitError, when a result cannot be predicted.
        """
        jobs: dict[Future[Proof], Job] = {}
        with ThreadPoolExecutor(len(self._every)) as pool:
            try:
                while True:
                    while len(jobs) < self._limits.at_once and (job := self._next(chain)):
                        jobs[pool.submit(self._work, chain, job, watch)] = job
                    if not jobs:
                        return
                    # A signal that comes just before a wait is heeded when that ends.
                    for done in wait(jobs, 0.2, FIRST_COMPLETED).done:
                        self._settle(chain, jobs.pop(done), done)
                    for job in jobs.values():
                        if job.position not in chain.positions:
                            job.running.end()
            except BaseException:  # interrupted: a terminal does not tell groups of their own
                pool.shutdown(wait=False, cancel_futures=True)
                for job in jobs.values():
                    job.running.end()
                raise

    def keep(self, position: Position) -> Path | None:
        """Return the scratch worktree that shows how a position failed, if one is to stay for it.

        It is left alone from now on.
        """
        failing = self._failing
        if failing is None or failing.position.stage.id != position.stage.id:
            return None
        self._kept = failing.scratch
        return failing.scratch.path

    def close(self) -> None:
        """Take the scratch worktrees away but for the one to keep. Raises GitError and OSError."""
        gone = [one for one in self._every if one is not self._kept]
        if not self._every:
            return
        empty_scratch(gone)
        with repository_lock(self.home, self._waiting):
            remove_scratch(self.home, gone)
            if self._kept:
                keep_scratch(self.home, self._kept)

    def _next(self, chain: Chain) -> Job | None:
        if not self._free or (position := chain.next_open()) is None:
            return None
        position.fate = Fate.RUNNING
        return Job(position, self._free.pop(), Running(self._limits))

    def _work(self, chain: Chain, job: Job, watch: Watch[Ran]) -> Proof:
        """Check a position's result out and run what has to pass there.

        Raises Refused, GitError and OSError.
        """
        landing, path = job.position.landing, job.scratch.path
        if landing is None or self._extras is None:  # pragma: no cover - it is open
            raise AssertionError
        stage, plan = landing.stage, self._opened.plan
        move_scratch(self.home, job.scratch, landing.after)
        variables = stage_variables(self.home.root, plan.plan_id, stage.id, job.scratch.slot)
        if job.scratch.is_furnished:
            initialise(self.home, path)
        else:
            populate(self._extras, path, variables)
            job.scratch.is_furnished = True
        if why := write_environment_file(self.home, path, variables):
            self._waiting(f"warning: {why}")
        gates = [one for one in (self.verdicts.each, *gates_of(plan, stage)) if one]
        known = {one.line for one in self.verdicts.of(landing) if one.passed}
        site = Site(self.home, plan.plan_id, stage.id, path, job.scratch.slot)

        def ended(ran: Ran) -> None:
            if job.position in chain.positions:  # else it was ended, for nothing waits for it
                watch.ended(ran)

        listener = Listener(heard=lambda piece: watch.said(stage.id, piece), ended=ended)
        ran = run_gates(job.running, site, gates, listener, known - {self.verdicts.each})
        for one in ran:
            if one.log and (foreign := file_elsewhere(one.log, path, self._places)):
                used = "it uses a file of another checkout"
                self._waiting(f"warning: {one.line}: {used}: {foreign}")
        return Proof(ran, is_unchanged(self.home, job.scratch, landing.after))

    def _settle(self, chain: Chain, job: Job, done: Future[Proof]) -> None:
        """Take what came of a job into the chain, unless the chain has gone another way since."""
        position = job.position
        if position not in chain.positions:
            self._free.append(job.scratch)
            return
        try:
            proof = done.result()
        except (Refused, GitError, OSError) as error:
            self.broken = Broken(position.stage.id, error)
            self._free.append(job.scratch)
            chain.settle(position, Fate.BROKEN)
            return
        landing, passed = position.landing, proof.ran[-1].passed
        if landing:
            self.verdicts.learn(landing.tree, proof.ran)
            if proof.is_kept:
                self._record(landing, proof.ran)
        chain.settle(position, Fate.PASSED if passed else Fate.FAILED)
        if self._failing and self._failing.position not in chain.positions:
            self._free.append(self._failing.scratch)
            self._failing = None
        if self._may_keep and not passed and self._failing is None:
            self._failing = job
        else:
            self._free.append(job.scratch)

    def _record(self, landing: Landing, ran: Sequence[Ran]) -> None:
        """Record which gates have passed, so that they need not run again if we are killed."""
        new = [one.line for one in ran if one.passed and not one.known]
        root, name = self.home.root, proofs_ref(self._opened.plan)
        new = [line for line in new if line != self.verdicts.each]
        if not new:
            return
        with suppress(GitError, OSError), repository_lock(self.home, self._waiting):
            record = gitrefs.refs(root, name).get(name)
            command = proving_command(root, name, record, landing.tree, new)
            gitrefs.update_refs(root, [command])
