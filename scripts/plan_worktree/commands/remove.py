"""The command ``remove``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    plan_argument,
    stages_argument,
)


@click.command()
@plan_argument
@stages_argument
@click.option("--merged", is_flag=True, help="Only stages whose work is in the target.")
@click.option(
    "--force", is_flag=True,
    help="Remove what would be refused as well, saved first: restore brings it back.",
)  # fmt: skip
@click.option(
    "--delete-branch", is_flag=True,
    help="With --force: delete branches that have not landed, too; their commits stay saved.",
)  # fmt: skip
@click.option("--include-ignored", is_flag=True, help="With --force: save ignored files as well.")
@click.option(
    "--gone",
    is_flag=True,
    help="Only drop git's entries for worktrees whose directory is gone. Without PLAN: all plans'.",
)
@dry_run_option
@as_json
def remove(
    plan: str | None,
    stages: tuple[str, ...],
    *,
    merged: bool,
    force: bool,
    delete_branch: bool,
    include_ignored: bool,
    gone: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Take worktrees away, and the branches whose work has landed.

    Refuses, before the first change, whatever would be lost: uncommitted changes, untracked
    files, commits that are not in the target, a worktree that is locked, claimed, in the middle
    of a rebase, or that somebody is in. Says what, and how to go on. With --force all of that is
    saved in the repository first; a stage whose owner was seen in the last planWorktree.quiet
    minutes (git config; default 30) has to be named for that. When all has landed and no worktree
    is left, the plan's Overall TODO List says so.

    \b
    Examples:
      plan-worktree remove notes-search storage
      plan-worktree remove notes-search --merged
      plan-worktree remove notes-search --merged --dry-run
      plan-worktree remove notes-search search --force
      plan-worktree remove --gone
    """
    from pathlib import Path

    from plan_worktree.output import worktrees
    from plan_worktree.output.progress import progress
    from plan_worktree.removal.remove import run_remove
    from plan_worktree.removal.step import RemoveOptions

    if (delete_branch or include_ignored) and not force:
        raise click.UsageError("--delete-branch and --include-ignored go with --force")
    if gone and force:
        raise click.UsageError("--gone and --force exclude each other")
    if gone and merged:
        raise click.UsageError("--gone and --merged exclude each other")
    options = RemoveOptions(
        plan,
        stages,
        gone=gone,
        force=force,
        delete_branch=delete_branch,
        include_ignored=include_ignored,
        merged=merged,
        dry_run=dry_run,
    )
    steps = run_remove(options, Path.cwd(), progress)
    if worktrees.show_remove(steps, dry_run, json):
        raise click.exceptions.Exit(3)
