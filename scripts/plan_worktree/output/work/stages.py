"""What ready, start, complete, mark and sync found or did, as text or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import TYPE_CHECKING

from plan_worktree.diagnostics import printable
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, say, table, write
from plan_worktree.plan.model import Plan, PlanStatus
from plan_worktree.project.clone import Shared
from plan_worktree.state.ready import Next, Ready, nothing_ready
from plan_worktree.state.repository.records import in_words

if TYPE_CHECKING:  # each command would pay for the modules of all others
    from plan_worktree.stages.complete import Completed
    from plan_worktree.stages.mark import Marked
    from plan_worktree.stages.moving.sync import SyncStep
    from plan_worktree.stages.starting.start import Started


# What a worker who asks gets to hear as an exit code.
_CODES = {Next.TAKE: 0, Next.STUCK: 1, Next.WAIT: 4, Next.DONE: 5}


def show_ready(ready: Ready, as_json: bool) -> int:
    """Show what can be taken; return the exit code that follows."""
    if as_json:
        fields: dict[str, object] = {
            "plan_id": ready.plan.plan_id,
            "stages": _ready_fields(ready),
        }
        waiting = [
            {
                "id": entry.stage.id,
                "state": entry.state.value,
                "waiting_for": list(entry.waiting_for),
                "owner": entry.work.claim.owner if entry.work.claim else None,
            }
            for entry in ready.others
        ]
        fields |= {"critical_path": list(ready.critical_path), "waiting": waiting}
        emit("ready", {**fields, "next": ready.next.value})
        return _CODES[ready.next]
    if not ready.stages:
        say(nothing_ready(ready))
        return _CODES[ready.next]
    rows = [
        (
            one.entry.stage.id,
            str(one.unblocks),
            one.entry.stage.branch,
            str(one.entry.work.worktree or "-"),
        )
        for one in ready.stages
    ]
    table(("STAGE", "UNBLOCKS", "BRANCH", "WORKTREE"), rows)
    if len(ready.critical_path) > 1 and not ready.has_rivals:
        say(f"critical path: {' > '.join(ready.critical_path)}")
    say(f"to take the next: plan-worktree start {quote(ready.plan.plan_id)} --wait")
    return _CODES[ready.next]


def shared_words(shared: Shared, plan: Plan) -> str:
    """Say through which remote clones share a plan, and how old is what is known of it."""
    ask = f"plan-worktree status {quote(plan.plan_id)} --fetch"
    known = f"was not asked yet, or did not answer: {ask}"
    if shared.age is not None:
        known = f"answered {in_words(shared.age)} ago"
    return f"shared through {shared.remote}, which {known}"


def show_started(started: Started, dry_run: bool, as_json: bool, *, full: bool) -> None:
    """Show which stage was got, and its brief."""
    from plan_worktree.output.work.brief import show_brief
    from plan_worktree.output.work.brief_json import brief_fields
    from plan_worktree.stages.starting.start import Taking

    brief, before, held = started.brief, started.before, started.claimed
    if as_json:
        fields = {
            "dry_run": dry_run,
            "action": started.taking.value,
            "previous_owner": before.owner if before else None,
        }
        emit("start", {**fields, "brief": brief_fields(brief)})
        return
    if held and dry_run:
        left = ", with work that is in no commit" if started.left_behind else ""
        write(printable(f"stage {brief.stage.id} would be taken over from {held.words}{left}"))
        return
    verb = {
        Taking.CLAIMED: "would be claimed" if dry_run else "is yours",
        Taking.KEPT: "is yours already",
        Taking.TAKEN_OVER: "is yours, taken over",
    }[started.taking]
    whose = f" from {held.claim.owner}, {held.seen_words}" if held else ""
    note(f"stage {brief.stage.id} {verb}{whose}")
    if started.moved:
        note("its branch was brought to the commits that it builds on")
    if started.left_behind:
        where = quote(str(brief.worktree))
        note(f"work that is in no commit lies there, to go on with: git -C {where} status")
    if not dry_run and brief.opened.plan.status == PlanStatus.DRAFT:
        name = quote(brief.opened.plan.plan_id)
        note(f"the plan stays a draft while it has placeholders: plan-worktree validate {name}")
    show_brief(brief, as_json=False, full=full)


def show_completed(done: Completed, dry_run: bool, as_json: bool) -> None:
    """Show what complete found or recorded, and what became ready."""
    from plan_worktree.output.gates import ended_lines, gate_fields

    stage = done.stage
    if as_json:
        fields = {
            "dry_run": dry_run,
            "plan_id": done.opened.plan.plan_id,
            "id": stage.id,
            "action": "completed" if done.changed else "kept",
            "commit": done.commit,
            "verified": done.verified and bool(stage.verify),
            "commands": list(stage.verify),
            "gates": gate_fields(done.gates),
            "out_of_scope": list(done.out_of_scope),
            "stale": done.stale,
            "note": done.note,
            "plan_changed": list(done.plan_changed),
        }
        emit("complete", {**fields, "ready": [] if dry_run else _ready_fields(done.ready)})
        return
    if dry_run and done.changed:
        known = [one for one in done.gates if one.known]
        note(*(line for one in known for line in ended_lines(one)))
        passed = ", when its commands pass" if len(known) < len(done.gates) else ""
        say(f"stage {stage.id} would be complete at {done.commit[:10]}{passed}")
        return
    at = f"at {done.commit[:10]}"
    if not done.changed:
        write(f"stage {stage.id} is complete already, {at}")
    elif not done.verified:
        write(f"stage {stage.id} is complete {at}, not verified")
    elif not stage.verify:
        write(f"stage {stage.id} is complete {at}; the plan has no verify commands for it")
    else:
        write(f"stage {stage.id} is complete and verified {at}")
    if done.ready.stages:
        write("ready to be taken now:")
    show_ready(done.ready, as_json=False)


def show_marked(marked: Marked, dry_run: bool) -> None:
    """Show what mark wrote."""
    would = "would be " if dry_run else "is "
    how = f"{would}{marked.status}" if marked.changed else f"is {marked.status} already"
    say(f"stage {marked.stage.id} {how}" if marked.stage else f"plan {marked.plan.plan_id} {how}")
    if marked.stage is None and marked.status == PlanStatus.APPROVED and not dry_run:
        push = "where clones share it, push it, too"
        say(f"commit it ({push}), then: plan-worktree setup {quote(marked.plan.plan_id)}")
    if marked.released:
        ended = "would end" if dry_run else "has ended"
        say(f"the claim of {marked.released.owner} {ended} with that")


def show_sync(steps: Sequence[SyncStep], dry_run: bool, as_json: bool) -> bool:
    """Show what sync did; return whether something is left to do."""
    from plan_worktree.stages.moving.sync import Syncing

    if as_json:
        stages = [
            {
                "id": step.stage.id,
                "action": step.action.value,
                "before": step.before,
                "after": step.after,
                "files": list(step.files),
                "other": step.other,
                "reason": step.reason,
            }
            for step in steps
        ]
        emit("sync", {"dry_run": dry_run, "stages": stages})
    elif steps:
        rows = [
            (s.stage.id, s.action.value, (s.before or "-")[:10], (s.after or "-")[:10])
            for s in steps
        ]
        table(("STAGE", "WOULD BE" if dry_run else "ACTION", "BEFORE", "AFTER"), rows)
    else:
        say("every stage has what it depends on")
    for step in steps:
        note(*_left_to_do(step))
    done = (Syncing.CURRENT, Syncing.FORWARDED, Syncing.MERGED, Syncing.REBASED)
    return any(step.action not in done for step in steps)


def _left_to_do(step: SyncStep) -> Sequence[str]:
    from plan_worktree.stages.moving.sync import Syncing

    stage = f"stage {step.stage.id}"
    files = ", ".join(step.files[:10]) + (", …" if len(step.files) > 10 else "")
    if step.action is Syncing.CONFLICT:
        advice = f"to fix that in its worktree, {step.reason}"
        return (f"{stage}: conflicts with {step.other} in {files}; nothing was changed: {advice}",)
    if step.action is Syncing.OPENED:
        advice = "fix them there, git add, git commit, plan-worktree complete; or git merge --abort"
        return (f"{stage}: the merge of {step.other} is open, with conflicts in {files}: {advice}",)
    if step.action is Syncing.REBASED and step.reason:
        return (f"{stage}: {step.reason}",)
    return (f"refused: {step.reason}",) if step.reason else ()


def _ready_fields(ready: Ready) -> list[dict[str, object]]:
    return [
        {
            "id": one.entry.stage.id,
            "name": one.entry.stage.name,
            "branch": one.entry.stage.branch,
            "worktree": str(one.entry.work.worktree) if one.entry.work.worktree else None,
            "unblocks": one.unblocks,
        }
        for one in ready.stages
    ]
