"""ready: which stages can be taken now, and which of them the rest waits for most."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, PlanStatus
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.state.branches.ends import read_ends
from plan_worktree.state.repository.facts import Facts, facts_for_reading
from plan_worktree.state.status import DONE, Report, StageReport, State, read_states


@dataclass(frozen=True, slots=True)
class ReadyStage:
    """A stage that can be taken, and how many unfinished stages wait for it, directly or not."""

    entry: StageReport
    unblocks: int


@dataclass(frozen=True, slots=True)
class Ready:
    """What can be taken, in the order to take it in.

    `critical_path` is the longest chain of unfinished stages that wait for each other. `others`
    are the unfinished stages that cannot be taken.
    """

    plan: Plan
    stages: tuple[ReadyStage, ...]
    critical_path: tuple[str, ...]
    others: tuple[StageReport, ...]


def run_ready(written: str | None, start: Path) -> Ready:
    """Return which stages of a plan can be taken. Raises BadArgument, Refused, GitError."""
    opened = open_plan(written, start)
    facts = facts_for_reading(opened)
    return find_ready(facts, opened.graph, read_states(read_ends(facts, opened.graph)))


def find_ready(facts: Facts, graph: Graph, report: Report) -> Ready:
    """Return which stages can be taken: the one that unblocks the most first, then merge order."""
    unfinished = {e.stage.id: e for e in report.stages if e.state not in DONE}
    waiting = {name: _waiting_for(graph, name, unfinished) for name in unfinished}
    abandoned = facts.plan.status == PlanStatus.ABANDONED
    names = [n for n, e in unfinished.items() if e.state is State.READY and not abandoned]
    names.sort(key=lambda name: (-waiting[name], graph.position[name]))
    stages = tuple(ReadyStage(unfinished[name], waiting[name]) for name in names)
    others = tuple(entry for name, entry in unfinished.items() if name not in names)
    return Ready(facts.plan, stages, _critical_path(graph, set(unfinished)), others)


def nothing_ready(ready: Ready) -> str:
    """Say why there is nothing to take."""
    if ready.plan.status == PlanStatus.ABANDONED:
        return "the plan is abandoned"
    if not ready.others:
        land = f"plan-worktree merge {quote(ready.plan.plan_id)} --verify"
        return f"nothing is left to build: every stage is complete or merged; to land them: {land}"
    said, gone = [], ""
    plan = quote(ready.plan.plan_id)
    for entry in ready.others:
        claim = entry.work.claim
        who = f" (claimed by {claim.owner})" if claim else ""
        if entry.state in (State.IN_PROGRESS, State.BLOCKED):
            said.append(f"{entry.stage.id}, which is {entry.state}{who}")
        if claim and not gone:
            take = f"plan-worktree start {plan} {entry.stage.id} --takeover"
            gone = f"; if {claim.owner} is gone: {take}"
    what = "; ".join(said) or "what is not done"
    see = f"plan-worktree status {plan}"
    return f"nothing is ready, waiting for {what}; try again later, or see {see}{gone}"


def _waiting_for(graph: Graph, name: str, unfinished: dict[str, StageReport]) -> int:
    return sum(1 for other in unfinished if graph.is_before(name, other))


def _critical_path(graph: Graph, unfinished: set[str]) -> tuple[str, ...]:
    """Return the longest chain; of equal ones the first in merge order."""
    chains: dict[str, tuple[str, ...]] = {}
    for name in graph.order:
        if name in unfinished:
            before = [chains[n] for n in graph.dependencies[name] if n in chains]
            chains[name] = (*max(before, key=len, default=()), name)
    return max(chains.values(), key=len, default=())
