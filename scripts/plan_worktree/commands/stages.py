"""Commands about working on a plan's stages: ready, start, brief, complete, mark, sync."""

from __future__ import annotations

import click

from plan_worktree.commands import completing
from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    owner_option,
    plan_argument,
    stage_argument,
)


@click.command()
@plan_argument
@as_json
def ready(plan: str | None, *, json: bool) -> None:
    """Show which stages can be taken now: dependencies done, nobody at work.

    The stage that most others wait for comes first, then the order of merging. Done means complete
    or merged. Exit 0 also when nothing is ready; it then says what the plan waits for.

    \b
    Examples:
      plan-worktree ready notes-search
      plan-worktree ready --json
    """
    from pathlib import Path

    from plan_worktree.output.stages import show_ready
    from plan_worktree.state.ready import run_ready

    show_ready(run_ready(plan, Path.cwd()), json)


@click.command()
@plan_argument
@stage_argument
@owner_option
@click.option("--takeover", is_flag=True, help="Take the stage from whoever has claimed it.")
@click.option("--setup", "set_up", is_flag=True, help="Make the worktree when there is none.")
@dry_run_option
@as_json
def start(
    plan: str | None,
    stage: str | None,
    *,
    owner: str | None,
    takeover: bool,
    set_up: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Claim a stage and print its brief.

    Without STAGE it is the stage you are in the worktree of, when PLAN is left out, too, and it is
    not done; else the one you have already, or the first that is ready. Of any number of agents
    at once each gets another one. A stage that somebody else has, or whose dependencies are not
    done, is refused (exit 1). An untouched branch is brought to the tips of what it depends on,
    and the plan says in-progress. Started again by its owner, it prints the brief, and changes
    nothing but such a branch.

    The owner is --owner, or PLAN_WORKTREE_OWNER; without either, at a terminal, you at that
    terminal, and elsewhere a new name each time. Agents should give a name, and keep to it.

    \b
    Examples:
      plan-worktree start notes-search --owner agent-1
      plan-worktree start notes-search storage --owner agent-2 --setup
      plan-worktree start notes-search storage --owner agent-3 --takeover
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.stages import show_started
    from plan_worktree.stages.start import StartOptions, run_start
    from plan_worktree.state.owners import owner_named

    asked = StartOptions(plan, stage, owner_named(owner), takeover, set_up, dry_run)
    show_started(run_start(asked, Path.cwd(), progress), dry_run, json)


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


@click.command()
@plan_argument
@stage_argument
@owner_option
@click.option("--accept-scope", metavar="REASON", help="Accept changes that were not declared.")
@click.option("--empty", is_flag=True, help="Accept a stage without commits of its own.")
@click.option("--no-verify", is_flag=True, help="Do not run the stage's verify commands.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="End a verify command that takes longer [default: never].",
)  # fmt: skip
@dry_run_option
@as_json
def complete(
    plan: str | None,
    stage: str | None,
    *,
    owner: str | None,
    accept_scope: str | None,
    empty: bool,
    no_verify: bool,
    timeout: float | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Prove that a stage is done, record it, and mark the plan.

    Refuses (exit 1) what is in no commit, a branch without commits, changes to files that the
    stage did not declare, and any change to the plan. Then runs the stage's verify commands in its
    worktree, one after the other, until one fails. When all pass, the commit is recorded as
    verified, the plan says complete, and the claim ends. In the stage's worktree it needs no
    arguments.

    \b
    Examples:
      plan-worktree complete
      plan-worktree complete notes-search storage --timeout 600
      plan-worktree complete --accept-scope "the lock file follows from the new dependency"
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.stages import show_completed
    from plan_worktree.output.terminal import note
    from plan_worktree.stages.complete import CompleteOptions, run_complete
    from plan_worktree.state.owners import owner_named

    if accept_scope is not None and not accept_scope.strip():
        raise click.UsageError("--accept-scope needs a reason")
    if timeout is not None and not timeout > 0:  # not a number
        raise click.UsageError("Invalid value for '--timeout': it must be a number of seconds")
    asked = CompleteOptions(
        plan,
        stage,
        owner_named(owner),
        named=owner is not None,
        reason=accept_scope,
        empty=empty,
        verify=not no_verify,
        timeout=timeout,
        dry_run=dry_run,
    )
    show_completed(run_complete(asked, Path.cwd(), note, progress), dry_run, json)


@click.command()
@click.argument("plan", shell_complete=completing.plans)
@click.argument("stage", shell_complete=completing.stages)
@click.argument(
    "status",
    metavar="STATUS",
    type=click.Choice(["not-started", "in-progress", "blocked", "complete"]),
)
@dry_run_option
def mark(plan: str, stage: str, status: str, *, dry_run: bool) -> None:
    """Declare a stage's status in the plan: in the metadata and in the stage's section.

    STATUS is not-started, in-progress, blocked or complete. Nothing else in the file changes by a
    byte; the edit is not committed. The plan's own status follows its stages. Declared not-started
    or complete, a stage is no longer claimed. To have it proved that a stage is complete, use
    complete.

    \b
    Examples:
      plan-worktree mark notes-search storage blocked
      plan-worktree mark notes-search storage in-progress --dry-run
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.stages import show_marked
    from plan_worktree.plan.model import StageStatus
    from plan_worktree.stages.mark import run_mark

    wanted = StageStatus(status)
    marked = run_mark(plan, stage, wanted, Path.cwd(), dry_run=dry_run, waiting=progress)
    show_marked(marked, dry_run)


@click.command()
@plan_argument
@stage_argument
@click.option("--resolve", is_flag=True, help="Leave a merge that conflicts open in the worktree.")
@click.option(
    "--onto-target", is_flag=True,
    help="Make the stage's own commits again on the target, which has all it depends on.",
)  # fmt: skip
@dry_run_option
@as_json
def sync(
    plan: str | None,
    stage: str | None,
    *,
    resolve: bool,
    onto_target: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Take what a stage depends on into its branch, where that has moved on.

    With PLAN alone, every stale stage in the order of dependencies. Each merge is tried first,
    without touching a file: one that conflicts changes nothing and names the files (exit 1). An
    untouched branch is moved forward instead. Nothing happens to a stage that is not stale; with
    --resolve, one that conflicts with the target gets that merge to mend. When its dependencies
    have landed as other commits (a squash, a rebase), --onto-target frees it of the old ones; the
    old branch stays saved.

    \b
    Examples:
      plan-worktree sync
      plan-worktree sync notes-search search --dry-run
      plan-worktree sync notes-search search --resolve
      plan-worktree sync notes-search search --onto-target
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.stages import show_sync
    from plan_worktree.stages.sync import Way, run_sync

    if resolve and onto_target:
        raise click.UsageError("--resolve and --onto-target exclude each other")
    way = Way.RESOLVE if resolve else Way.ONTO_TARGET if onto_target else Way.PLAIN
    steps = run_sync(plan, stage, Path.cwd(), way, dry_run=dry_run, waiting=progress)
    if show_sync(steps, dry_run, json):
        raise click.exceptions.Exit(1)
