"""status: what git says about every stage, beside what the plan declares.

Of all stages together git is asked the same number of times, however many there are. Only what
lies in a worktree costs a process each; those run beside each other, and one on a dead disk is
given up after a while.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.process import GitError
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, Stage, StageStatus
from plan_worktree.plan.parts.todo import Count, counts
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.project.clone import Shared, last_asked, read_shared
from plan_worktree.project.ref_names import HEADS
from plan_worktree.state.branches.branches import read_branches
from plan_worktree.state.branches.ends import Branch, Ends, read_ends
from plan_worktree.state.drift import drift, orphans
from plan_worktree.state.glance.states import DONE, State, state_of
from plan_worktree.state.obstacles import moved_target, no_target, other_branch
from plan_worktree.state.repository.facts import Facts, facts_for_reading
from plan_worktree.state.repository.partial_clone import lacking
from plan_worktree.state.repository.records import Blocked, Claim, Completion, read_records
from plan_worktree.state.repository.signs import Signs, every_process, signs_of
from plan_worktree.state.repository.slots import slot_of
from plan_worktree.state.repository.upstreams import NO_UPSTREAMS, Upstreams
from plan_worktree.state.repository.worktree_changes import Seen, begin_looks
from plan_worktree.state.unpulled import join_command, plan_words, target_words, unreplaced
from plan_worktree.worktrees.lock_marks import is_half_made
from plan_worktree.worktrees.notes import only_left

# The states themselves are told by whoever tells where stages stand.
__all__ = [
    "DONE", "Report", "StageReport", "State", "Work", "derive", "read_states", "read_status",
    "run_status",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """What git knows of one stage's work.

    `branch` is None before setup. `changes` is None without a directory, and when the disk did
    not answer: then `unread` says what git said. `committed` is when the branch's last commit was
    made (seconds since 1970, UTC), `subject` what it is called; None and empty without a branch.
    `claim` says who has the stage, `verified` which commit passed its checks, `completion` how,
    `blocked` why it was last declared that, `drift` how the plan was changed since setup,
    `elsewhere` what else the worktree has checked out and how it gets its branch again,
    `unreplaced` which push its upstream needs, `signs` how lively the owner is. `untouched`:
    nothing lies there but what setup left. `slot` is the worktree's.
    """

    branch: Branch | None = None
    changes: gitworktrees.Changes | None = None
    unread: str | None = None
    worktree: Path | None = None
    missing: bool = False
    half_made: bool = False
    saved: bool = False
    committed: int | None = None
    subject: str = ""
    claim: Claim | None = None
    verified: str | None = None
    completion: Completion | None = None
    blocked: Blocked | None = None
    drift: str | None = None
    elsewhere: str | None = None
    unreplaced: str | None = None
    untouched: bool = False
    signs: Signs | None = None
    slot: int | None = None

    @property
    def merged(self) -> bool:
        """Whether there was work, and all of it is in the target: none of a branch on its base."""
        return self.branch is not None and self.branch.has_landed

    @property
    def stale(self) -> bool | None:
        """Whether a dependency has work that the branch lacks; None without a branch."""
        return None if self.branch is None else self.branch.stale and not self.merged

    @property
    def dirty(self) -> bool:
        """Whether the worktree holds anything that is in no commit."""
        return bool(self.changes and self.changes.dirty)

    @property
    def started(self) -> bool:
        """Whether the stage is claimed, or has commits of its own or uncommitted work."""
        own = self.branch is not None and self.branch.has_own_commits
        return self.claim is not None or own or (self.dirty and not self.untouched)


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage: what is declared, what git knows, and what follows."""

    stage: Stage
    state: State
    work: Work
    waiting_for: tuple[str, ...]

    @property
    def is_stale(self) -> bool | None:
        """Whether a dependency has work that the branch lacks; None without a branch.

        Never of a stage that nobody has begun: its branch is moved there when it is started.
        """
        is_begun = self.work.started or self.stage.status != StageStatus.NOT_STARTED
        return self.work.stale and is_begun

    @property
    def is_verified(self) -> bool:
        """Whether the branch's last commit passed the commands that the plan names now."""
        work, ran = self.work, self.work.completion
        at_head = work.branch is not None and work.branch.head == work.verified
        return at_head and ran is not None and ran.commands == self.stage.verify


@dataclass(frozen=True, slots=True)
class Report:
    """A plan's stages in the plan's order, and the branch they land in (short name).

    What follows is known where the worktrees were looked into. `orphans` says what is there of
    stages that the plan no longer has. `upstreams` is what the branches follow on a remote, `where`
    says in words how the target stands beside its upstream, `pull` which command brings them
    together where no plain pull does, and `fetched` when the remote was last asked (seconds since
    1970, UTC; None: never). `problems` says what is wrong with the target.
    `shared` is how other clones share the plan. `todo` counts items by stage, for `run_status`.
    """

    plan: Plan
    target: str | None
    stages: tuple[StageReport, ...]
    orphans: tuple[str, ...] = ()
    upstreams: Upstreams = NO_UPSTREAMS
    where: str | None = None
    pull: str | None = None
    fetched: float | None = None
    problems: tuple[str, ...] = ()
    todo: Mapping[str, Count] = field(default_factory=dict)
    shared: Shared | None = None

    def of(self, stage: Stage) -> StageReport:
        """Return what is reported of a stage."""
        return self.among([stage.id])[0]

    def among(self, names: Collection[str]) -> list[StageReport]:
        """Return what is reported of the stages with these ids, in the plan's order."""
        return [entry for entry in self.stages if entry.stage.id in names]


class _Worktree(NamedTuple):
    """A stage's worktree as git lists it, and whether its directory is there and still is that."""

    entry: gitworktrees.Worktree
    is_whole: bool


def run_status(written: str | None, start: Path) -> Report:
    """Return where every stage of a plan stands. Raises BadArgument, Refused and GitError."""
    opened = open_plan(written, start)
    facts = facts_for_reading(opened)
    report = read_status(facts, opened.graph)
    if report.shared and (way := plan_words(facts, opened)):
        report = replace(report, pull=way)
    return replace(report, todo=counts(opened.document))


def read_status(facts: Facts, graph: Graph) -> Report:
    """Look at every stage's branch and worktree. Raises GitError."""
    worktrees = _worktrees(facts)
    wait = begin_looks(there.entry.path for there in worktrees.values() if there.is_whole)
    ends = read_ends(facts, graph)
    branches = read_branches(ends)  # while git looks into the worktrees
    return Report(
        facts.plan,
        _target_name(facts),
        tuple(_with_signs(facts, _stage_reports(ends, branches, worktrees, wait()))),
        tuple(orphans(facts)),
        facts.upstreams,
        target_words(facts),
        join_command(facts),
        last_asked(facts.home, facts.plan.plan_id) if facts.upstreams.remote else None,
        tuple(why for why in (no_target(facts), moved_target(facts), *lacking(facts)) if why),
        shared=read_shared(facts.home, facts.plan.plan_id),
    )


def read_states(ends: Ends) -> Report:
    """Look at the branches of stages alone: nothing that is dirty is known. Raises GitError."""
    facts, branches = ends.facts, read_branches(ends)
    stages = _stage_reports(ends, branches, _worktrees(facts), {})
    return Report(facts.plan, _target_name(facts), stages)


def _with_signs(facts: Facts, entries: tuple[StageReport, ...]) -> Iterator[StageReport]:
    """Yield the stages, of those that are claimed with whether their owners are at work."""
    processes = every_process() if any(entry.work.claim for entry in entries) else None
    for entry in entries:
        work = entry.work
        if claim := work.claim:
            signs = signs_of(facts, claim, work.worktree, work.changes, processes)
            work = replace(work, signs=signs)
        yield replace(entry, work=work)


def _target_name(facts: Facts) -> str | None:
    return facts.target.removeprefix(HEADS) if facts.target else None


def _worktrees(facts: Facts) -> dict[str, _Worktree]:
    """Return the worktrees of the stages that were set up, by stage id."""
    return {
        stage.id: _Worktree(entry, facts.is_whole(entry))
        for stage in facts.plan.stages
        if facts.base(stage) and (entry := facts.worktree_of(stage))
    }


def _stage_reports(
    ends: Ends, branches: Mapping[str, Branch], worktrees: Mapping[str, _Worktree], seen: Seen
) -> tuple[StageReport, ...]:
    facts = ends.facts
    records = read_records(facts)
    work = {
        stage.id: replace(
            _work(facts, stage, branches.get(stage.id), worktrees.get(stage.id), seen),
            claim=records.claims.get(stage.id),
            verified=facts.verified(stage),
            completion=records.completions.get(stage.id),
            blocked=records.blocks.get(stage.id),
            drift=drift(facts, stage),
            slot=slot_of(facts, stage),
        )
        for stage in facts.plan.stages
    }
    return tuple(derive(facts.plan, ends.graph, work))


def derive(plan: Plan, graph: Graph, work: dict[str, Work]) -> Iterator[StageReport]:
    """Derive every stage's state from its work and its dependencies' states."""
    stages = {stage.id: stage for stage in plan.stages}
    states: dict[str, State] = {}
    waiting: dict[str, tuple[str, ...]] = {}
    for stage_id in graph.order:
        waiting[stage_id] = tuple(
            needed for needed in graph.dependencies[stage_id] if states[needed] not in DONE
        )
        states[stage_id] = state_of(
            stages[stage_id],
            is_merged=work[stage_id].merged,
            is_started=work[stage_id].started,
            is_waiting=bool(waiting[stage_id]),
        )
    for stage in plan.stages:
        yield StageReport(stage, states[stage.id], work[stage.id], waiting[stage.id])


def _work(
    facts: Facts, stage: Stage, branch: Branch | None, there: _Worktree | None, seen: Seen
) -> Work:
    if facts.base(stage) is None and branch is None:  # a branch of that name is somebody else's
        return Work()
    whole = there.entry if there and there.is_whole else None
    found = seen.get(whole.path) if whole else None
    changes = None if isinstance(found, GitError) else found
    tip = facts.refs.get(HEADS + stage.branch)
    placed = whole if tip and whole and whole.path != facts.home.root else None
    common = facts.home.git_directory
    return Work(
        branch=branch,
        changes=changes,
        untouched=bool(
            changes and changes.dirty and whole and only_left(whole.path, common, changes)
        ),
        unread=str(found) if isinstance(found, GitError) else None,
        worktree=there.entry.path if there else None,
        elsewhere=other_branch(facts, stage, placed) if placed else None,
        unreplaced=unreplaced(facts, stage) if branch and branch.replaces else None,
        missing=there is not None and not there.is_whole,
        half_made=there is not None and is_half_made(there.entry),
        saved=there is None and any(saved.is_snapshot for saved in facts.saved(stage)),
        committed=tip.committed if tip else None,
        subject=tip.subject if tip else "",
    )
