"""ls: the plans of a repository, broken ones among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plan_worktree.diagnostics import Severity
from plan_worktree.plan.model import Plan
from plan_worktree.plan.planfile import PlanFile, load
from plan_worktree.planfiles.find import display_name, plans_of
from plan_worktree.project.home import find_home_for_reading


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan as `ls` shows it; `problem` when its metadata cannot be read."""

    file: str
    plan_id: str | None
    status: str | None
    stages: int | None
    problem: str | None


def list_plans(start: Path) -> list[Listed]:
    """Return the plans of the plans folder, by file name. Notes beside them are left out."""
    listed = []
    for path in plans_of(find_home_for_reading(start)):
        file = load(path, display_name(path, start))
        # What is not there, or of a wrong type, was read as empty.
        plan = file.plan if file.plan and file.plan.plan_id else None
        listed.append(
            Listed(
                file=file.name,
                plan_id=plan.plan_id if plan else None,
                status=(plan.status or None) if plan else None,
                stages=len(plan.stages) if plan else None,
                problem=_problem(file, plan),
            )
        )
    return listed


def _problem(file: PlanFile, plan: Plan | None) -> str | None:
    errors = (one.message for one in file.problems if one.severity is Severity.ERROR)
    if error := next(errors, None):
        return error
    return None if plan else "the metadata has no plan_id"
