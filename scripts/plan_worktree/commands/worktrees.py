"""Commands about a plan's worktrees: setup, status, remove."""

from __future__ import annotations

import click

from plan_worktree.commands.options import as_json, dry_run_option, plan_argument, stages_argument


@click.command()
@plan_argument
@stages_argument
@dry_run_option
@as_json
def setup(plan: str | None, stages: tuple[str, ...], dry_run: bool, json: bool) -> None:
    """Make a worktree and a branch for every stage, or for the named ones.

    Branches start from the plan's base, or from the branch checked out in the main worktree.
    Run again, it changes nothing. Anything foreign in the way is refused before the first change
    (exit 1); a stage that fails does not stop the others (exit 3).

    \b
    Examples:
      plan-worktree setup notes-search
      plan-worktree setup notes-search storage search
      plan-worktree setup .claude/plans/2026-01-15-notes-search.md --dry-run
    """
    from pathlib import Path

    from plan_worktree.lifecycle.run import run_setup
    from plan_worktree.output import reports

    steps = run_setup(plan, stages, Path.cwd(), dry_run=dry_run, progress=reports.progress)
    if reports.show_setup(steps, dry_run, json):
        raise click.exceptions.Exit(3)


@click.command()
@plan_argument
@as_json
def status(plan: str | None, json: bool) -> None:
    """Show what git says about every stage, beside what the plan declares.

    States: blocked (declared), waiting (for a dependency), ready, in-progress (commits of its own
    or uncommitted work), complete (declared), merged (its commits are in the target).

    \b
    Examples:
      plan-worktree status notes-search
      plan-worktree status --json
    """
    from pathlib import Path

    from plan_worktree.lifecycle.run import run_status
    from plan_worktree.output import reports

    reports.show_status(run_status(plan, Path.cwd()), json)


@click.command()
@plan_argument
@stages_argument
@click.option(
    "--gone",
    is_flag=True,
    help="Only drop git's entries for worktrees whose directory is gone. Without PLAN: all plans'.",
)
@dry_run_option
@as_json
def remove(
    plan: str | None, stages: tuple[str, ...], gone: bool, dry_run: bool, json: bool
) -> None:
    """Take worktrees away, and the branches whose work has landed.

    Refuses, before the first change, whatever would be lost: uncommitted changes, untracked
    files, commits that are not in the target, locked worktrees. Says what, and how to go on.

    \b
    Examples:
      plan-worktree remove notes-search storage
      plan-worktree remove notes-search --dry-run
      plan-worktree remove --gone
    """
    from pathlib import Path

    from plan_worktree.lifecycle.run import run_remove
    from plan_worktree.output import reports

    steps = run_remove(
        plan, stages, Path.cwd(), gone=gone, dry_run=dry_run, progress=reports.progress
    )
    if reports.show_remove(steps, dry_run, json):
        raise click.exceptions.Exit(3)
