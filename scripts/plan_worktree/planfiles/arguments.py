"""What the words PLAN and STAGE of a command line mean.

In a stage's worktree one word that names a stage of that plan is the stage, also where a plan is
called alike: whoever is there works on the stages. Elsewhere the first word is the plan.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from plan_worktree.plan.planfile import load
from plan_worktree.planfiles.find import find_plan, pointed_plan
from plan_worktree.planfiles.plans import worktree_around
from plan_worktree.project.names import CURRENT_STAGE
from plan_worktree.project.refusal import BadArgument, Refused


def plan_and_stage(names: Sequence[str | None], start: Path) -> tuple[str | None, str | None]:
    """Return what up to two words mean: a plan and a stage of it; None stands for no word.

    Raises GitError.
    """
    words = [name for name in names if name is not None]
    plan, stages = plan_and_stages(words[0] if words else None, words[1:], start)
    return plan, stages[0] if stages else None


def plan_and_stages(
    plan: str | None, stages: Sequence[str], start: Path
) -> tuple[str | None, tuple[str, ...]]:
    """Return what a first word and those behind it mean: a plan and stages of it. Raises GitError.

    The first word alone is a stage where `start` lies in a stage's worktree and the plan of that
    has one of the name.
    """
    if plan is not None and not stages and plan in _stages_around(start):
        return None, (plan,)
    return plan, tuple(stages)


def _stages_around(start: Path) -> set[str]:
    """Return the stages of the plan in one of whose worktrees a folder lies."""
    path = pointed_plan(start)
    if path is None:
        around = worktree_around(start / CURRENT_STAGE)
        if around is None or (around / ".git").is_dir():  # a stage's worktree has a file there
            return set()
        try:
            path, home = find_plan(None, start)
        except (BadArgument, Refused):
            return set()
        plan = load(path).plan
        here = Path(os.path.realpath(start))
        places = [home.resolve(s.worktree_path) for s in plan.stages] if plan and home else []
        if not any(here.is_relative_to(place) for place in places):
            return set()
    else:
        plan = load(path).plan
    return {stage.id for stage in plan.stages} if plan else set()
