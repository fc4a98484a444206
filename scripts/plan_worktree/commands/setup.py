"""The command ``setup``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    plan_argument,
    stages_argument,
)

if TYPE_CHECKING:
    from plan_worktree.setup.each import Ended
    from plan_worktree.setup.prove_gates import Proved
    from plan_worktree.setup.setup import SetUp
    from plan_worktree.setup.side_by_side import Limits


@click.command()
@plan_argument
@stages_argument
@click.option("--ready", is_flag=True, help="Only stages whose dependencies are done.")
@click.option("--each", metavar="COMMAND", help="Run this in every new worktree, several at once.")
@click.option(
    "--prove-gates", is_flag=True,
    help="Run each stage's gates before the work; report a stage none of whose gates fails.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="End a command of --each, or a gate, that takes longer.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N",
    help="In so many worktrees commands run at once (default: the number of processors).",
)  # fmt: skip
@dry_run_option
@as_json
def setup(
    plan: str | None,
    stages: tuple[str, ...],
    *,
    ready: bool,
    each: str | None,
    prove_gates: bool,
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
    names what it left untracked, with the way to have it ignored. --prove-gates runs the verify
    commands of stages that nobody has begun: where all of them pass already, that is PW604, a
    warning.
    Run again, it changes nothing. Anything foreign in the way is refused before the first change
    (exit 1); a stage that fails does not stop the others (exit 3). A command of --each that fails
    leaves its worktree (exit 1).

    \b
    Examples:
      plan-worktree setup notes-search
      plan-worktree setup notes-search storage search
      plan-worktree setup notes-search --ready
      plan-worktree setup notes-search --prove-gates
      plan-worktree setup notes-search --each 'npm ci' --jobs 1 --timeout 600
      plan-worktree setup .claude/plans/2026-01-15-notes-search.md --dry-run
    """
    from pathlib import Path

    from plan_worktree.output import setup as output
    from plan_worktree.output.progress import watching_setup
    from plan_worktree.setup.each import left_untracked
    from plan_worktree.setup.setup import SetupOptions, run_setup, with_missing_hooks
    from plan_worktree.setup.side_by_side import Limits

    if timeout is not None and not timeout > 0:  # not a number
        raise click.UsageError("Invalid value for '--timeout': it must be a number of seconds")
    for option, value in (("--timeout", timeout), ("--jobs", jobs)):
        if value is not None and each is None and not prove_gates:
            raise click.UsageError(f"{option} is for --each COMMAND and --prove-gates")
    options, limits = SetupOptions(plan, stages, ready, dry_run), Limits(timeout, jobs)
    with watching_setup() as watcher:
        made = run_setup(options, Path.cwd(), watcher)
    if not json:
        output.show_setup(made.steps, dry_run)
    failed = output.note_setup(made.steps, dry_run)
    ended = _run_each(made, each, limits) if each and not dry_run else []
    proved = _prove_gates(made, limits) if prove_gates and not dry_run else []
    ran = {*(one.stage for one in ended), *(one.stage for one in proved)}
    if places := [(step.stage.id, step.worktree) for step in made.steps if step.stage.id in ran]:
        home = made.opened.require_home()
        output.show_left(left_untracked(home, places), home.git_directory / "info" / "exclude")
    if not dry_run:
        made = with_missing_hooks(made)
    output.note_warnings(made.steps)
    if json:
        output.emit_setup(made.steps, dry_run, ended, proved)
    if failed:
        raise click.exceptions.Exit(3)
    if any(one.code != 0 for one in ended):
        raise click.exceptions.Exit(1)


def _run_each(made: SetUp, command: str, limits: Limits) -> list[Ended]:
    from plan_worktree.output.progress import watching_commands
    from plan_worktree.output.setup import each_words, head_words
    from plan_worktree.setup.each import run_each

    new = [(step.stage.id, step.worktree) for step in made.steps if step.is_new]
    if not new:
        return []

    def words(one: Ended) -> Iterator[str]:
        return each_words(one, limits)

    with watching_commands(head_words(command, len(new), limits), words) as watch:
        return run_each(made.opened, command, new, limits, watch)


def _prove_gates(made: SetUp, limits: Limits) -> list[Proved]:
    from plan_worktree.output.progress import watching_commands
    from plan_worktree.output.setup import gate_words, head_words
    from plan_worktree.setup.prove_gates import not_begun, prove_gates

    steps = not_begun(made.steps)
    if not steps:
        return []
    head = head_words("the gates before the work", len(steps), limits)
    with watching_commands(head, gate_words) as watch:
        return prove_gates(made.opened, steps, limits, watch)
