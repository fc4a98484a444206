"""Where every stage stands, as a table or as JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from plan_worktree.diagnostics import printable
from plan_worktree.output.counts import count_fields, count_words
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table, write
from plan_worktree.state.repository.records import in_words
from plan_worktree.state.status import Report, StageReport, State, Work
from plan_worktree.state.unpulled import copied_words


def show_status(report: Report, as_json: bool) -> None:
    """Show where every stage stands."""
    if as_json:
        emit(
            "status",
            {
                "plan_id": report.plan.plan_id,
                "target": report.target,
                "upstream": _target_upstream(report),
                "stages": [_status_fields(entry, report) for entry in report.stages],
                "orphans": list(report.orphans),
                "problems": list(report.problems),
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
                ", ".join(flags(entry)) or "-",
                owner(work),
                _last_commit(work),
                count_words(report.todo.get(entry.stage.id)),
                str(work.worktree) if work.worktree else "-",
            )
        )
    facts = ("COMMITS", "FLAGS", "OWNER", "LAST COMMIT", "TODO", "WORKTREE")
    table(("STAGE", "STATE", "DECLARED", *facts), rows)
    if report.where:
        since = f", fetched {in_words(time.time() - report.fetched)} ago" if report.fetched else ""
        write(printable(f"{report.where}{since}"))
    note(*_of_moves(report))
    note(*report.problems)
    for entry in report.stages:
        if entry.work.elsewhere:
            note(f"stage {entry.stage.id}: {entry.work.elsewhere}")
        if entry.work.drift:
            note(f"drift: stage {entry.stage.id}: {entry.work.drift}")
    for text in report.orphans:
        note(f"drift: {text}")
    for entry in report.stages:
        if entry.work.unread:
            note(*f"stage {entry.stage.id} cannot be read: {entry.work.unread}".split("\n"))


def _of_moves(report: Report) -> Iterator[str]:
    """Yield what is to be done for branches that have to be moved, or were moved."""
    for entry in report.stages:
        stage, work = entry.stage.id, entry.work
        if work.branch and work.branch.on_copied:
            yield f"stage {stage}: {copied_words(report.plan.plan_id, stage)}"
        if work.unreplaced and not work.merged:
            yield f"stage {stage}: {work.unreplaced}"


def flags(entry: StageReport) -> list[str]:
    """Return what is to be known of a stage besides its state, in a few words each."""
    work = entry.work
    found = [
        flag
        for flag, on in (
            ("missing", work.missing),
            ("half-made", work.half_made),
            ("unreadable", work.unread is not None),
            ("dirty", work.dirty),
            ("stale", entry.is_stale),
            ("behind", _is_behind(work)),
            ("saved", work.saved),
            ("elsewhere", work.elsewhere is not None),
            ("drift", work.drift is not None),
        )
        if on
    ]
    if entry.state is State.COMPLETE:
        found += _proof(entry)
    if work.branch and work.branch.landed_by:
        taken = work.branch.reverted_by
        landed = f"by {work.branch.landed_by[:7]}"
        found.append(f"reverted by {taken[:7]}" if taken else landed)
    if entry.waiting_for and entry.state is State.WAITING:
        found.append(f"for {', '.join(entry.waiting_for)}")
    return found


def _is_behind(work: Work) -> bool:
    branch = work.branch
    return branch is not None and bool(branch.unpulled) and not (work.merged or branch.replaces)


def _proof(entry: StageReport) -> list[str]:
    work = entry.work
    if entry.is_verified:  # of a plan without commands that says nothing
        return ["verified"] if entry.stage.verify else []
    moved = work.branch and work.branch.head != work.verified
    return [f"unverified since {work.verified[:7]}" if work.verified and moved else "unverified"]


def owner(work: Work) -> str:
    """Return who has a stage and for how long, a dash where nobody has."""
    if work.claim is None:
        return "-"
    age = work.claim.age(datetime.now(UTC))
    return work.claim.owner if age is None else f"{work.claim.owner} ({in_words(age)})"


def _last_commit(work: Work) -> str:
    if work.committed is None or work.branch is None or not work.branch.has_own_commits:
        return "-"
    age = time.time() - work.committed
    return f"{in_words(age) if age >= 60 else 'now'} {work.branch.head[:7]} {work.subject}"


def _target_upstream(report: Report) -> dict[str, object] | None:
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


def _status_fields(entry: StageReport, report: Report) -> dict[str, object]:
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
        "upstream": _stage_upstream(entry, report),
        "dirty": work.changes.dirty if work.changes else None,
        "stale": entry.is_stale,
        "missing": work.missing,
        "depends_on": list(stage.depends_on),
        "waiting_for": list(entry.waiting_for),
        "owner": work.claim.owner if work.claim else None,
        "claimed_at": (work.claim.time or None) if work.claim else None,
        "verified": work.verified,
        "landed": branch.landed_by if branch and branch.has_landed else None,
        "accepted": work.completion.reason if work.completion else None,
        "drift": work.drift,
        "elsewhere": work.elsewhere,
        "todo": count_fields(report.todo.get(stage.id)),
    }
