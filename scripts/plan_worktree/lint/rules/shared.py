"""PW408: the plan's statuses against the records that clones share.

A status is derived from them, so it is never wrong for long: a plan that says less was written, or
committed, before this clone followed what it has fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.subject import Rule, Subject
from plan_worktree.plan.model import StageStatus

# A stage that is declared one of these is behind when its records say the other.
_BEHIND = {
    StageStatus.IN_PROGRESS: (StageStatus.NOT_STARTED,),
    StageStatus.COMPLETE: (StageStatus.NOT_STARTED, StageStatus.IN_PROGRESS),
}


def status_behind(subject: Subject) -> Iterator[Diagnostic]:
    """PW408: a stage is further by the shared records than the plan says."""
    if subject.repository is None:
        return
    shared = subject.repository.shared_statuses(subject.plan.plan_id)
    for stage in subject.plan.stages if shared else ():
        there = shared.get(stage.id)
        if there and stage.status in _BEHIND.get(StageStatus(there), ()):
            write = f"plan-worktree status {quote(subject.plan.plan_id)} --fetch"
            message = (
                f'stage "{stage.id}" is {there} by what clones share, and the plan says '
                f"{stage.status}: to have it written: {write}"
            )
            yield subject.at("PW408", message, "stages", stage.position, "status")


RULES: tuple[Rule, ...] = (status_behind,)
