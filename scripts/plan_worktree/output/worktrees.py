"""What remove and restore did, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table
from plan_worktree.plan.model import Stage
from plan_worktree.removal.restore import PushedStep, RestoreStep
from plan_worktree.removal.step import Removal, RemoveStep
from plan_worktree.state.repository.facts import Saved


def show_remove(steps: Sequence[RemoveStep], dry_run: bool, as_json: bool) -> bool:
    """Show what remove did; return whether a stage failed."""
    if as_json:
        stages = [
            {
                "id": step.stage.id,
                "action": step.action.value,
                "branch": step.stage.branch,
                "worktree": str(step.worktree) if step.worktree else None,
                "branch_deleted": step.head is not None and step.action is Removal.REMOVED,
                "saved": step.saved,
                "why": step.why,
                "error": step.error,
            }
            for step in steps
        ]
        emit("remove", {"dry_run": dry_run, "stages": stages})
    elif steps:
        headers = ["STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "WORKTREE"]
        rows = [
            [s.stage.id, s.action.value, _branch_fate(s), str(s.worktree or "-")] for s in steps
        ]
        if any(step.why for step in steps):
            headers.append("WHY")
            rows = [[*row, step.why or "-"] for row, step in zip(rows, steps, strict=True)]
        table(headers, rows)
    else:
        note("nothing to remove")
    for step in steps:
        if step.ignored and step.action is Removal.REMOVED:
            listed = ", ".join(f"{part.path} ({_size(part.size)})" for part in step.ignored[:5])
            more = f" and {len(step.ignored) - 5} more" if len(step.ignored) > 5 else ""
            verb = "would go" if dry_run else "went"
            note(f"stage {step.stage.id}: ignored files {verb} with it, unsaved: {listed}{more}")
    failed = [step for step in steps if step.action is Removal.FAILED]
    for step in failed:
        note(*f"stage {step.stage.id} failed: {step.error}".split("\n"))
    return bool(failed)


def show_restore(step: RestoreStep, dry_run: bool, as_json: bool) -> None:
    """Show what was brought back."""
    stage, action = step.stage, "kept" if step.is_done else "restored"
    if as_json:
        fields = {
            "id": stage.id,
            "action": action,
            "branch": stage.branch,
            "worktree": str(step.worktree),
            "saved": step.saved.ref.name,
        }
        emit("restore", {"dry_run": dry_run, "stages": [fields]})
        return
    headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "SAVED", "WORKTREE")
    table(headers, [(stage.id, action, stage.branch, step.saved.time, str(step.worktree))])


def show_pushed(step: PushedStep, dry_run: bool, as_json: bool) -> None:
    """Show what was pushed of what is saved."""
    stage, action = step.stage, "pushed" if step.is_new else "kept"
    if as_json:
        fields = {
            "id": stage.id,
            "action": action,
            "branch": stage.branch,
            "worktree": None,
            "saved": step.saved.ref.name,
        }
        emit("restore", {"dry_run": dry_run, "stages": [fields]})
        return
    headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "SAVED", "REMOTE")
    table(headers, [(stage.id, action, stage.branch, step.saved.time, step.remote)])


def show_saved(saved: Sequence[tuple[Stage, Saved]], as_json: bool) -> None:
    """List what is saved."""
    if as_json:
        fields = [
            {
                "id": stage.id,
                "time": one.time,
                "files": one.is_snapshot,
                "tip": one.tip,
                "ref": one.ref.name,
            }
            for stage, one in saved
        ]
        emit("saved", {"saved": fields})
        return
    if not saved:
        note("nothing is saved of this plan's stages")
        return
    rows = [
        (
            stage.id,
            one.time,
            "worktree" if one.is_snapshot else "branch",
            one.tip[:10],
            one.ref.name,
        )
        for stage, one in saved
    ]
    table(("STAGE", "SAVED", "WHAT", "TIP", "REF"), rows)


def _branch_fate(step: RemoveStep) -> str:
    if step.action is Removal.KEPT:
        return f"{step.stage.branch} (kept)"
    if step.head is None:
        return f"{step.stage.branch} (kept)" if step.keep_tip else "-"
    deleted = step.action is Removal.REMOVED
    return f"{step.stage.branch} ({'deleted' if deleted else 'kept'})"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
