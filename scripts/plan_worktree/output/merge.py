"""What merge landed, and why it stopped, as a table or as JSON."""

from __future__ import annotations

from shlex import quote

from plan_worktree.lifecycle.merge import Asked, Merged
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table
from plan_worktree.plan.model import PlanStatus


def show_merge(merged: Merged, asked: Asked, as_json: bool) -> int:
    """Show what landed; return the exit code that follows."""
    stopped = merged.stopped
    if as_json:
        emit("merge", _fields(merged, asked))
    elif merged.landed:
        rows = [(s.id, (commit or "would land")[:10], s.name) for s, commit in merged.landed]
        table(("STAGE", "ACTION" if asked.dry_run else "LANDED", "NAME"), rows)
    elif stopped is None:
        note("nothing to land")
    if stopped:
        files = f" in {', '.join(stopped.files[:10])}" if stopped.files else ""
        more = ", …" if len(stopped.files) > 10 else ""
        reason = f"stage {stopped.stage.id} does not land{files}{more}: {stopped.reason}"
        note(*reason.split("\n"))
    plan = quote(merged.opened.plan.plan_id)
    if merged.left:
        left = ", ".join(f"{stage.id} ({state})" for stage, state in merged.left)
        note(f"not in {merged.target} yet: {left}")
    elif not asked.dry_run and merged.opened.plan.status != PlanStatus.ABANDONED:
        then = f"plan-worktree remove {plan} --merged"
        note(f"all stages are in {merged.target}: commit the plan, then: {then}")
    if stopped is None:
        return 0
    return 3 if stopped.failed else 1


def _fields(merged: Merged, asked: Asked) -> dict[str, object]:
    stopped = merged.stopped
    return {
        "dry_run": asked.dry_run,
        "plan_id": merged.opened.plan.plan_id,
        "target": merged.target,
        "how": asked.how.value,
        "landed": [{"stage": stage.id, "commit": commit} for stage, commit in merged.landed],
        "stopped": stopped
        and {"stage": stopped.stage.id, "files": list(stopped.files), "reason": stopped.reason},
        "left": [{"stage": stage.id, "state": state.value} for stage, state in merged.left],
    }
