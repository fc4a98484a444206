"""merge --verify: what passes as it will be merged lands, in order; what does not drops out.

Under the lock the chain of landings is predicted, and all at its beginning that is proved lands.
What is left to prove is proved without the lock. Then the same again, on what is there by then:
somebody may have moved the target or a branch. It ends when nothing is left to prove.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.change.follow_branches import take_completed
from plan_worktree.gates.gates import Ran
from plan_worktree.gates.side_by_side import Watch
from plan_worktree.git.process import GitError, require_version
from plan_worktree.landing.conflicts import advised_order
from plan_worktree.landing.landable import find_landable, unfit
from plan_worktree.landing.merge import (
    FAILURES,
    Culprit,
    Landed,
    MergeReport,
    Stopped,
    land_all,
    report,
    stop_of,
)
from plan_worktree.landing.place import go_to_target
from plan_worktree.landing.planned_landing import Landing, MergeOptions, Merging
from plan_worktree.landing.preflight import foresee_in_home
from plan_worktree.landing.preview import previewing
from plan_worktree.landing.queue.chain import Chain, Fate, Position
from plan_worktree.landing.queue.prove import Broken, Prover
from plan_worktree.landing.verdicts import Verdicts
from plan_worktree.planfiles.arguments import plan_and_stages
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.project.settings import each_setting
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.upstreams import Upstream
from plan_worktree.state.status import State
from plan_worktree.state.warnings import plan_warnings

Waiting = Callable[[str], None]
Proving = Callable[[int, int], AbstractContextManager[Watch[Ran]]]


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a queue tells how it goes.

    `proving` surrounds the gates: it is given how many results are to be proved, and how many at
    once. `waiting` gets what the caller waits for.
    """

    proving: Proving
    waiting: Waiting


def run_queue(options: MergeOptions, start: Path, audience: Audience) -> MergeReport:
    """Land the named stages, or all that are complete, as far as they pass when they are merged.

    Raises BadArgument, Refused, GitError and OSError, but not once a stage has landed.
    """
    require_version()
    plan, names = plan_and_stages(options.plan, options.stages, start)
    options = replace(options, plan=plan, stages=names)
    found = open_plan(plan, start)
    plan_id = found.plan.plan_id
    each = found.require_home().settings.text(each_setting(plan_id))
    verdicts = Verdicts(found.plan, each)
    prover = Prover(found, verdicts, options, audience.waiting)
    queue = _Queue(options, prover, audience.waiting)
    with closing(prover):  # however it ends, its scratch worktrees go
        while True:
            with changing(found, audience.waiting, dry_run=options.dry_run) as (opened, facts):
                found, went = opened, queue.go(opened, facts)
                if isinstance(went, MergeReport):
                    return went
                todo = sum(one.fate is Fate.OPEN for one in went.positions)
                at_once = prover.prepare(opened, facts, went) if todo else 0
            if at_once:
                with audience.proving(todo, at_once) as watch:
                    queue.prove(went, watch)


class _Queue:
    """What has landed so far, and which stages are left, in the order in which they land."""

    def __init__(self, options: MergeOptions, prover: Prover, waiting: Waiting) -> None:
        self._options = options
        self._prover = prover
        self._waiting = waiting
        self._names: tuple[str, ...] | None = None  # until they are known
        self._forwarded: Upstream | None = None
        self._moved: list[Culprit] = []
        self._landed: list[Landed] = []
        self._gates: list[Ran] = []

    def go(self, opened: Opened, facts: Facts) -> Chain | MergeReport:
        """Land what is proved; return the chain with what is to be proved, or at the end a report.

        Must run under the repository lock. Raises Refused, GitError and OSError, but not once a
        stage has landed.
        """
        select(opened.plan, self._options.stages)
        dry_run = self._options.dry_run
        facts = take_completed(facts, opened.graph, self._waiting, dry_run=dry_run)
        seen = read_overview(opened, facts)
        self._prover.verdicts.look_up(facts)
        try:
            return self._go(seen)
        except FAILURES as error:
            if not self._landed:
                raise
            left = next((opened.plan.stage(name) for name in self._names or ()), None)
            return self._report(seen, stop_of(opened.plan, left, error))

    def prove(self, chain: Chain, watch: Watch[Ran]) -> None:
        """Prove what is open in a chain; what keeps us from that is told in the next round."""
        try:
            self._prover.prove(chain, watch)
        except GitError as error:
            self._prover.broken = Broken(None, error)

    def _go(self, seen: Overview) -> Chain | MergeReport:
        options, verdicts = self._options, self._prover.verdicts
        is_first, names = self._names is None, self._names or options.stages
        names = names if is_first else self._still_fit(seen)
        stages = find_landable(seen, names, options.method) if is_first or names else []
        if not stages:
            return self._report(seen, self._broken(seen), self._moved)
        if is_first:
            for warning in plan_warnings(seen, [seen.report.of(stage) for stage in stages]):
                self._waiting(f"warning: {warning}")
        merging, above = go_to_target(seen, options, self._waiting)
        self._forwarded = self._forwarded or above
        start = merging.seen.facts.target_commit or ""
        with previewing(merging, sign=False) as preview:
            if not names:
                stages = advised_order(merging.seen, stages, preview.variables)
            chain = Chain(preview, stages, start, verdicts)
            chain.walk()
        self._names = tuple(stage.id for stage in stages)
        if options.dry_run:
            self._landed = [Landed(landing.stage, None) for landing in chain.landings]
            self._gates = [ran for landing in chain.landings for ran in verdicts.of(landing)]
            return self._report(seen, None, self._culprits(merging, chain))
        if merging.changed is not None:
            found = foresee_in_home(merging.seen.facts, chain.landings, merging.changed).hindrances
            if found:
                raise Refused(why for reasons in found.values() for why in reasons)
        stopped = self._land(merging, chain) or self._broken(seen)
        is_decided = len(list(chain.decided())) == len(chain.positions)
        if stopped or (is_decided and not self._left(chain)):
            return self._report(merging.seen, stopped, self._culprits(merging, chain))
        return chain

    def _still_fit(self, seen: Overview) -> tuple[str, ...]:
        """Return the stages that may still land; of the others note what has become of them."""
        out: set[str] = set()
        for name in self._names or ():
            stage = seen.opened.plan.stage(name)
            if stage is None:  # it was taken out of the plan
                out.add(name)
                continue
            entry = seen.report.of(stage)
            merged = entry.state is State.MERGED
            why = [] if merged else list(unfit(seen, entry, self._options.method))
            if why:
                self._moved.append(Culprit(stage, (), "\n".join(why)))
            if why or not out.isdisjoint(seen.opened.graph.ancestors(name)):
                out.add(name)
        return tuple(name for name in self._names or () if name not in out)

    def _land(self, merging: Merging, chain: Chain) -> Stopped | None:
        """Land what is proved at the beginning of a chain; return what stopped it, if anything."""
        verdicts = self._prover.verdicts
        passed = [one.stage for one in chain.decided() if one.fate is Fate.PASSED]
        gates: list[Ran] = []

        def may_land(landing: Landing) -> bool:
            gates[:] = verdicts.of(landing)
            return landing.reason is None and verdicts.is_proved(landing)

        for result in land_all(merging, passed, may_land):
            if isinstance(result, Stopped):
                return result
            self._landed.append(result)
            self._gates += gates
            self._names = tuple(n for n in self._names or () if n != result.stage.id)
        return None

    def _left(self, chain: Chain) -> bool:
        """Tell whether something passed that has not landed: more had moved than was foreseen."""
        names = self._names or ()
        return any(one.fate is Fate.PASSED and one.stage.id in names for one in chain.positions)

    def _broken(self, seen: Overview) -> Stopped | None:
        broken, plan = self._prover.broken, seen.opened.plan
        if broken is None:
            return None
        name = broken.stage or next(iter(self._names or ()), "")
        return stop_of(plan, plan.stage(name), broken.error)

    def _culprits(self, merging: Merging, chain: Chain) -> Iterator[Culprit]:
        """Yield the stages that do not land though all before them do, or that have moved."""
        yield from self._moved
        for one in chain.decided():
            landing, ran = one.landing, None
            if landing is None or one.fate.lands:
                continue
            if one.fate is Fate.FAILED:
                ran = self._prover.verdicts.failure(landing)
                self._gates += self._prover.verdicts.of(landing)
            reason = self._words(merging, one, ran) if ran else landing.reason or ""
            kept = self._prover.keep(one) if ran else None
            yield Culprit(one.stage, landing.files, reason, ran, kept)

    def _words(self, merging: Merging, position: Position, ran: Ran) -> str:
        facts, stage = merging.seen.facts, position.stage
        said = f"merged, it does not pass: {ran.failure(self._options.limits.timeout)}"
        complete = f"plan-worktree complete {quote(facts.plan.plan_id)} {stage.id}"
        entry = facts.worktree_of(stage)
        if entry is None or not facts.is_whole(entry):
            return f"{said}\nfix it, then {complete}"
        name = quote((facts.target or "").removeprefix(HEADS))
        bring = f"git -C {quote(str(entry.path))} merge {name} && {complete}"
        return f"{said}\nto see it in its worktree, and go on when it is fixed: {bring}"

    def _report(
        self, seen: Overview, stopped: Stopped | None = None, culprits: Iterable[Culprit] = ()
    ) -> MergeReport:
        results: list[Landed | Stopped] = [*self._landed, *([stopped] if stopped else [])]
        found = tuple(culprits)
        merged = report(seen, results, self._forwarded, dry_run=self._options.dry_run)
        return replace(merged, culprits=found, gates=tuple(self._gates))
