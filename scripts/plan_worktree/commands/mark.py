"""The command ``mark``."""

from __future__ import annotations

import click

from plan_worktree.commands import completing
from plan_worktree.commands.options import (
    dry_run_option,
)


@click.command()
@click.argument("plan", shell_complete=completing.plans)
@click.argument("stage", shell_complete=completing.stages)
@click.argument(
    "status",
    metavar="STATUS",
    type=click.Choice(["not-started", "in-progress", "blocked", "complete"]),
)
@click.option(
    "--landed", metavar="COMMIT", help="With complete: the commit of the target that brought it."
)
@dry_run_option
def mark(plan: str, stage: str, status: str, *, landed: str | None, dry_run: bool) -> None:
    """Declare a stage's status in the plan: in the metadata and in the stage's section.

    STATUS is not-started, in-progress, blocked or complete. Nothing else in the file changes by a
    byte; the edit is not committed. The plan's own status follows its stages. Declared not-started
    or complete, a stage is no longer claimed. To have it proved that a stage is complete, use
    complete. When a stage was merged elsewhere in a form that cannot be recognised, say with
    --landed which commit brought it; the target, or its upstream, must have that commit.

    \b
    Examples:
      plan-worktree mark notes-search storage blocked
      plan-worktree mark notes-search storage in-progress --dry-run
      plan-worktree mark notes-search storage complete --landed 3f2a1bc
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.stages import show_marked
    from plan_worktree.plan.model import StageStatus
    from plan_worktree.stages.mark import MarkOptions, run_mark

    if landed is not None and status != "complete":
        raise click.UsageError("--landed goes with the status complete")
    options = MarkOptions(plan, stage, StageStatus(status), landed, dry_run)
    marked = run_mark(options, Path.cwd(), progress)
    show_marked(marked, dry_run)
