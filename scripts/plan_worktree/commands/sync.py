"""The command ``sync``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    plan_argument,
    stage_argument,
)


@click.command()
@plan_argument
@stage_argument
@click.option("--resolve", is_flag=True, help="Leave a merge that conflicts open in the worktree.")
@click.option(
    "--onto-target", is_flag=True,
    help="Make the stage's own commits again on the target, which has all it depends on.",
)  # fmt: skip
@dry_run_option
@as_json
def sync(
    plan: str | None,
    stage: str | None,
    *,
    resolve: bool,
    onto_target: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Take what a stage depends on into its branch, where that has moved on.

    With PLAN alone, every stale stage in the order of dependencies. Each merge is tried first,
    without touching a file: one that conflicts changes nothing and names the files (exit 1). An
    untouched branch is moved forward instead. Nothing happens to a stage that is not stale; with
    --resolve, one that conflicts with the target gets that merge to resolve. When its dependencies
    have landed as other commits (a squash, a rebase), --onto-target frees it of the old ones; the
    old branch stays saved.

    \b
    Examples:
      plan-worktree sync
      plan-worktree sync notes-search search --dry-run
      plan-worktree sync notes-search search --resolve
      plan-worktree sync notes-search search --onto-target
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.work.stages import show_sync
    from plan_worktree.stages.moving.sync import SyncOptions, Way, run_sync

    if resolve and onto_target:
        raise click.UsageError("--resolve and --onto-target exclude each other")
    way = Way.RESOLVE if resolve else Way.ONTO_TARGET if onto_target else Way.PLAIN
    steps = run_sync(SyncOptions(plan, stage, way, dry_run), Path.cwd(), progress)
    if show_sync(steps, dry_run, json):
        raise click.exceptions.Exit(1)
