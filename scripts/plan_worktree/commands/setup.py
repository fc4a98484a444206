"""The command ``setup``."""

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
@click.option("--ready", is_flag=True, help="Only stages whose dependencies are done.")
@click.option("--each", metavar="COMMAND", help="Run this in every new worktree, several at once.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="End a command of --each that takes longer.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N",
    help="In so many worktrees --each may run at once (default: the number of processors).",
)  # fmt: skip
@dry_run_option
@as_json
def setup(
    plan: str | None,
    stages: tuple[str, ...],
    *,
    ready: bool,
    each: str | None,
    timeout: float | None,
    jobs: int | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Make a worktree and a branch for every stage, or for the named ones.

    A branch starts from the code its stage needs: from the target (the plan's base, or the branch
    checked out in the main worktree), from a dependency's branch that has commits the target
    lacks, or from a merge of several; a branch that only the remote has is taken from there, and
    new work starts from the target's upstream where the target is merely behind. Files that the
    main worktree ignores and that match .worktreeinclude (gitignore syntax, in the main worktree's
    root, committed or not) are copied in, and listed; links stay links. A post-checkout hook that
    fails is a warning. --each tells in one line a stage how it went, keeps the output in logs, and
    names what it left untracked, with the way to have it ignored.
    Run again, it changes nothing. Anything foreign in the way is refused before the first change
    (exit 1); a stage that fails does not stop the others (exit 3). A command of --each that fails
    leaves its worktree (exit 1).

    \b
    Examples:
      plan-worktree setup notes-search
      plan-worktree setup notes-search storage search
      plan-worktree setup notes-search --ready
      plan-worktree setup notes-search --each 'npm ci' --jobs 1 --timeout 600
      plan-worktree setup .claude/plans/2026-01-15-notes-search.md --dry-run
    """
    from pathlib import Path

    from plan_worktree.output.progress import watching_each, watching_setup
    from plan_worktree.output.setup import (
        emit_setup,
        note_setup,
        note_warnings,
        show_left,
        show_setup,
    )
    from plan_worktree.setup.each import Each, left_untracked, run_each
    from plan_worktree.setup.setup import SetupOptions, run_setup, with_missing_hooks

    if timeout is not None and not timeout > 0:  # not a number
        raise click.UsageError("Invalid value for '--timeout': it must be a number of seconds")
    for option, value in (("--timeout", timeout), ("--jobs", jobs)):
        if value is not None and each is None:
            raise click.UsageError(f"{option} is for --each COMMAND")
    options = SetupOptions(plan, stages, ready, dry_run)
    with watching_setup() as watcher:
        made = run_setup(options, Path.cwd(), watcher)
    opened, steps = made
    if not json:
        show_setup(steps, dry_run)
    failed, ended = note_setup(steps, dry_run), []
    places = [(step.stage.id, step.worktree) for step in steps if step.is_new and not dry_run]
    if each and places:
        asked = Each(each, timeout, jobs)
        with watching_each(asked, len(places)) as watching:
            home, name = opened.require_home(), opened.plan.plan_id
            ended = run_each(asked, name, home, places, watching)
        show_left(*left_untracked(places))
    if places:
        steps = with_missing_hooks(made).steps
    note_warnings(steps)
    if json:
        emit_setup(steps, dry_run, ended)
    if failed:
        raise click.exceptions.Exit(3)
    if any(one.code != 0 for one in ended):
        raise click.exceptions.Exit(1)
