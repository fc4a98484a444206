"""The command ``ls``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import as_json


@click.command()
@as_json
def ls(json: bool) -> None:
    """List the plans of this repository.

    \b
    Examples:
      plan-worktree ls
      plan-worktree ls --json
    """
    from pathlib import Path

    from plan_worktree.authoring.listing import list_plans
    from plan_worktree.output.plans import reports

    reports.show_plans(list_plans(Path.cwd()), json)
