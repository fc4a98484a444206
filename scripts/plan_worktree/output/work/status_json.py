"""What ``status --json`` says of a plan's target and of each stage (schemas/)."""

from __future__ import annotations

from datetime import UTC, datetime

from plan_worktree.output.counts import count_fields
from plan_worktree.state.repository.records import written
from plan_worktree.state.status import DONE, Report, StageReport, State


def target_upstream(report: Report) -> dict[str, object] | None:
    """Return how the target stands beside its upstream, None without one."""
    above = report.upstreams
    if above.target is None:
        return None
    when = report.fetched and datetime.fromtimestamp(report.fetched, UTC)
    return {
        "name": above.target.shown,
        "ahead": above.ahead,
        "behind": above.behind,
        "fetched_at": f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else None,
    }


def _stage_upstream(entry: StageReport, report: Report) -> dict[str, object] | None:
    above, branch = report.upstreams.stages.get(entry.stage.id), entry.work.branch
    if above is None or branch is None:
        return None
    return {"name": above.shown, "ahead": branch.unpushed, "behind": branch.unpulled}


def stage_fields(entry: StageReport, report: Report) -> dict[str, object]:
    """Return what is said of a stage."""
    stage, work, branch = entry.stage, entry.work, entry.work.branch
    return {
        "id": stage.id,
        "name": stage.name,
        "declared": stage.status,
        "state": entry.state.value,
        "branch": stage.branch,
        "slot": work.slot,
        "worktree": str(work.worktree) if work.worktree else None,
        "base": branch.base if branch else None,
        "head": branch.head if branch else None,
        "ahead": branch.ahead if branch else None,
        "behind": branch.behind if branch else None,
        "upstream": _stage_upstream(entry, report),
        "dirty": work.changes.dirty if work.changes else None,
        "stale": entry.is_stale,
        "missing": work.missing,
        "depends_on": list(stage.depends_on),
        "waiting_for": list(entry.waiting_for),
        "owner": work.claim.owner if work.claim else None,
        "claimed_at": (work.claim.time or None) if work.claim else None,
        "seen_at": written(work.signs.seen) if work.signs and work.signs.seen else None,
        "quiet": work.signs.quiet if work.signs else None,
        "built_by": built_by(entry),
        "verified": work.verified,
        "landed": branch.landed_by if branch and branch.has_landed else None,
        "accepted": work.completion.reason if work.completion else None,
        "blocked": why_blocked(entry),
        "drift": work.drift,
        "elsewhere": work.elsewhere,
        "todo": count_fields(report.todo.get(stage.id)),
    }


def built_by(entry: StageReport) -> str | None:
    """Return who completed a stage, None of one that is not done or was not completed here."""
    record = entry.work.completion if entry.state in DONE else None
    return (record.owner or None) if record else None


def why_blocked(entry: StageReport) -> str | None:
    """Return why a stage is blocked, None of one that is not, or of which nobody has said it."""
    return entry.work.blocked.note if entry.state is State.BLOCKED and entry.work.blocked else None
