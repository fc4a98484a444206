"""Rules across plans: names that two plans of one repository cannot both have.

A finding sits in one of the two plans and names the other's line. Plans that are complete or
abandoned have given their names back.
"""

from __future__ import annotations

from collections.abc import Iterator

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.subject import Rule, Subject
from plan_worktree.plan.model import PlanStatus
from plan_worktree.plan.planfile import PlanFile
from plan_worktree.plan.text.jsontext import Pointer

TAKEN_ID = "PW207"
CODES = frozenset({TAKEN_ID, "PW307", "PW308"})
_OVER = (PlanStatus.COMPLETE, PlanStatus.ABANDONED)


def repeated_plan_id(subject: Subject) -> Iterator[Diagnostic]:
    """PW207: another plan has the same plan_id, and with it the same refs."""
    for other in _others(subject):
        if other.plan and subject.plan.plan_id and other.plan.plan_id == subject.plan.plan_id:
            where = _where(other, ("plan_id",))
            message = f'plan_id "{subject.plan.plan_id}" is taken by {where}: choose another'
            yield subject.at(TAKEN_ID, message, "plan_id")


def branch_of_another_plan(subject: Subject) -> Iterator[Diagnostic]:
    """PW307: another plan has a stage with the same branch (also by case)."""
    taken = {
        stage.branch.casefold(): (other, stage)
        for other in _others(subject)
        for stage in (other.plan.stages if other.plan else ())
    }
    for stage in subject.plan.stages:
        if stage.branch and (found := taken.get(stage.branch.casefold())):
            where = _where(found[0], ("stages", found[1].position, "branch"))
            message = f'branch "{stage.branch}" belongs to stage "{found[1].id}" of {where}'
            yield subject.at(
                "PW307", f"{message}: choose another", "stages", stage.position, "branch"
            )


def path_of_another_plan(subject: Subject) -> Iterator[Diagnostic]:
    """PW308: another plan has a stage with the same worktree path (also by case)."""
    taken = {
        subject.location(stage.worktree_path): (other, stage)
        for other in _others(subject)
        for stage in (other.plan.stages if other.plan else ())
        if stage.worktree_path
    }
    for stage in subject.plan.stages if taken else ():
        place = subject.location(stage.worktree_path)
        if place and (found := taken.get(place)):
            where = _where(found[0], ("stages", found[1].position, "worktree_path"))
            message = f'"{stage.worktree_path}" belongs to stage "{found[1].id}" of {where}'
            yield subject.at(
                "PW308", f"{message}: choose another", "stages", stage.position, "worktree_path"
            )


RULES: tuple[Rule, ...] = (repeated_plan_id, branch_of_another_plan, path_of_another_plan)


def _others(subject: Subject) -> Iterator[PlanFile]:
    if subject.plan.status in _OVER:
        return
    for other in subject.neighbours:
        if other.plan and other.plan.status not in _OVER:
            yield other


def _where(other: PlanFile, pointer: Pointer) -> str:
    line = other.metadata.position(*pointer)[0] if other.metadata else 1
    return f"{other.name}:{line}"
