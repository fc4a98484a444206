"""The command ``show``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import plan_argument


@click.command()
@plan_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "mermaid", "dot"]),
    default="table",
    show_default=True,
    help="Mermaid is drawn by GitHub, DOT by Graphviz.",
)
def show(plan: str | None, form: str) -> None:
    """Show a plan's stages, waves and merge order.

    Stages of a wave can run together, once the waves before it are done. The table is in merge
    order: landing stages from top to bottom respects every dependency.

    \b
    Examples:
      plan-worktree show notes-search
      plan-worktree show notes-search --format mermaid
    """
    from pathlib import Path

    from plan_worktree.output import reports
    from plan_worktree.planfiles.open_plan import open_plan

    reports.show_plan(open_plan(plan, Path.cwd()), form)
