"""The command ``complete``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    checked_note,
    dry_run_option,
    owner_option,
    plan_argument,
    show_output_option,
    stage_argument,
)


@click.command()
@plan_argument
@stage_argument
@owner_option
@click.option("--accept-scope", metavar="REASON", help="Accept changes that were not declared.")
@click.option("--note", metavar="TEXT", help="Tell those who build on the stage something.")
@click.option("--empty", is_flag=True, help="Accept a stage without commits of its own.")
@click.option("--no-verify", is_flag=True, help="Do not run the stage's verify commands.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="End a verify command that takes longer [default: never].",
)  # fmt: skip
@show_output_option
@dry_run_option
@as_json
def complete(
    plan: str | None,
    stage: str | None,
    *,
    owner: str | None,
    accept_scope: str | None,
    note: str | None,
    empty: bool,
    no_verify: bool,
    timeout: float | None,
    show_output: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Prove that a stage is done, record it, and mark the plan.

    Refuses (exit 1) what is in no commit, a branch without commits, changes to files that the
    stage did not declare, and any change to the plan. Then runs the stage's verify commands in its
    worktree, one after the other, until one fails; those that passed on the same tree before are
    not run again. They get NO_COLOR=1 and CI=true unless those are set. All they print is in logs:
    shown are a line for each that passed, and the last 40 lines of one that failed. When all pass,
    the commit is recorded as verified, the plan says complete, also in its Overall TODO List, and
    the claim ends. Before the commands run, warnings say that a dependency has moved on, that the
    plan is not what the stage's owner has read, or that the plan has edits in no commit. The
    --note, one line of at most 1000 characters, is in the briefs of all stages that build on this
    one; a later note takes its place. In the stage's worktree no arguments are needed, and one that
    names a stage of that plan is the STAGE.

    \b
    Examples:
      plan-worktree complete
      plan-worktree complete notes-search storage --timeout 600
      plan-worktree complete --note "open() is slow: call it once and keep what it returns"
      plan-worktree complete --accept-scope "the lock file follows from the new dependency"
    """
    from pathlib import Path

    from plan_worktree.output.gates import watching_gates
    from plan_worktree.output.progress import progress
    from plan_worktree.output.work.stages import show_completed
    from plan_worktree.stages.completable import CompleteOptions
    from plan_worktree.stages.complete import run_complete
    from plan_worktree.state.repository.owners import owner_named

    if accept_scope is not None and not accept_scope.strip():
        raise click.UsageError("--accept-scope needs a reason")
    if note is not None:
        note = checked_note(note)
    if timeout is not None and not timeout > 0:  # not a number
        raise click.UsageError("Invalid value for '--timeout': it must be a number of seconds")
    asked = CompleteOptions(
        plan,
        stage,
        owner_named(owner),
        named=owner is not None,
        reason=accept_scope,
        note=note,
        empty=empty,
        verify=not no_verify,
        timeout=timeout,
        dry_run=dry_run,
    )
    with watching_gates(show_output=show_output, as_json=json) as listener:
        done = run_complete(asked, Path.cwd(), listener, progress)
    show_completed(done, dry_run, json)
