"""What keeps a plan from being approved: every finding, warnings too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.check import check
from plan_worktree.plan.model import PlanStatus
from plan_worktree.planfiles.find import Found
from plan_worktree.planfiles.neighbours import Neighbours
from plan_worktree.planfiles.open_plan import InvalidPlan, Opened
from plan_worktree.planfiles.repository_view import view_of
from plan_worktree.project.refusal import Code, Reason


class NotClean(InvalidPlan):
    """A plan that may not be approved yet, with what was found in it."""

    def __init__(self, name: str, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(name, diagnostics)
        check = f"plan-worktree validate --strict {quote(name)}"
        said = f"a plan with findings is not approved; fix them, then: {check}"
        self.reasons = (Reason(said, Code.INVALID_PLAN, check),)


def require_clean(opened: Opened, start: Path) -> None:
    """Raise NotClean for a plan in which `validate --strict` would find something.

    The plan is judged as if it were approved: a placeholder is an error then. Raises GitError.
    """
    approved = opened.plan._replace(status=PlanStatus.APPROVED)
    file = opened.file._replace(plan=approved)
    others = Neighbours([Found(opened.path, opened.home)], start).of(opened.path, approved)
    if found := check(file, view_of(opened.home), others):
        raise NotClean(opened.file.name, found)
