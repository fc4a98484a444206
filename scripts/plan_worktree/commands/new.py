"""The command ``new``."""

from __future__ import annotations

import click


@click.command()
@click.argument("slug")
@click.option("--title", metavar="T", help="The plan's title [default: the slug in words].")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="ID[:NAME[:DEP,DEP]]",
    help="Add a stage; may be repeated [default: the template's two].",
)
@click.option(
    "--verify",
    multiple=True,
    metavar="COMMAND",
    help="The command that proves a stage, {id} being its id; may be repeated.",
)
def new(slug: str, title: str | None, stages: tuple[str, ...], *, verify: tuple[str, ...]) -> None:
    """Write today's plan from the template, every derivable field filled.

    The file goes to the plans folder (git config planWorktree.plans, default .claude/plans) and
    never overwrites one. Its path is printed. --verify fills in the gates of all stages: verify in
    the metadata, and Run under Validation.

    \b
    Examples:
      plan-worktree new login-page
      plan-worktree new login --stage api --stage page:'Login page':api
      plan-worktree new login --stage api --stage page --verify 'pytest tests/{id}'
    """
    from pathlib import Path

    from plan_worktree.authoring.new import write_plan
    from plan_worktree.diagnostics import printable
    from plan_worktree.output.terminal import note

    path = write_plan(slug, title, stages, Path.cwd(), verify)
    click.echo(printable(str(path)))
    note(f"fill it in, then: plan-worktree validate {path.stem}")
