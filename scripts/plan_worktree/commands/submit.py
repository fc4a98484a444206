"""The command ``submit``."""

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
@click.option("--remote", metavar="NAME", help="Where to [default: the remote of the target].")
@dry_run_option
@as_json
def submit(
    plan: str | None, stages: tuple[str, ...], *, remote: str | None, dry_run: bool, json: bool
) -> None:
    """Push complete stages and open or update a pull request for each.

    Without STAGE that is all that are complete and have not landed. A request goes into the target,
    or into the branch of the one dependency that has not landed; one that needs several is a draft
    until they have. Title and body come from the plan, between two comments; what people write
    beside them, and what they choose themselves, stays. Run again it changes only what is to be
    changed: after a squash on the forge it moves what stood on the old commits onto the target,
    runs its verify commands there, pushes, and marks ready what became free.

    GitHub is spoken to through gh, GitLab through push options; on other remotes (exit 0) it says
    what to open by hand. The git setting planWorktree.forge (github, gitlab or none) says which it
    is where the remote's URL does not. Nothing that others have pushed is overwritten.

    \b
    Examples:
      plan-worktree submit notes-search --dry-run
      plan-worktree submit notes-search
      plan-worktree submit notes-search storage --remote upstream
    """
    from pathlib import Path

    from plan_worktree.landing.requests.submit import run_submit
    from plan_worktree.landing.requests.submitting import SubmitOptions
    from plan_worktree.output.gates import watching_gates
    from plan_worktree.output.landing.submit import show_submit
    from plan_worktree.output.progress import progress
    from plan_worktree.output.terminal import note

    asked = SubmitOptions(plan, stages, remote, dry_run)
    with watching_gates(show_output=False, as_json=json) as listener:
        report = run_submit(asked, Path.cwd(), listener, note, progress)
    code = show_submit(report, asked, json)
    if code:
        raise click.exceptions.Exit(code)
