"""The command ``brief``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    full_option,
    plan_argument,
    stage_argument,
)


@click.command()
@plan_argument
@stage_argument
@full_option
@as_json
def brief(plan: str | None, stage: str | None, *, full: bool, json: bool) -> None:
    """Print what whoever works on a stage must know, as Markdown.

    The goal, constraints and conventions of the plan, the stage's section as it is written, the
    files it may change and those of stages that run beside it, what its dependencies promise or
    have delivered, notes of their owners, the commands that must pass, what of the plan has changed
    since the stage was claimed, and how to finish. What its owner was told of the plan in an
    earlier stage's brief is left out, but for --full and --json. In the stage's worktree it needs
    no arguments, and one that names a stage of that plan is the STAGE.

    \b
    Examples:
      plan-worktree brief
      plan-worktree brief storage
      plan-worktree brief notes-search storage --full
      plan-worktree brief notes-search storage --json
    """
    from pathlib import Path

    from plan_worktree.output.work.brief import show_brief
    from plan_worktree.stages.brief import run_brief

    show_brief(run_brief(plan, stage, Path.cwd()), json, full=full)
