"""Where every stage stands, as a table or as JSON."""

from __future__ import annotations

import time

from plan_worktree.lifecycle.status import Report, StageReport, State, Work
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def show_status(report: Report, as_json: bool) -> None:
    """Show where every stage stands."""
    if as_json:
        emit(
            "status",
            {
                "plan_id": report.plan.plan_id,
                "target": report.target,
                "stages": [_status_fields(entry) for entry in report.stages],
            },
        )
        return
    rows = []
    for entry in report.stages:
        work, branch = entry.work, entry.work.branch
        commits = (
            "-" if branch is None or branch.ahead is None else f"+{branch.ahead} -{branch.behind}"
        )
        rows.append(
            (
                entry.stage.id,
                entry.state.value,
                entry.stage.status,
                commits,
                ", ".join(_flags(entry)) or "-",
                _last_commit(work),
                str(work.worktree) if work.worktree else "-",
            )
        )
    headers = ("STAGE", "STATE", "DECLARED", "COMMITS", "FLAGS", "LAST COMMIT", "WORKTREE")
    table(headers, rows)
    for entry in report.stages:
        if entry.work.unread:
            note(*f"stage {entry.stage.id} cannot be read: {entry.work.unread}".split("\n"))


def _flags(entry: StageReport) -> list[str]:
    work = entry.work
    found = [
        flag
        for flag, on in (
            ("missing", work.missing),
            ("half-made", work.half_made),
            ("unreadable", work.unread is not None),
            ("dirty", work.dirty),
            ("stale", work.stale),
            ("saved", work.saved),
        )
        if on
    ]
    if entry.waiting_for and entry.state is State.WAITING:
        found.append(f"for {', '.join(entry.waiting_for)}")
    return found


def _last_commit(work: Work) -> str:
    if work.committed is None or work.branch is None or not work.branch.has_own_commits:
        return "-"
    return f"{_age(time.time() - work.committed)} {work.branch.head[:7]} {work.subject}"


def _age(seconds: float) -> str:
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)}{unit}"
    return "now"


def _status_fields(entry: StageReport) -> dict[str, object]:
    stage, work, branch = entry.stage, entry.work, entry.work.branch
    return {
        "id": stage.id,
        "name": stage.name,
        "declared": stage.status,
        "state": entry.state.value,
        "branch": stage.branch,
        "worktree": str(work.worktree) if work.worktree else None,
        "base": branch.base if branch else None,
        "head": branch.head if branch else None,
        "ahead": branch.ahead if branch else None,
        "behind": branch.behind if branch else None,
        "dirty": work.changes.dirty if work.changes else None,
        "stale": work.stale,
        "missing": work.missing,
        "depends_on": list(stage.depends_on),
        "waiting_for": list(entry.waiting_for),
        "owner": None,
        "claimed_at": None,
        "verified": None,
    }
