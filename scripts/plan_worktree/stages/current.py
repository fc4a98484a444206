"""Which stage a command is about: the one that is named, or the one in whose worktree it runs."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.plan.model import Plan, Stage
from plan_worktree.planfiles.open_plan import select
from plan_worktree.project.refusal import BadArgument
from plan_worktree.state.repository.facts import Facts


def current_stage(facts: Facts, name: str | None, start: Path) -> Stage:
    """Return the stage that is meant. Raises BadArgument when there is none."""
    if name is not None:
        (stage,) = select(facts.plan, [name])
        return stage
    found = facts.stage_at(start)
    if found is None:
        there = f"{facts.plan.plan_id} has {some_stages(facts.plan)}"
        raise BadArgument(f"name a stage, or go to its worktree; {there}")
    return found


def some_stages(plan: Plan) -> str:
    """Return the ids of a plan's first stages, for a message."""
    more = ", …" if len(plan.stages) > 8 else ""
    return ", ".join(stage.id for stage in plan.stages[:8]) + more
