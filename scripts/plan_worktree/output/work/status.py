"""Where every stage stands, as a table or as JSON."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import compress
from shlex import quote
from typing import TYPE_CHECKING

from plan_worktree.diagnostics import printable
from plan_worktree.output.counts import count_words
from plan_worktree.output.jsontext import emit
from plan_worktree.output.landing.requests import request_fields, request_words
from plan_worktree.output.terminal import note, say, table, write
from plan_worktree.output.work.stages import shared_words
from plan_worktree.output.work.status_json import (
    built_by,
    stage_fields,
    target_upstream,
    why_blocked,
)
from plan_worktree.plan.model import PlanStatus, StageStatus
from plan_worktree.state.ready import built
from plan_worktree.state.repository.records import in_words
from plan_worktree.state.status import DONE, Report, StageReport, State, Work
from plan_worktree.state.unpulled import copied_words

if TYPE_CHECKING:
    from plan_worktree.landing.forges.protocol import Request

# What a stage in each state is declared as, when nobody has to be told of it.
_DECLARED = {
    State.BLOCKED: StageStatus.BLOCKED,
    State.WAITING: StageStatus.NOT_STARTED,
    State.READY: StageStatus.NOT_STARTED,
    State.IN_PROGRESS: StageStatus.IN_PROGRESS,
    State.COMPLETE: StageStatus.COMPLETE,
    State.MERGED: StageStatus.COMPLETE,
}


def show_status(
    report: Report,
    as_json: bool,
    *,
    wide: bool = False,
    here: str = ".",
    requests: Mapping[str, Request] | None = None,
) -> None:
    """Show where every stage stands, and the pull requests that a forge was asked for.

    `wide` leaves no column out and no path short; other paths are taken from the folder `here`.
    """
    known = requests or {}
    if as_json:
        emit(
            "status",
            {
                "plan_id": report.plan.plan_id,
                "target": report.target,
                "upstream": target_upstream(report),
                "stages": [
                    {
                        **stage_fields(entry, report),
                        "request": request_fields(known.get(entry.stage.id)),
                    }
                    for entry in report.stages
                ],
                "orphans": list(report.orphans),
                "problems": list(report.problems),
                "shared": report.shared and report.shared._asdict(),
            },
        )
        return
    _table(report, wide, os.path.realpath(here))
    now = time.time()
    for entry in report.stages:
        if entry.work.claim and entry.work.signs:
            who, signs = entry.work.claim.owner, entry.work.signs
            write(printable(f"{entry.stage.id}: {who} {signs.words(now)}{_way_on(entry, report)}"))
    if report.where:
        since = f", fetched {in_words(now - report.fetched)} ago" if report.fetched else ""
        pull = f"; {report.pull}" if report.pull else ""
        write(printable(f"{report.where}{since}{pull}"))
    if report.shared:
        write(printable(shared_words(report.shared, report.plan)))
    for entry in report.stages:
        if request := known.get(entry.stage.id):
            write(printable(f"{entry.stage.id}: {request_words(request)}: {request.url}"))
    if _is_built(report):
        unlanded = sum(e.state is not State.MERGED for e in report.stages)
        say(
            built(report.plan, unlanded, report.target, any(e.work.worktree for e in report.stages))
        )
    note(*_of_moves(report))
    note(*report.problems)
    _note_what_is_wrong(report)


def _is_built(report: Report) -> bool:
    """Tell whether nothing is left to build, in a plan that was not given up."""
    is_done = all(entry.state in DONE for entry in report.stages)
    return is_done and report.plan.status != PlanStatus.ABANDONED


def _note_what_is_wrong(report: Report) -> None:
    """Tell of stages that are elsewhere, that differ from the plan, and that cannot be read."""
    for entry in report.stages:
        if why := why_blocked(entry):
            note(f"stage {entry.stage.id} is blocked: {why}")
        if entry.work.elsewhere:
            note(f"stage {entry.stage.id}: {entry.work.elsewhere}")
        if entry.work.drift:
            note(f"drift: stage {entry.stage.id}: {entry.work.drift}")
    for text in report.orphans:
        note(f"drift: {text}")
    for entry in report.stages:
        if entry.work.unread:
            note(*f"stage {entry.stage.id} cannot be read: {entry.work.unread}".split("\n"))


def _table(report: Report, wide: bool, here: str) -> None:
    rows = [
        (
            entry.stage.id,
            entry.state.value,
            entry.stage.status,
            _commits(entry, wide),
            ", ".join(flags(entry)) or "-",
            owner(entry),
            _last_commit(entry.work),
            count_words(report.todo.get(entry.stage.id)),
            _place(entry.work, None if wide else here),
        )
        for entry in report.stages
    ]
    headers = (
        "STAGE", "STATE", "DECLARED", f"VS {report.target or 'TARGET'}", "FLAGS", "OWNER",
        "LAST COMMIT", "TODO", "WORKTREE",
    )  # fmt: skip
    says = [wide or any(cell != "-" for cell in column) for column in zip(*rows, strict=True)]
    says[2] = wide or any(_DECLARED[e.state] != e.stage.status for e in report.stages)
    table(tuple(compress(headers, says)), [tuple(compress(row, says)) for row in rows])


def _commits(entry: StageReport, wide: bool) -> str:
    """Return how the branch stands beside the target, a dash where that does not matter.

    It matters where the branch has work of its own that is not in the target yet.
    """
    branch = entry.work.branch
    if branch is None or branch.ahead is None or branch.behind is None:
        return "-"
    if not wide and (entry.work.merged or not branch.has_own_commits):
        return "-"
    behind = f", {branch.behind} behind" if branch.behind or wide else ""
    return f"{branch.ahead} ahead{behind}"


def _place(work: Work, here: str | None) -> str:
    """Return where a stage's worktree is, from `here` where that is a shorter way to say it."""
    if work.worktree is None:
        return "-"
    whole = str(work.worktree)
    try:
        short = os.path.relpath(whole, here) if here else whole
    except ValueError:  # on another drive
        return whole
    return min(short, whole, key=len)


def _way_on(entry: StageReport, report: Report) -> str:
    """Return how somebody goes on with a stage whose owner is quiet."""
    if not (entry.work.signs and entry.work.signs.quiet) or entry.state is not State.IN_PROGRESS:
        return ""
    stage = f"{quote(report.plan.plan_id)} {entry.stage.id}"
    return f"; to go on with it: plan-worktree start {stage} --takeover"


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
            ("quiet", work.signs is not None and work.signs.quiet),
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


def owner(entry: StageReport) -> str:
    """Return who has a stage and for how long, or who built it; a dash where nobody did."""
    claim = entry.work.claim
    if claim is None:
        return f"by {built}" if (built := built_by(entry)) else "-"
    age = claim.age(datetime.now(UTC))
    return claim.owner if age is None else f"{claim.owner} ({in_words(age)})"


def _last_commit(work: Work) -> str:
    if work.committed is None or work.branch is None or not work.branch.has_own_commits:
        return "-"
    age = time.time() - work.committed
    return f"{in_words(age) if age >= 60 else 'now'} {work.branch.head[:7]} {work.subject}"
