"""ready: which stages can be taken now, and which of them the rest waits for most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, PlanStatus
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.state.branches.ends import read_ends
from plan_worktree.state.claimed import Claimed, read_claimed
from plan_worktree.state.repository.facts import Facts, facts_for_reading
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.status import DONE, Report, StageReport, State, read_states


@dataclass(frozen=True, slots=True)
class ReadyStage:
    """A stage that can be taken, and how many unfinished stages wait for it, directly or not."""

    entry: StageReport
    unblocks: int


@dataclass(frozen=True, slots=True)
class Ready:
    """What can be taken, in the order to take it in.

    `critical_path` is the longest chain of unfinished stages that wait for each other, and
    `has_rivals` says that another chain is as long. `others` are the unfinished stages that cannot
    be taken, and `claimed` who has those of them that are claimed, known where nothing is ready.
    """

    plan: Plan
    stages: tuple[ReadyStage, ...]
    critical_path: tuple[str, ...]
    others: tuple[StageReport, ...]
    has_rivals: bool = False
    claimed: Mapping[str, Claimed] = field(default_factory=dict)


def run_ready(written: str | None, start: Path) -> Ready:
    """Return which stages of a plan can be taken. Raises BadArgument, Refused, GitError."""
    opened = open_plan(written, start)
    facts = facts_for_reading(opened)
    return find_ready(facts, opened.graph, read_states(read_ends(facts, opened.graph)))


def find_ready(facts: Facts, graph: Graph, report: Report, asking: Owner | None = None) -> Ready:
    """Return which stages can be taken: the one that unblocks the most first, then merge order.

    Nothing that `asking` has is said to be quiet. Raises Refused for a bad setting, and GitError.
    """
    unfinished = {e.stage.id: e for e in report.stages if e.state not in DONE}
    waiting = {name: _waiting_for(graph, name, unfinished) for name in unfinished}
    abandoned = facts.plan.status == PlanStatus.ABANDONED
    names = [n for n, e in unfinished.items() if e.state is State.READY and not abandoned]
    names.sort(key=lambda name: (-waiting[name], graph.position[name]))
    stages = tuple(ReadyStage(unfinished[name], waiting[name]) for name in names)
    others = tuple(entry for name, entry in unfinished.items() if name not in names)
    claimed = {
        entry.stage.id: held
        for entry in (() if stages else others)
        if (held := read_claimed(facts, entry, asking))
    }
    path, has_rivals = _critical_path(graph, set(unfinished))
    return Ready(facts.plan, stages, path, others, has_rivals, claimed)


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
        held = ready.claimed.get(entry.stage.id)
        who = f" (claimed by {held.claim.owner}, {held.seen_words})" if held else ""
        if entry.state in (State.IN_PROGRESS, State.BLOCKED):
            said.append(f"{entry.stage.id}, which is {entry.state}{who}")
        if held and held.signs.quiet and not gone:
            gone = f"; if {held.claim.owner} is gone: {held.takeover}"
    what = "; ".join(said) or "what is not done"
    see = f"plan-worktree status {plan}"
    return f"nothing is ready, waiting for {what}; try again later, or see {see}{gone}"


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
