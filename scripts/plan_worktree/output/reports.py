"""Every command's result, as a table or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from plan_worktree.diagnostics import printable
from plan_worktree.lifecycle.listing import Listed
from plan_worktree.lifecycle.opened import Opened
from plan_worktree.lifecycle.remove import Removal, RemoveStep
from plan_worktree.lifecycle.setup import Action, Step
from plan_worktree.lifecycle.status import Report, StageReport
from plan_worktree.output.graphs import dot, mermaid
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table


def progress(text: str) -> None:
    """Tell a person at a terminal what is going on; a pipe gets only the result."""
    if sys.stderr.isatty() or text.startswith("waiting"):
        note(text)


def show_plans(plans: Sequence[Listed], as_json: bool) -> None:
    """Show the plans of a repository."""
    if as_json:
        fields = ("file", "plan_id", "status", "stages", "problem")
        emit("ls", {"plans": [{name: getattr(p, name) for name in fields} for p in plans]})
        return
    if not plans:
        note("there are no plans here yet: plan-worktree new SLUG")
        return
    rows = [
        (p.plan_id or "?", p.status or p.problem or "?", _or_dash(p.stages), p.file) for p in plans
    ]
    table(("PLAN", "STATUS", "STAGES", "FILE"), rows)


def show_plan(opened: Opened, form: str) -> None:
    """Show one plan's stages, in merge order, or its graph."""
    plan, graph = opened.plan, opened.graph
    if form == "mermaid":
        click.echo(mermaid(plan, graph))
        return
    if form == "dot":
        click.echo(dot(plan, graph))
        return
    wave_of = {stage: number for number, wave in enumerate(graph.waves, 1) for stage in wave}
    stages = {stage.id: stage for stage in plan.stages}
    if form == "json":
        emit(
            "show",
            {
                "plan_id": plan.plan_id,
                "status": plan.status,
                "base": plan.base,
                "stages": [
                    {
                        "id": stage.id,
                        "name": stage.name,
                        "status": stage.status,
                        "branch": stage.branch,
                        "worktree_path": stage.worktree_path,
                        "depends_on": list(stage.depends_on),
                        "verify": list(stage.verify),
                        "wave": wave_of[stage.id],
                    }
                    for stage in plan.stages
                ],
                "waves": [list(wave) for wave in graph.waves],
                "order": list(graph.order),
            },
        )
        return
    rows = [
        (
            str(place),
            str(wave_of[stage_id]),
            stage_id,
            stages[stage_id].name,
            stages[stage_id].status,
            ", ".join(stages[stage_id].depends_on) or "-",
            stages[stage_id].branch,
        )
        for place, stage_id in enumerate(graph.order, 1)
    ]
    table(("MERGE", "WAVE", "STAGE", "NAME", "STATUS", "NEEDS", "BRANCH"), rows)


def show_setup(steps: Sequence[Step], dry_run: bool, as_json: bool) -> bool:
    """Show what setup did; return whether a stage failed."""
    if as_json:
        stages = [
            {
                "id": step.stage.id,
                "action": step.action.value,
                "branch": step.stage.branch,
                "worktree": str(step.worktree),
                "base": step.base,
                "error": step.error,
            }
            for step in steps
        ]
        emit("setup", {"dry_run": dry_run, "stages": stages})
    else:
        headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "BASE", "WORKTREE")
        table(
            headers,
            [
                (s.stage.id, s.action.value, s.stage.branch, s.base[:10], str(s.worktree))
                for s in steps
            ],
        )
        if not steps:
            note("every stage has landed and was removed: nothing to set up")
    failed = [step for step in steps if step.action is Action.FAILED]
    for step in failed:
        note(*f"stage {step.stage.id} failed: {step.error}".split("\n"))
    return bool(failed)


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
        work = entry.work
        flags = [flag for flag, on in (("missing", work.missing), ("dirty", _dirty(entry))) if on]
        if entry.waiting_for and entry.state == "waiting":
            flags.append(f"for {', '.join(entry.waiting_for)}")
        ahead = "-" if work.ahead is None else f"+{work.ahead} -{work.behind}"
        place = str(work.worktree) if work.worktree else "-"
        declared = entry.stage.status
        rows.append(
            (entry.stage.id, entry.state.value, declared, ahead, ", ".join(flags) or "-", place)
        )
    table(("STAGE", "STATE", "DECLARED", "COMMITS", "FLAGS", "WORKTREE"), rows)


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
                "error": step.error,
            }
            for step in steps
        ]
        emit("remove", {"dry_run": dry_run, "stages": stages})
    elif steps:
        headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "WORKTREE")
        table(
            headers,
            [
                (
                    s.stage.id,
                    s.action.value,
                    _branch_fate(s),
                    str(s.worktree or "-"),
                )
                for s in steps
            ],
        )
    else:
        note("nothing to remove")
    failed = [step for step in steps if step.action is Removal.FAILED]
    for step in failed:
        note(*f"stage {step.stage.id} failed: {step.error}".split("\n"))
    return bool(failed)


def _branch_fate(step: RemoveStep) -> str:
    if step.head is None:
        return "-"
    deleted = step.action is Removal.REMOVED
    return f"{step.stage.branch} ({'deleted' if deleted else 'kept'})"


def show_command(line: str) -> None:
    """Show a command as it would be typed."""
    click.echo(f"\n$ {printable(line)}")


def _status_fields(entry: StageReport) -> dict[str, object]:
    stage, work = entry.stage, entry.work
    return {
        "id": stage.id,
        "name": stage.name,
        "declared": stage.status,
        "state": entry.state.value,
        "branch": stage.branch,
        "worktree": str(work.worktree) if work.worktree else None,
        "base": work.base,
        "head": work.head,
        "ahead": work.ahead,
        "behind": work.behind,
        "dirty": work.changes.dirty if work.changes else None,
        "stale": None,
        "missing": work.missing,
        "depends_on": list(stage.depends_on),
        "waiting_for": list(entry.waiting_for),
        "owner": None,
        "claimed_at": None,
        "verified": None,
    }


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)


def _dirty(entry: StageReport) -> bool:
    return bool(entry.work.changes and entry.work.changes.dirty)
