"""The command ``init``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import dry_run_option


@click.command()
@click.argument(
    "parts",
    nargs=-1,
    type=click.Choice(["skill", "agents", "just", "pre-commit", "claude-worktrees", "share"]),
    metavar="[PART]...",
)
@dry_run_option
def init(parts: tuple[str, ...], *, dry_run: bool) -> None:
    """Give this project the skill, the recipes for just and the pre-commit hook; share its plans.

    PART is skill (.claude/skills/plan-worktree, where Claude Code looks), agents (a link to it in
    .agents/skills, where Codex, Gemini CLI and others look), just (a copy of the recipes, and its
    import in the justfile, or where a name is taken its module), pre-commit (the entry that checks
    plans) or claude-worktrees; without one, the skill, and whichever of agents, just and pre-commit
    the project already uses. Run again, it brings them up to date. A configuration that exists, and
    whatever else cannot be added to safely, is left alone, and what to paste is printed (exit 1).
    Nothing is committed.

    With claude-worktrees, and only then, claude -w STAGE opens the worktree of that stage (any
    other name gets what Claude Code makes), and new plans put worktrees into .claude/worktrees,
    which sessions enter without being asked.

    With share, and only when it is named, this clone shares its plans through its remote (the only
    one, or origin): git config planWorktree.remote is set, claims and completions are pushed, and
    statuses and ticks that both sides of a merge have changed are no conflict any more. The remote
    is asked at once what it has of the plans that are here.

    \b
    Examples:
      plan-worktree init --dry-run
      plan-worktree init
      plan-worktree init agents just pre-commit
      plan-worktree init share
    """
    from pathlib import Path

    from plan_worktree.output.plans.additions import show_additions, show_told, show_turned
    from plan_worktree.output.terminal import note

    additions = []
    if parts != ("share",):
        from plan_worktree.authoring.init import run_init

        files = [part for part in parts if part != "share"]
        additions = run_init(Path.cwd(), files, note, dry_run=dry_run)
    turned = None
    if "share" in parts:
        from plan_worktree.sharing.turn_on import turn_on

        turned = turn_on(Path.cwd(), note, dry_run=dry_run)
        additions += turned.additions
    is_left = show_additions(additions, dry_run)
    if turned:
        show_turned(turned, dry_run)
    if turned and not dry_run:
        from plan_worktree.change.every_plan import ask_for_every_plan
        from plan_worktree.output.progress import progress

        show_told(turned, ask_for_every_plan(Path.cwd(), progress))
    if is_left:
        raise click.exceptions.Exit(1)
