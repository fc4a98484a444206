"""The command ``ready``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    plan_argument,
)


@click.command()
@plan_argument
@as_json
def ready(plan: str | None, *, json: bool) -> None:
    """Show which stages can be taken now: dependencies done, nobody at work.

    The stage that most others wait for comes first, then the order of merging. Done means complete
    or merged. Exit 0 also when nothing is ready; it then says what the plan waits for.

    \b
    Examples:
      plan-worktree ready notes-search
      plan-worktree ready --json
    """
    from pathlib import Path

    from plan_worktree.output.stages import show_ready
    from plan_worktree.state.ready import run_ready

    show_ready(run_ready(plan, Path.cwd()), json)
