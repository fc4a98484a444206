"""What `import` has made of a source, or would."""

from __future__ import annotations

import click

from plan_worktree.authoring.importing.importing import Imported
from plan_worktree.authoring.importing.losses import spoken
from plan_worktree.diagnostics import printable
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table
from plan_worktree.plan.model import StageStatus


def show_imported(imported: Imported, dry_run: bool) -> None:
    """Show the waves and the reasons of a dry run, else the path of the plan."""
    for text in filter(None, (*imported.notes, spoken(imported.left_out))):
        note(text)
    if not dry_run:
        click.echo(printable(str(imported.path)))
        note(_summary(imported))
        note(f"fill in what is missing, then: plan-worktree validate {imported.path.stem}")
        return
    stages = {stage.id: stage for stage in imported.stages}
    rows = [
        (
            str(number),
            stage_id,
            stages[stage_id].task.title,
            stages[stage_id].task.status.value,
            ", ".join(stages[stage_id].after) or "-",
        )
        for number, wave in enumerate(imported.waves, 1)
        for stage_id in wave
    ]
    table(("WAVE", "STAGE", "NAME", "STATUS", "AFTER"), rows)
    for stage in imported.stages:
        because: dict[str, list[str]] = {}
        for other, why in stage.after.items():
            because.setdefault(why, []).append(other)
        for why, others in because.items():
            click.echo(printable(f"{stage.id} after {', '.join(others)}: {why}"))
    note(_summary(imported), f"nothing was written; it would be {imported.path}")
    if imported.exists:
        note("that file exists already: choose another name with --slug")


def emit_imported(imported: Imported, source: str, dry_run: bool) -> None:
    """Print what was made, or would be, as one JSON object."""
    wave_of = {name: number for number, wave in enumerate(imported.waves, 1) for name in wave}
    emit(
        "import",
        {
            "dry_run": dry_run,
            "source": source,
            "format": imported.format.name,
            "path": str(imported.path),
            "exists": imported.exists,
            "plan_id": imported.path.stem,
            "title": imported.title,
            "stages": [
                {
                    "id": stage.id,
                    "name": stage.task.title,
                    "source_name": stage.task.key,
                    "source_line": stage.task.line,
                    "status": stage.task.status.value,
                    "wave": wave_of[stage.id],
                    "depends_on": [
                        {"stage": other, "because": why} for other, why in stage.after.items()
                    ],
                    "files": [{"change": use.change, "path": use.path} for use in stage.task.files],
                    "verify": list(stage.task.commands),
                }
                for stage in imported.stages
            ],
            "waves": [list(wave) for wave in imported.waves],
            "notes": list(imported.notes),
            "left_out": [
                {"file": loss.file, "line": loss.line, "text": loss.text}
                for loss in imported.left_out
            ],
        },
    )


def _summary(imported: Imported) -> str:
    count, waves = len(imported.stages), len(imported.waves)
    done = sum(stage.task.status is StageStatus.COMPLETE for stage in imported.stages)
    said = f"{imported.format.title}: {_many(count, 'stage')} in {_many(waves, 'wave')}"
    return f"{said}, {done} complete already" if done else said


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
