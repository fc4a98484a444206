"""The command ``setup``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    plan_argument,
    stages_argument,
)

if TYPE_CHECKING:
    from plan_worktree.gates.gates import Ran
    from plan_worktree.gates.side_by_side import Watch
    from plan_worktree.setup.prove_gates import Proved
    from plan_worktree.setup.step import Step


@click.command()
@plan_argument
@stages_argument
@click.option("--ready", is_flag=True, help="Only stages whose dependencies are done.")
@click.option("--each", metavar="COMMAND", help="Run this in every new worktree, several at once.")
@click.option(
    "--env-file", metavar="NAME",
    help="Write each stage's variables into this file of its worktree, now and in later setups.",
)  # fmt: skip
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
    env_file: str | None,
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
    names what it left untracked, with the way to have it ignored; its command gets NO_COLOR=1 and
    CI=true unless those are set. merge --verify runs the last such command, too, where it proves
    merged results (git config planWorktree.PLAN_ID.each). --prove-gates runs the verify commands of
    stages that nobody has begun: where all of them pass already, that is PW604, a warning.
    Every worktree gets a slot, a number that no other worktree of the repository has, and a hundred
    ports: commands of --each, gates and post-checkout find PLAN_WORKTREE_SLOT and
    PLAN_WORKTREE_PORT, the first of them. --env-file writes these variables into a file that git
    ignores, and never over one that is not ours (exit 1); git config planWorktree.envFile keeps
    its name.
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
      plan-worktree setup notes-search --env-file .env.stage
      plan-worktree setup .claude/plans/2026-01-15-notes-search.md --dry-run
    """
    from functools import partial
    from pathlib import Path

    from plan_worktree.gates.side_by_side import Limits
    from plan_worktree.output import setup as output
    from plan_worktree.output.progress import watching_commands, watching_setup
    from plan_worktree.setup.setup import Audience, SetupOptions, run_setup
    from plan_worktree.setup.step import Action

    if timeout is not None and not timeout > 0:  # not a number
        raise click.UsageError("Invalid value for '--timeout': it must be a number of seconds")
    for option, value in (("--timeout", timeout), ("--jobs", jobs)):
        if value is not None and each is None and not prove_gates:
            raise click.UsageError(f"{option} is for --each COMMAND and --prove-gates")
    limits = Limits(timeout, jobs)

    def made(steps: Sequence[Step]) -> None:
        if not json:
            output.show_setup(steps, dry_run)
        output.note_setup(steps, dry_run)

    def running(count: int) -> AbstractContextManager[Watch[Ran]]:
        words = partial(output.each_words, limits=limits)
        return watching_commands(output.head_words(each or "", count, limits), words)

    def proving(count: int) -> AbstractContextManager[Watch[Proved]]:
        head = output.head_words("the gates before the work", count, limits)
        return watching_commands(head, output.gate_words)

    audience = Audience(watching_setup, made, running, proving)
    options = SetupOptions(plan, stages, ready, dry_run, each, prove_gates, limits, env_file)
    done = run_setup(options, Path.cwd(), audience)
    output.show_left(done.left, done.exclude)
    output.note_warnings(done.steps)
    if json:
        output.emit_setup(done.steps, dry_run, done.ended, done.proved)
    if any(step.action is Action.FAILED for step in done.steps):
        raise click.exceptions.Exit(3)
    if any(one.code != 0 for one in done.ended) or any(step.no_file for step in done.steps):
        raise click.exceptions.Exit(1)
