"""The command ``restore``."""

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
@click.option("--list", "listing", is_flag=True, help="Only list what is saved.")
@click.option("--at", metavar="TIME", help="Take what was saved then [default: the newest].")
@click.option("--push", is_flag=True, help="Let other clones restore it, and change nothing here.")
@dry_run_option
@as_json
def restore(
    plan: str | None,
    stage: str | None,
    *,
    listing: bool,
    at: str | None,
    push: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Bring a removed stage back as it was: branch, commits, staged, unstaged, untracked files.

    What is saved stays saved. Refuses when the stage has a worktree, or when its branch has moved
    since.

    Where clones share the plan (git config planWorktree.remote), what is saved stays in its clone
    until it is pushed with --push: then another clone restores it from the remote, if nothing of
    the stage is saved there. Who can read the remote can read it.

    \b
    Examples:
      plan-worktree restore notes-search --list
      plan-worktree restore notes-search search
      plan-worktree restore notes-search search --at 20260115T093000.000000Z
      plan-worktree restore notes-search search --push
    """
    from pathlib import Path

    from plan_worktree.output import worktrees
    from plan_worktree.output.progress import progress
    from plan_worktree.planfiles.arguments import plan_and_stage
    from plan_worktree.removal.restore import RestoreOptions, run_push, run_restore, saved_stages

    plan, stage = plan_and_stage((plan, stage), Path.cwd())
    if listing:
        names = [stage] if stage else []
        worktrees.show_saved(saved_stages(plan, names, Path.cwd()), json)
        return
    if stage is None:
        raise click.UsageError("name the stage to bring back, or ask with --list")
    options = RestoreOptions(plan, stage, at, dry_run)
    if push:
        worktrees.show_pushed(run_push(options, Path.cwd()), dry_run, json)
        return
    step = run_restore(options, Path.cwd(), progress)
    worktrees.show_restore(step, dry_run, json)
