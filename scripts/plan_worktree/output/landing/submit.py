"""What submit pushed and opened, as a table or as JSON."""

from __future__ import annotations

from shlex import quote

from plan_worktree.landing.requests.submitting import (
    Brought,
    Sent,
    SubmitOptions,
    SubmitReport,
    SubmitStep,
)
from plan_worktree.output.jsontext import emit
from plan_worktree.output.landing.requests import request_fields
from plan_worktree.output.terminal import note, table

# What somebody has to look at before it goes on.
_FINDINGS = frozenset({Brought.CLOSED, Brought.FAILED})
_WOULD = {
    Sent.PUSHED: "would be pushed",
    Brought.OPENED: "would be opened",
    Brought.UPDATED: "would be updated",
    Brought.SENT: "would be sent",
}


def show_submit(report: SubmitReport, options: SubmitOptions, as_json: bool) -> int:
    """Show what was submitted; return the exit code that follows."""
    name = quote(report.opened.plan.plan_id)
    if as_json:
        emit("submit", _fields(report, options))
    elif report.steps:
        rows = [_row(step, dry_run=options.dry_run) for step in report.steps]
        table(("STAGE", "BRANCH", "REQUEST", "INTO", "URL"), rows)
    elif report.left:
        note("nothing to submit")
    for stage, commit in report.landed.items():
        note(f"stage {stage} has landed with {commit[:10]}, as the forge says")
    for stage in () if options.dry_run else report.moved:
        note(f"stage {stage} was moved onto {report.target}, which has what it builds on")
    for step in report.steps:
        note(*(f"stage {step.stage.id}: {line}" for why in step.reason for line in why.split("\n")))
        if step.place and step.place.draft and step.brought is not Brought.FAILED:
            waits = ", ".join(step.place.waits)
            note(f"stage {step.stage.id}: a draft until these have landed: {waits}")
    if not (report.steps or report.left):
        then = f"plan-worktree remove {name} --merged"
        note(f"all stages are in {report.target}: commit the plan, then: {then}")
    if report.left:
        left = ", ".join(f"{stage.id} ({state})" for stage, state in report.left)
        note(f"not submitted: {left}")
    if report.failure:
        note(f"when that is fixed: plan-worktree submit {name}")
        return 3
    return 1 if any(step.brought in _FINDINGS for step in report.steps) else 0


def _row(step: SubmitStep, *, dry_run: bool) -> tuple[str, ...]:
    sent, brought = step.sent.value, step.brought.value
    if dry_run:
        sent, brought = _WOULD.get(step.sent, sent), _WOULD.get(step.brought, brought)
    number = f" #{step.request.number}" if step.request else ""
    into = step.place.base if step.place else step.request.base if step.request else "-"
    url = step.request.url if step.request else "-"
    return step.stage.id, sent, f"{brought}{number}", into, url


def _fields(report: SubmitReport, options: SubmitOptions) -> dict[str, object]:
    return {
        "dry_run": options.dry_run,
        "plan_id": report.opened.plan.plan_id,
        "remote": report.remote.name,
        "forge": report.remote.forge.name,
        "target": report.target,
        "stages": [
            {
                "id": step.stage.id,
                "branch": step.stage.branch,
                "commit": step.commit,
                "push": step.sent.value,
                "action": step.brought.value,
                "base": step.place.base if step.place else None,
                "draft": step.place.draft if step.place else None,
                "waits_for": list(step.place.waits) if step.place else [],
                "request": request_fields(step.request),
                "reasons": list(step.reason),
            }
            for step in report.steps
        ],
        "landed": [{"stage": name, "commit": commit} for name, commit in report.landed.items()],
        "moved": list(report.moved),
        "left": [{"stage": stage.id, "state": state.value} for stage, state in report.left],
        "failure": report.failure,
    }
