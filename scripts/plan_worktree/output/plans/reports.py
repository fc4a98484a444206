"""Plans and their graphs, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import click

from plan_worktree.authoring.listing import Listed
from plan_worktree.diagnostics import printable
from plan_worktree.output.counts import count_fields, count_words
from plan_worktree.output.jsontext import emit
from plan_worktree.output.plans.graphs import dot, mermaid
from plan_worktree.output.terminal import note, table
from plan_worktree.plan.parts.todo import counts
from plan_worktree.planfiles.open_plan import Opened


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
    todo = counts(opened.document)
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
                        "todo": count_fields(todo.get(stage.id)),
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
            count_words(todo.get(stage_id)),
            ", ".join(stages[stage_id].depends_on) or "-",
            stages[stage_id].branch,
        )
        for place, stage_id in enumerate(graph.order, 1)
    ]
    table(("MERGE", "WAVE", "STAGE", "NAME", "STATUS", "TODO", "NEEDS", "BRANCH"), rows)


def show_command(line: str) -> None:
    """Show a command as it would be typed."""
    click.echo(f"\n$ {printable(line)}")


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)
