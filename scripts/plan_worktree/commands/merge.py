"""The command ``merge``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    plan_argument,
    show_output_option,
    stages_argument,
)


@click.command()
@plan_argument
@stages_argument
@click.option("--squash", "how", flag_value="squash", help="Each stage becomes one commit.")
@click.option("--rebase", "how", flag_value="rebase", help="Make a stage's commits again, in line.")
@click.option(
    "--subject",
    metavar="TEXT",
    help="With --squash: the first line of the message; {name}, {id} and {plan} are filled in.",
)
@click.option(
    "--detached", is_flag=True, help="Land without a working tree, in a branch nobody checked out."
)
@click.option(
    "--verify",
    is_flag=True,
    help="Run each stage's commands on the result; take it back on failure.",
)
@show_output_option
@dry_run_option
@as_json
def merge(
    plan: str | None,
    stages: tuple[str, ...],
    *,
    how: str | None,
    subject: str | None,
    detached: bool,
    verify: bool,
    show_output: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Land complete and verified stages in the target, dependencies first.

    Everything is predicted before anything is touched. A stage that conflicts stops it (exit 1)
    with the files and the next step; what landed before it stays, and run again it goes on. Each
    stage becomes a merge commit that names the plan, the stage and its proof; git makes it in the
    worktree that has the target checked out, with the project's hooks, drivers and your signature.
    That worktree may have no changes but in plans. Where nobody has the target checked out, stages
    land without a working tree. A target that is merely behind its upstream is brought forward
    before. A landing that fails or is killed is taken back. What has landed is ticked in the plan's
    Overall TODO List. Gates of --verify are told as by complete.

    \b
    Examples:
      plan-worktree merge notes-search --dry-run
      plan-worktree merge notes-search
      plan-worktree merge notes-search storage --squash --verify
      plan-worktree merge notes-search --squash --subject 'feat: {name}'
      plan-worktree merge notes-search --detached
    """
    from pathlib import Path

    from plan_worktree.landing.landing import MergeOptions, Method
    from plan_worktree.landing.merge import run_merge
    from plan_worktree.output.gates import watching_gates
    from plan_worktree.output.merge import show_merge
    from plan_worktree.output.progress import progress

    if detached and verify:
        raise click.UsageError("--verify needs a working tree, and --detached has none")
    if subject is not None and how != "squash":
        raise click.UsageError("--subject goes with --squash")
    if subject is not None and not (subject.strip() and subject.isprintable()):
        raise click.UsageError("--subject is one line of printable characters")
    asked = MergeOptions(plan, stages, Method(how or "merge"), detached, verify, dry_run, subject)
    with watching_gates(show_output=show_output, with_stage=True) as listener:
        merged = run_merge(asked, Path.cwd(), listener, progress)
    if code := show_merge(merged, asked, json):
        raise click.exceptions.Exit(code)
