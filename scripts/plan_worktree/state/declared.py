"""Where a plan's stages stand: what git says, or where there is no git, what the plan declares."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, StageStatus
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.state.repository.facts import facts_for_reading
from plan_worktree.state.status import Report, State, Work, derive, read_status


class Standing(NamedTuple):
    """A report of a plan's stages, and whether git was asked for it."""

    report: Report
    from_git: bool


def read_standing(opened: Opened) -> Standing:
    """Return what `status` would report of a plan in a repository, else what the plan declares.

    Raises GitError.
    """
    if opened.home is None:
        return Standing(declared(opened.plan, opened.graph), from_git=False)
    return Standing(read_status(facts_for_reading(opened), opened.graph), from_git=True)


def declared(plan: Plan, graph: Graph) -> Report:
    """Return a report that believes the statuses of a plan; nothing is known of any work."""
    derived = derive(plan, graph, {stage.id: Work() for stage in plan.stages})
    believed = (
        replace(entry, state=State.IN_PROGRESS)
        if entry.stage.status == StageStatus.IN_PROGRESS
        else entry
        for entry in derived
    )
    return Report(plan, plan.base, tuple(believed))
