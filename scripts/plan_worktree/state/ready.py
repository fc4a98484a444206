"""ready: which stages can be taken now, and which of them the rest waits for most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from shlex import quote

from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, PlanStatus, Stage
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.project.clone import Shared, read_shared
from plan_worktree.project.refusal import Code, Reason
from plan_worktree.state.branches.ends import read_ends
from plan_worktree.state.claimed import Claimed, read_claimed
from plan_worktree.state.repository.facts import Facts, facts_for_reading
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.status import DONE, Report, StageReport, State, read_states
from plan_worktree.state.waiting import News, wait_for


@dataclass(frozen=True, slots=True)
class ReadyStage:
    """A stage that can be taken, and how many unfinished stages wait for it, directly or not."""

    entry: StageReport
    unblocks: int


class Next(StrEnum):
    """What a worker does now: public, in ``ready --json`` and as exit codes 0, 4, 5 and 1.

    `TAKE` a stage, or go on with its own. `WAIT`: others are at work. `DONE`: every stage is
    complete or merged. `STUCK`: nobody is at work, and nothing can become ready.
    """

    TAKE = "take"
    WAIT = "wait"
    DONE = "done"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Ready:
    """What can be taken, in the order to take it in.

    `critical_path` is the longest chain of unfinished stages that wait for each other, and
    `has_rivals` says that another chain is as long. `others` are the unfinished stages that cannot
    be taken, and `claimed` who has those of them that are claimed, known where nothing is ready;
    `mine` are those of them that `owner` has claimed and can go on with. `unlanded` are the stages
    whose work is not in the target, `target` is that branch, and `left` says whether a stage still
    has a worktree. `shared` is the remote through which other clones share the plan.
    """

    plan: Plan
    stages: tuple[ReadyStage, ...]
    critical_path: tuple[str, ...]
    others: tuple[StageReport, ...]
    has_rivals: bool = False
    claimed: Mapping[str, Claimed] = field(default_factory=dict)
    mine: tuple[StageReport, ...] = ()
    unlanded: tuple[Stage, ...] = ()
    target: str | None = None
    left: bool = False
    shared: Shared | None = None

    @property
    def next(self) -> Next:
        """What whoever asked does now."""
        if self.plan.status == PlanStatus.ABANDONED:
            return Next.STUCK
        if self.stages or self.mine:
            return Next.TAKE
        if not self.others:
            return Next.DONE
        # The first of those that wait for each other is ready, somebody's, or blocked.
        at_work = any(entry.state is State.IN_PROGRESS for entry in self.others)
        return Next.WAIT if at_work else Next.STUCK


def run_ready(written: str | None, start: Path, owner: Owner | None = None) -> Ready:
    """Return which stages of a plan can be taken. Raises BadArgument, Refused, GitError."""
    opened = open_plan(written, start)
    facts = facts_for_reading(opened)
    states = read_states(read_ends(facts, opened.graph))
    found = find_ready(facts, opened.graph, states, owner)
    return replace(found, shared=read_shared(facts.home, facts.plan.plan_id))


def wait_ready(
    written: str | None,
    start: Path,
    owner: Owner | None,
    seconds: float,
    before: Callable[[Opened], str],
    waiting: Callable[[str], None],
) -> Ready:
    """Return the same once it is not that others are at work, or when the time is over.

    `seconds` may be infinite, and 0 is not to wait. `before` is called before each look, and says
    why others cannot be heard, "" where they can. `waiting` gets a line whenever what is waited for
    has changed. Raises BadArgument, Refused, GitError.
    """
    if not seconds:
        return run_ready(written, start, owner)
    opened, tell = open_plan(written, start), News(waiting)

    def ask() -> Ready | None:
        silent = before(opened)
        found = run_ready(written, start, owner)
        if found.next is not Next.WAIT:
            return found
        lasting = nothing_ready(found).lasting
        tell(f"waiting: {lasting}{silent and f'; {silent}'}", f"{bool(silent)} {lasting}")
        return None

    found = wait_for(opened, seconds, ask)
    return found or run_ready(written, start, owner)


def find_ready(facts: Facts, graph: Graph, report: Report, owner: Owner | None = None) -> Ready:
    """Return which stages can be taken: the one that unblocks the most first, then merge order.

    `owner` is who asks: nothing of theirs is said to be quiet. Raises Refused for a bad setting,
    and GitError.
    """
    unfinished = {e.stage.id: e for e in report.stages if e.state not in DONE}
    waiting = {name: _waiting_for(graph, name, unfinished) for name in unfinished}
    abandoned = facts.plan.status == PlanStatus.ABANDONED
    names = [n for n, e in unfinished.items() if e.state is State.READY and not abandoned]
    names.sort(key=lambda name: (-waiting[name], graph.position[name]))
    stages = tuple(ReadyStage(unfinished[name], waiting[name]) for name in names)
    others = tuple(entry for name, entry in unfinished.items() if name not in names)
    path, has_rivals = _critical_path(graph, set(unfinished))
    return Ready(
        facts.plan,
        stages,
        path,
        others,
        has_rivals=has_rivals,
        claimed={
            entry.stage.id: held
            for entry in (() if stages else others)
            if (held := read_claimed(facts, entry, owner))
        },
        mine=tuple(entry for entry in unfinished.values() if is_own(entry, owner)),
        unlanded=tuple(e.stage for e in report.stages if e.state is not State.MERGED),
        target=_landed_in(report),
        left=any(entry.work.worktree for entry in report.stages),
    )


def _landed_in(report: Report) -> str | None:
    """Return what has all that has landed: the target, or its upstream where that is ahead."""
    above = report.upstreams
    if above.target and above.behind and not above.ahead:
        return above.target.shown
    return report.target


def is_own(entry: StageReport, owner: Owner | None) -> bool:
    """Tell whether somebody has claimed a stage and can go on with it."""
    claim = entry.work.claim
    return bool(owner and claim and claim.is_of(owner)) and entry.state not in (
        *DONE,
        State.BLOCKED,
    )


def nothing_ready(ready: Ready) -> Reason:
    """Say why there is nothing to take, and what leads on."""
    if ready.plan.status == PlanStatus.ABANDONED:
        again = f"plan-worktree mark {quote(ready.plan.plan_id)} in-progress"
        return Reason(f"the plan is abandoned: to take it up again, {again}", Code.ABANDONED, again)
    if ready.mine:
        return go_on(ready.plan, ready.mine[0])
    if ready.next is Next.STUCK:
        return _stuck(ready.plan, ready.others)
    if ready.next is Next.WAIT:
        return _waiting(ready)
    return built(ready.plan, len(ready.unlanded), ready.target, ready.left)


def built(plan: Plan, unlanded: int, target: str | None, left: bool) -> Reason:
    """Say that nothing is left to build, and what to do with so many stages that have not landed.

    `left` says whether a stage still has a worktree.
    """
    if not unlanded:
        return all_landed(plan, target or "the target", left)
    land = f"plan-worktree merge {quote(plan.plan_id)} --verify"
    are = "is" if unlanded == 1 else "are"
    said = f"nothing is left to build, {unlanded} of {len(plan.stages)} stages {are} to land"
    who = "stop where somebody leads you, else land what is complete (two at once do no harm)"
    return Reason(f"{said}; {who}: {land}", Code.DONE, land)


def all_landed(plan: Plan, target: str, left: bool, edited: bool = False) -> Reason:
    """Say that all stages are in the target, and what else there is to do.

    Worktrees may be `left`, and the plan may be `edited` and in no commit.
    """
    done = f"done: all {len(plan.stages)} stages are in {target}"
    if len(plan.stages) == 1:
        done = f"done: the only stage is in {target}"
    if not left:
        return Reason(f"{done}: commit the plan" if edited else done, Code.DONE)
    remove = f"plan-worktree remove {quote(plan.plan_id)} --merged"
    how = "; to take their worktrees away" + (", before the plan is committed" if edited else "")
    return Reason(f"{done}{how}: {remove}", Code.DONE, remove)


def go_on(plan: Plan, entry: StageReport) -> Reason:
    """Say that a stage is the caller's own."""
    start = f"plan-worktree start {quote(plan.plan_id)} {entry.stage.id}"
    return Reason(f"{entry.stage.id} is yours: go on with it: {start}", Code.YOURS, start)


def _waiting(ready: Ready) -> Reason:
    plan = quote(ready.plan.plan_id)
    known = [e for e in ready.others if e.state in (State.IN_PROGRESS, State.BLOCKED)]
    held = (ready.claimed.get(e.stage.id) for e in known if e.state is State.IN_PROGRESS)
    quiet = next((one for one in held if one and one.signs.quiet), None)
    gone = f"; if {quiet.claim.owner} is gone: {quiet.takeover}" if quiet else ""
    wait = f"plan-worktree start {plan} --wait"
    text = f"{_waited_for(ready, known, with_ages=True)}; to wait for it: {wait}{gone}"
    lasting = f"{_waited_for(ready, known, with_ages=False)}{gone}"
    return Reason(text, Code.WAITING, wait, lasting=lasting)


def _waited_for(ready: Ready, known: Sequence[StageReport], *, with_ages: bool) -> str:
    said = "; ".join(
        f"{entry.stage.id}, which is {entry.state}{_whose(ready, entry, with_ages=with_ages)}"
        for entry in known
    )
    return f"nothing is ready, waiting for {said}"


def _whose(ready: Ready, entry: StageReport, *, with_ages: bool) -> str:
    held = ready.claimed.get(entry.stage.id)
    if held is None:
        return ""
    seen = f", {held.seen_words}" if with_ages else ""
    return f" (claimed by {held.claim.owner}{seen})"


def _stuck(plan: Plan, others: Sequence[StageReport]) -> Reason:
    blocked = [entry.stage.id for entry in others if entry.state is State.BLOCKED]
    marks = [f"plan-worktree mark {quote(plan.plan_id)} {name} in-progress" for name in blocked]
    ways = "; ".join(
        f"when {name} no longer is, {mark}" for name, mark in zip(blocked, marks, strict=True)
    )
    are = "is declared blocked" if len(blocked) == 1 else "are declared blocked"
    waits = len(others) > len(blocked)
    rest = ", and the rest waits for it" if waits and len(blocked) == 1 else ""
    rest = ", and the rest waits for them" if waits and len(blocked) > 1 else rest
    said = f"nothing can become ready: {', '.join(blocked)} {are}{rest}"
    return Reason(f"{said}: {ways}", Code.BLOCKED, *marks)


def _waiting_for(graph: Graph, name: str, unfinished: dict[str, StageReport]) -> int:
    return sum(1 for other in unfinished if graph.is_before(name, other))


def _critical_path(graph: Graph, unfinished: set[str]) -> tuple[tuple[str, ...], bool]:
    """Return the longest chain, and whether another one is as long: then the first in merge order.

    What stands beside a stage is the longest chain that ends with it, and whether that has rivals.
    """
    ends: dict[str, tuple[tuple[str, ...], bool]] = {}
    for name in graph.order:
        if name in unfinished:
            chain, has_rivals = _longest([ends[n] for n in graph.dependencies[name] if n in ends])
            ends[name] = ((*chain, name), has_rivals)
    return _longest(list(ends.values()))


def _longest(chains: Sequence[tuple[tuple[str, ...], bool]]) -> tuple[tuple[str, ...], bool]:
    """Return the longest of some chains, and whether it has rivals, among these or by itself."""
    length = max((len(chain) for chain, _ in chains), default=0)
    longest = [found for found in chains if len(found[0]) == length]
    return (longest[0][0], len(longest) > 1 or longest[0][1]) if longest else ((), False)
