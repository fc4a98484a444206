"""The command ``start``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    Waits,
    as_json,
    dry_run_option,
    full_option,
    owner_option,
    plan_argument,
    stage_argument,
    wait_option,
)


@click.command(cls=Waits)
@plan_argument
@stage_argument
@owner_option
@click.option("--takeover", is_flag=True, help="Take the stage from whoever has claimed it.")
@click.option(
    "--setup",
    "set_up",
    is_flag=True,
    help="Make the worktree when there is none [implied where clones share].",
)
@click.option("--offline", is_flag=True, help="Claim it in this clone alone.")
@full_option
@wait_option
@dry_run_option
@as_json
def start(
    plan: str | None,
    stage: str | None,
    *,
    owner: str | None,
    takeover: bool,
    set_up: bool,
    offline: bool,
    full: bool,
    wait: float,
    dry_run: bool,
    json: bool,
) -> None:
    """Claim a stage and print its brief.

    Without STAGE it is the stage you are in the worktree of, when PLAN is left out, too, and it is
    not done; else the one you have already, or the first that is ready. Of any number of agents
    at once each gets another one. Where there is none to take, exit 4 says that others are at
    work and to ask again, 5 that nothing is left to do. A stage that somebody else has, or whose
    dependencies are not done, is refused (exit 1), and so is a plan in which all that is left is
    blocked. An untouched branch is brought to the tips of what it depends on, and the plan says
    in-progress. Started again by its owner, it prints the brief, and changes nothing but such a
    branch. What the owner was told of the plan in an earlier stage's brief is left out, unless
    --full is given.

    With --wait it waits while others are at work, with STAGE until they have given that up and
    what it needs is done; at the end of SECONDS it is exit 4. What it waits for is said again when
    that has changed. Only a number behind --wait counts as SECONDS, and 0 is not to wait.

    Every later command of the owner tells that the owner is there. When nothing of that was seen,
    and nothing changed in the worktree, for planWorktree.quiet minutes (git config; default 30),
    whoever is refused hears of --takeover. It works before that, too: with --dry-run one line says
    from whom the stage would be taken, and when that owner was seen.

    Where git config planWorktree.remote names a remote, clones share the plan through it: the
    remote is asked first, and the claim is pushed before anything changes here, so that of any
    number of clones one gets the stage. A remote that does not answer is a refusal; --offline
    claims the stage here alone, and the next command shares that if nobody has taken it.

    The owner is --owner, or PLAN_WORKTREE_OWNER; without either, at a terminal, you at that
    terminal, and elsewhere a new name each time. Agents should give a name, and keep to it.

    \b
    Examples:
      plan-worktree start notes-search --owner agent-1
      plan-worktree start notes-search storage --owner agent-2 --setup
      plan-worktree start notes-search storage --owner agent-3 --takeover
      plan-worktree start notes-search storage --takeover --dry-run
      plan-worktree start notes-search --owner agent-4 --wait 600
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.work.stages import show_started
    from plan_worktree.stages.starting.start import StartOptions, run_start
    from plan_worktree.stages.starting.start_waiting import start_waiting
    from plan_worktree.state.repository.owners import owner_named

    asked = StartOptions(plan, stage, owner_named(owner), takeover, set_up, dry_run, offline)
    if wait:
        started = start_waiting(asked, Path.cwd(), progress, wait)
    else:
        started = run_start(asked, Path.cwd(), progress)
    show_started(started, dry_run, json, full=full)
