"""Which stage a command is about: the one that is named, or the one in whose worktree it runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from plan_worktree.plan.model import Plan, Stage
from plan_worktree.plan.planfile import load
from plan_worktree.planfiles.find import find_plan, pointed_plan
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


def plan_and_stage(names: Sequence[str], start: Path) -> tuple[str | None, str | None]:
    """Return what up to two names mean: a plan and a stage of it.

    One name is a plan, unless `start` lies in a stage's worktree and the plan of that has a stage
    of the name. Raises Refused and GitError.
    """
    if len(names) == 1 and names[0] in _stages_around(start):
        return None, names[0]
    plan, stage = (*names, None, None)[:2]
    return plan, stage


def _stages_around(start: Path) -> set[str]:
    """Return the stages of the plan in one of whose worktrees a folder lies."""
    path = pointed_plan(start)
    if path is None:
        try:
            path, home = find_plan(None, start)
        except BadArgument:
            return set()
        plan = load(path).plan
        here = Path(os.path.realpath(start))
        places = [home.resolve(s.worktree_path) for s in plan.stages] if plan and home else []
        if not any(here.is_relative_to(place) for place in places):
            return set()
    else:
        plan = load(path).plan
    return {stage.id for stage in plan.stages} if plan else set()
