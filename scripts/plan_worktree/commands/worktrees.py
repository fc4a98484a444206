"""Commands about a plan's worktrees: setup, status, remove, restore."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    plan_argument,
    stage_argument,
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
@dry_run_option
@as_json
def setup(
    plan: str | None,
    stages: tuple[str, ...],
    *,
    ready: bool,
    each: str | None,
    timeout: float | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Make a worktree and a branch for every stage, or for the named ones.

    A branch starts from the code its stage needs: from the target (the plan's base, or the branch
    checked out in the main worktree), from a dependency's branch that has commits the target
    lacks, or from a merge of several. Ignored files that match .worktreeinclude are copied in.
    Run again, it changes nothing. Anything foreign in the way is refused before the first change
    (exit 1); a stage that fails does not stop the others (exit 3). A command of --each that fails
    leaves its worktree (exit 1).

    \b
    Examples:
      plan-worktree setup notes-search
      plan-worktree setup notes-search storage search
      plan-worktree setup notes-search --ready
      plan-worktree setup notes-search --each 'npm ci' --timeout 600
      plan-worktree setup .claude/plans/2026-01-15-notes-search.md --dry-run
    """
    from pathlib import Path

    from plan_worktree.output import progress, worktrees
    from plan_worktree.setup.each import run_each
    from plan_worktree.setup.setup import run_setup

    if timeout is not None and not timeout > 0:  # not a number
        raise click.UsageError("Invalid value for '--timeout': it must be a number of seconds")
    if timeout is not None and each is None:
        raise click.UsageError("--timeout is for --each COMMAND")
    with progress.watching_setup() as watcher:
        steps = run_setup(plan, stages, Path.cwd(), ready=ready, dry_run=dry_run, watcher=watcher)
    failed = worktrees.show_setup(steps, dry_run, json)
    places = [(step.stage.id, step.worktree) for step in steps if step.is_new and not dry_run]
    if each and places:
        ended = run_each(each, places, timeout, progress.said_by)
        if worktrees.show_each(ended, timeout) and not failed:
            raise click.exceptions.Exit(1)
    if failed:
        raise click.exceptions.Exit(3)


@click.command()
@plan_argument
@click.option("--watch", is_flag=True, help="Show it again every two seconds, until interrupted.")
@as_json
def status(plan: str | None, *, watch: bool, json: bool) -> None:
    """Show what git says about every stage, beside what the plan declares.

    States: blocked (declared), waiting (for a dependency), ready, in-progress (commits of its own
    or uncommitted work), complete (declared), merged (its work is in the target, also after a
    squash or a rebase). Flags: dirty, stale (a dependency has moved on), missing (the directory is
    gone), half-made (setup was interrupted), saved (restore brings it back).

    \b
    Examples:
      plan-worktree status notes-search
      plan-worktree status --watch
      plan-worktree status --json
    """
    import sys
    from pathlib import Path

    from plan_worktree.output.status import show_status
    from plan_worktree.state.status import run_status

    if watch and (json or not sys.stdout.isatty()):
        raise click.UsageError("--watch needs a terminal, and goes without --json")
    report = run_status(plan, Path.cwd())
    while watch:
        import time

        click.clear()
        show_status(report, as_json=False)
        time.sleep(2)
        report = run_status(plan, Path.cwd())
    show_status(report, json)


@click.command()
@plan_argument
@stages_argument
@click.option("--merged", is_flag=True, help="Only stages whose work is in the target.")
@click.option(
    "--force", is_flag=True,
    help="Remove what would be refused as well, saved first: restore brings it back.",
)  # fmt: skip
@click.option(
    "--delete-branch", is_flag=True,
    help="With --force: delete branches that have not landed, too; their commits stay saved.",
)  # fmt: skip
@click.option("--include-ignored", is_flag=True, help="With --force: save ignored files as well.")
@click.option(
    "--gone",
    is_flag=True,
    help="Only drop git's entries for worktrees whose directory is gone. Without PLAN: all plans'.",
)
@dry_run_option
@as_json
def remove(
    plan: str | None,
    stages: tuple[str, ...],
    *,
    merged: bool,
    force: bool,
    delete_branch: bool,
    include_ignored: bool,
    gone: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Take worktrees away, and the branches whose work has landed.

    Refuses, before the first change, whatever would be lost: uncommitted changes, untracked
    files, commits that are not in the target, a worktree that is locked, claimed, in the middle
    of a rebase, or that somebody is in. Says what, and how to go on. With --force all of that is
    saved in the repository first.

    \b
    Examples:
      plan-worktree remove notes-search storage
      plan-worktree remove notes-search --merged
      plan-worktree remove notes-search --dry-run
      plan-worktree remove notes-search search --force
      plan-worktree remove --gone
    """
    from pathlib import Path

    from plan_worktree.output import worktrees
    from plan_worktree.output.progress import progress
    from plan_worktree.removal.remove import run_remove
    from plan_worktree.removal.step import RemoveOptions

    if (delete_branch or include_ignored) and not force:
        raise click.UsageError("--delete-branch and --include-ignored go with --force")
    if gone and force:
        raise click.UsageError("--gone and --force exclude each other")
    if gone and merged:
        raise click.UsageError("--gone and --merged exclude each other")
    how = RemoveOptions(gone, force, delete_branch, include_ignored, merged)
    steps = run_remove(plan, stages, Path.cwd(), how, dry_run=dry_run, progress=progress)
    if worktrees.show_remove(steps, dry_run, json):
        raise click.exceptions.Exit(3)


@click.command()
@plan_argument
@stage_argument
@click.option("--list", "listing", is_flag=True, help="Only list what is saved.")
@click.option("--at", metavar="TIME", help="Take what was saved then [default: the newest].")
@dry_run_option
@as_json
def restore(
    plan: str | None,
    stage: str | None,
    *,
    listing: bool,
    at: str | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Bring a removed stage back as it was: branch, commits, staged, unstaged, untracked files.

    What is saved stays saved. Refuses when the stage has a worktree, or when its branch has moved
    since.

    \b
    Examples:
      plan-worktree restore notes-search --list
      plan-worktree restore notes-search search
      plan-worktree restore notes-search search --at 20260115T093000.000000Z
    """
    from pathlib import Path

    from plan_worktree.output import worktrees
    from plan_worktree.output.progress import progress
    from plan_worktree.removal.restore import run_restore, saved_stages

    if listing:
        names = [stage] if stage else []
        worktrees.show_saved(saved_stages(plan, names, Path.cwd()), json)
        return
    if stage is None:
        raise click.UsageError("name the stage to bring back, or ask with --list")
    step = run_restore(plan, stage, at, Path.cwd(), dry_run=dry_run, progress=progress)
    worktrees.show_restore(step, dry_run, json)
