"""The command ``brief``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    plan_argument,
    stage_argument,
)


@click.command()
@plan_argument
@stage_argument
@as_json
def brief(plan: str | None, stage: str | None, *, json: bool) -> None:
    """Print what whoever works on a stage must know, as Markdown.

    The goal and constraints of the plan, the stage's section as it is written, the files it may
    change and those of stages that run beside it, what its dependencies delivered, the commands
    that must pass, and how to finish. In the stage's worktree it needs no arguments.

    \b
    Examples:
      plan-worktree brief
      plan-worktree brief notes-search storage
      plan-worktree brief notes-search storage --json
    """
    from pathlib import Path

    from plan_worktree.output.brief import show_brief
    from plan_worktree.stages.brief import run_brief

    show_brief(run_brief(plan, stage, Path.cwd()), json)
