"""status: what git says about every stage, beside what the plan declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from plan_worktree import git
from plan_worktree.gitfiles import has_made_commits
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.refs import HEADS
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, Stage, StageStatus


class State(StrEnum):
    """A stage's state as derived from git and the plan (design, "Derived stage state")."""

    BLOCKED = "blocked"
    WAITING = "waiting"
    READY = "ready"
    IN_PROGRESS = "in-progress"
    COMPLETE = "complete"
    MERGED = "merged"


DONE = frozenset({State.COMPLETE, State.MERGED})


@dataclass(frozen=True, slots=True)
class Work:
    """What git knows of one stage's work; None where there is no branch or no worktree.

    `ahead` and `behind` count commits against the target. `changes` is None without a directory.
    """

    base: str | None = None
    head: str | None = None
    ahead: int | None = None
    behind: int | None = None
    changes: git.Changes | None = None
    missing: bool = False
    worktree: Path | None = None
    has_own_commits: bool = False

    @property
    def merged(self) -> bool:
        """Whether there was work, and all of it is in the target.

        A branch that still stands on its base, or was only brought up to date, has no work: that
        is not started, never merged.
        """
        return self.has_own_commits and self.ahead == 0

    @property
    def started(self) -> bool:
        """Whether the stage has commits of its own or uncommitted work."""
        return self.has_own_commits or bool(self.changes and self.changes.dirty)


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage: what is declared, what git knows, and what follows."""

    stage: Stage
    state: State
    work: Work
    waiting_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A plan's stages in the plan's order, and the branch they land in (short name)."""

    plan: Plan
    target: str | None
    stages: tuple[StageReport, ...]


def read_status(facts: Facts, graph: Graph) -> Report:
    """Look at every stage's branch and worktree. Raises git.GitError."""
    work = {stage.id: _work(facts, stage) for stage in facts.plan.stages}
    target = facts.target.removeprefix(HEADS) if facts.target else None
    return Report(facts.plan, target, tuple(derive(facts.plan, graph, work)))


def derive(plan: Plan, graph: Graph, work: dict[str, Work]) -> Iterator[StageReport]:
    """Derive every stage's state from its work and its dependencies' states."""
    stages = {stage.id: stage for stage in plan.stages}
    states: dict[str, State] = {}
    waiting: dict[str, tuple[str, ...]] = {}
    for stage_id in graph.order:
        waiting[stage_id] = tuple(
            needed for needed in graph.dependencies[stage_id] if states[needed] not in DONE
        )
        states[stage_id] = _state(stages[stage_id], work[stage_id], bool(waiting[stage_id]))
    for stage in plan.stages:
        yield StageReport(stage, states[stage.id], work[stage.id], waiting[stage.id])


def _state(stage: Stage, work: Work, is_waiting: bool) -> State:
    if work.merged:
        return State.MERGED
    if stage.status == StageStatus.COMPLETE:
        return State.COMPLETE
    if stage.status == StageStatus.BLOCKED:
        return State.BLOCKED
    if work.started:
        return State.IN_PROGRESS
    return State.WAITING if is_waiting else State.READY


def _work(facts: Facts, stage: Stage) -> Work:
    base = facts.base(stage)
    if base is None:  # never set up; a branch of that name is somebody else's
        return Work()
    # The branch of a landed stage is deleted with its worktree; what it was stays known.
    head = facts.head(stage) or facts.saved(stage)
    entry = facts.worktree_of(stage)
    present = entry is not None and facts.is_whole(entry)
    ahead = behind = None
    if head and facts.target_commit:
        ahead, behind = git.ahead_behind(facts.home.root, head, facts.target_commit)
    return Work(
        base=base,
        head=head,
        ahead=ahead,
        behind=behind,
        changes=git.changes(entry.path) if entry and present else None,
        missing=entry is not None and not present,
        worktree=entry.path if entry else None,
        has_own_commits=_has_own_commits(facts, stage, head, ahead),
    )


def _has_own_commits(facts: Facts, stage: Stage, head: str | None, ahead: int | None) -> bool:
    if head is None or head == facts.base(stage):
        return False
    if ahead != 0 or facts.head(stage) is None:  # a saved tip was saved because it had landed
        return True
    # All of it is in the target: because the work landed, or because the branch was only moved
    # forward to the target. The graph is the same in both cases; the branch's reflog is not.
    made = has_made_commits(facts.home.git_directory, HEADS + stage.branch)
    if made or not _is_mainline(facts, head):  # a merge brought it in from the side
        return True
    return made is None and stage.status != StageStatus.NOT_STARTED


def _is_mainline(facts: Facts, commit: str) -> bool:
    """Tell whether the target itself once stood on a commit: by its chain of first parents."""
    chain = ("rev-list", "--first-parent", facts.target_commit or "HEAD", "--not", f"{commit}^@")
    listed = git.run(facts.home.root, *chain).stdout.split("\n")
    return commit in listed
