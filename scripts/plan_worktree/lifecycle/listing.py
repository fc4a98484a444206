"""ls: the plans of a repository, broken ones among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plan_worktree.lifecycle.find import display_name, is_plan, plan_paths
from plan_worktree.lifecycle.home import find_home
from plan_worktree.plan.planfile import load


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan as `ls` shows it; `problem` when its metadata cannot be read."""

    file: str
    plan_id: str
    status: str
    stages: int
    problem: str | None


def list_plans(start: Path) -> list[Listed]:
    """Return the plans of the plans folder, by file name. Notes beside them are left out."""
    listed = []
    for path in plan_paths(find_home(start)):
        file = load(path, display_name(path, start))
        if not is_plan(file):
            continue
        plan = file.plan
        listed.append(
            Listed(
                file=file.name,
                plan_id=plan.plan_id if plan else "",
                status=plan.status if plan else "",
                stages=len(plan.stages) if plan else 0,
                problem=file.problems[0].message if file.problems else None,
            )
        )
    return listed
