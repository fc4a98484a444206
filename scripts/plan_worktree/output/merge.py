"""What merge landed, and why it stopped, as a table or as JSON."""

from __future__ import annotations

from plan_worktree.landing.landing import MergeOptions
from plan_worktree.landing.merge import MergeReport, Stopped
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, say, table


def show_merge(merged: MergeReport, options: MergeOptions, as_json: bool) -> int:
    """Show what landed; return the exit code that follows."""
    stopped = merged.stopped
    if as_json:
        emit("merge", _fields(merged, options))
    elif merged.landed:
        rows = [
            (one.stage.id, (one.commit or "would land")[:10], one.stage.name)
            for one in merged.landed
        ]
        table(("STAGE", "ACTION" if options.dry_run else "LANDED", "NAME"), rows)
    elif stopped is None:
        say("nothing to land")
    # Under --json stdout is the object's alone.
    tell = note if as_json else say
    if merged.forwarded and options.dry_run:
        tell(f"{merged.target} would be brought forward to {merged.forwarded.shown} before that")
    if stopped:
        note(*f"{_stopped_words(stopped)}: {stopped.reason}".split("\n"))
    if merged.left:
        left = ", ".join(f"{stage.id} ({state})" for stage, state in merged.left)
        tell(f"not in {merged.target} yet: {left}")
    elif merged.closing:
        tell(merged.closing)
    if stopped is None:
        return 0
    return 3 if stopped.failed else 1


def _stopped_words(stopped: Stopped) -> str:
    if stopped.stage is None:
        return "what has landed could not be recorded"
    files = f" in {', '.join(stopped.files[:10])}" if stopped.files else ""
    more = ", …" if len(stopped.files) > 10 else ""
    return f"stage {stopped.stage.id} does not land{files}{more}"


def _fields(merged: MergeReport, options: MergeOptions) -> dict[str, object]:
    stopped = merged.stopped
    return {
        "dry_run": options.dry_run,
        "plan_id": merged.opened.plan.plan_id,
        "target": merged.target,
        "how": options.method.value,
        "forwarded": merged.forwarded.shown if merged.forwarded else None,
        "landed": [{"stage": one.stage.id, "commit": one.commit} for one in merged.landed],
        "stopped": stopped
        and {
            "stage": stopped.stage.id if stopped.stage else None,
            "files": list(stopped.files),
            "reason": stopped.reason,
        },
        "left": [{"stage": stage.id, "state": state.value} for stage, state in merged.left],
    }
