"""Why a command did nothing, as text or as JSON."""

from __future__ import annotations

import sys

from plan_worktree.output.findings import finding_line
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, say, write
from plan_worktree.planfiles.open_plan import InvalidPlan
from plan_worktree.project.refusal import Code, NothingLeft, NotYet, Reason, Refused


def show_refused(error: Refused, as_json: bool) -> None:
    """Show every reason. That there is nothing to take is no refusal, but an answer."""
    found = error.diagnostics if isinstance(error, InvalidPlan) else ()
    if as_json:
        shown = (f"{d.file}:{d.line}:{d.column}: {d.severity} {d.code} {d.message}" for d in found)
        reasons = (*(Reason(text, Code.INVALID_PLAN) for text in shown), *error.reasons)
        emit("refused", {"reasons": [_fields(reason) for reason in reasons]})
        return
    for one in found:
        write(finding_line(one, sys.stderr), sys.stderr)
    if isinstance(error, NotYet | NothingLeft):
        say(*error.reasons)
    else:
        note(*(f"refused: {reason}" for reason in error.reasons))


def _fields(reason: Reason) -> dict[str, object]:
    return {"code": reason.code.value, "text": str(reason), "commands": list(reason.commands)}
