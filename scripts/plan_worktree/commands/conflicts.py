"""The command ``conflicts``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    plan_argument,
)


@click.command()
@plan_argument
@click.option(
    "--uncommitted", is_flag=True, help="Count what lies in the worktrees uncommitted as well."
)
@as_json
def conflicts(plan: str | None, *, uncommitted: bool, json: bool) -> None:
    """Show which stages conflict with each other and with the target, before anyone merges.

    Each two stages that no dependency orders are merged as git would merge them, and each stage
    with the target, without touching a file or a branch. The matrix says how many files conflict
    ("." none, "-" one stage needs the other); below it stand the files and how they conflict, and
    an order of landing in which few stages have to resolve a conflict. Exit 1 when anything
    conflicts.

    \b
    Examples:
      plan-worktree conflicts notes-search
      plan-worktree conflicts notes-search --uncommitted
      plan-worktree conflicts --json
    """
    from pathlib import Path

    from plan_worktree.landing.conflicts import run_conflicts
    from plan_worktree.output.landing.conflicts import show_conflicts

    found = run_conflicts(plan, Path.cwd(), uncommitted=uncommitted)
    if show_conflicts(found, uncommitted, json):
        raise click.exceptions.Exit(1)
