"""What merge landed, and why it stopped, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from plan_worktree.landing.merge import Culprit, Landed, MergeReport, Stopped
from plan_worktree.landing.planned_landing import MergeOptions
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, say, table


def show_merge(merged: MergeReport, options: MergeOptions, as_json: bool) -> int:
    """Show what landed; return the exit code that follows."""
    stopped, culprits = merged.stopped, merged.culprits
    if as_json:
        emit("merge", _fields(merged, options))
    elif merged.landed:
        rows = [
            (one.stage.id, (one.commit or "would land")[:10], _gates(merged, one), one.stage.name)
            for one in merged.landed
        ]
        table(("STAGE", "ACTION" if options.dry_run else "LANDED", "GATES", "NAME"), rows)
    elif stopped is None and not culprits:
        say("nothing to land")
    # Under --json stdout is the object's alone.
    tell = note if as_json else say
    if options.dry_run:
        for line in _foreseen(merged, options):
            tell(line)
    for culprit in culprits:
        note(*_culprit_lines(culprit))
    if stopped:
        note(*f"{_stopped_words(stopped)}: {stopped.reason}".split("\n"))
    if merged.left:
        left = ", ".join(f"{stage.id} ({state})" for stage, state in merged.left)
        tell(f"not in {merged.target} yet: {left}")
    elif merged.closing:
        tell(merged.closing)
    if merged.unpushed:
        tell(f"the other clones do not have it yet: {merged.unpushed}")
    if stopped is None:
        return 1 if culprits else 0
    return 3 if stopped.failed else 1


def _gates(merged: MergeReport, landed: Landed) -> str:
    """Say how many of a stage's gates, and of the plan's, passed on the merged result."""
    ran = [one for one in merged.gates if one.stage == landed.stage.id]
    passed = sum(one.passed for one in ran)
    if not ran:
        return "none"
    return f"{passed} passed" + (f", {len(ran) - passed} not run" if passed < len(ran) else "")


def _foreseen(merged: MergeReport, options: MergeOptions) -> Iterator[str]:
    """Yield what would be done besides landing: gates that would run, a target brought forward."""
    if options.verify:
        yield from (
            f"would run for {one.stage}: {one.line}" for one in merged.gates if not one.known
        )
    if merged.forwarded:
        yield f"{merged.target} would be brought forward to {merged.forwarded.shown} before that"


def _culprit_lines(culprit: Culprit) -> Iterator[str]:
    """Yield why a stage does not land, and where to look at that."""
    words = f"stage {culprit.stage.id} does not land{_in_files(culprit.files)}"
    yield from f"{words}: {culprit.reason}".split("\n")
    if culprit.kept:
        away = f"git worktree remove --force {quote(str(culprit.kept))}"
        yield f"it failed in {culprit.kept}, which stays until: {away}"


def _in_files(files: Sequence[str]) -> str:
    more = ", …" if len(files) > 10 else ""
    return f" in {', '.join(files[:10])}{more}" if files else ""


def _stopped_words(stopped: Stopped) -> str:
    if stopped.stage is None:
        return "what has landed could not be recorded"
    return f"stage {stopped.stage.id} does not land{_in_files(stopped.files)}"


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
        "culprits": [_culprit_fields(one) for one in merged.culprits],
        "gates": [
            {
                "stage": one.stage,
                "command": one.line,
                "passed": None if one.code is None and one.log is None else one.passed,
                "passed_before": one.known,
                "seconds": None if one.log is None else round(one.seconds, 3),
                "log": str(one.log) if one.log else None,
            }
            for one in merged.gates
        ],
        "left": [{"stage": stage.id, "state": state.value} for stage, state in merged.left],
    }


def _culprit_fields(culprit: Culprit) -> dict[str, object]:
    ran = culprit.ran
    return {
        "stage": culprit.stage.id,
        "files": list(culprit.files),
        "gate": ran.line if ran else None,
        "exit_code": ran.code if ran else None,
        "log": str(ran.log) if ran and ran.log else None,
        "kept": str(culprit.kept) if culprit.kept else None,
        "reason": culprit.reason,
    }
