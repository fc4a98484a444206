"""The command ``status``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    plan_argument,
)


@click.command()
@plan_argument
@click.option("--fetch", is_flag=True, help="Ask the remote first what others have pushed.")
@click.option("--watch", is_flag=True, help="Show it again every two seconds, until interrupted.")
@click.option("--wide", is_flag=True, help="Show every column, and whole paths.")
@as_json
def status(plan: str | None, *, fetch: bool, watch: bool, wide: bool, json: bool) -> None:
    """Show what git says about every stage, beside what the plan declares.

    States: blocked (declared), waiting (for a dependency), ready, in-progress (commits of its own
    or uncommitted work), complete (declared), merged (its work is in the target, also after a
    squash or a rebase). Flags: dirty, stale (a dependency has moved on), behind (its upstream has
    more), missing (the directory is gone), half-made (setup was interrupted), saved (restore brings
    it back), quiet (the owner was not seen and nothing changed for planWorktree.quiet minutes, 30
    without that setting). VS has how many commits a stage has that the target lacks, and the other
    way round, until they have landed. Columns that would say nothing are left out, and paths are
    taken from where you are. What a remote has counts as it was last fetched; a remote that does
    not answer --fetch within 30 seconds is said so (exit 3). Where the remote is on GitHub and gh
    is there, --fetch shows each stage's pull request, too, and a stage whose request was merged is
    merged once the target has that commit.

    \b
    Examples:
      plan-worktree status notes-search
      plan-worktree status notes-search --fetch
      plan-worktree status notes-search --wide
      plan-worktree status --watch
      plan-worktree status --json
    """
    import sys
    from pathlib import Path

    from plan_worktree.change.changing import catch_up
    from plan_worktree.git.process import GitError
    from plan_worktree.landing.forges.protocol import ForgeError
    from plan_worktree.output.progress import progress
    from plan_worktree.output.status import show_status
    from plan_worktree.output.terminal import note
    from plan_worktree.planfiles.open_plan import open_plan
    from plan_worktree.state.repository.fetching import fetch_upstreams
    from plan_worktree.state.status import run_status

    if watch and (json or not sys.stdout.isatty()):
        raise click.UsageError("--watch needs a terminal, and goes without --json")
    unanswered, silent, requests = None, None, None
    if fetch:
        from plan_worktree.landing.requests.known import fetch_requests

        try:
            if not catch_up(open_plan(plan, Path.cwd()), progress, timeout=30):
                fetch_upstreams(plan, Path.cwd(), 30)
            requests = fetch_requests(plan, Path.cwd(), progress)
        except GitError as error:
            unanswered = error
        except ForgeError as error:
            silent = error
    report = run_status(plan, Path.cwd())
    while watch:
        import time

        click.clear()
        show_status(report, as_json=False, wide=wide, requests=requests)
        time.sleep(2)
        report = run_status(plan, Path.cwd())
    show_status(report, json, wide=wide, requests=requests)
    if silent:
        note("what pull requests there are is not known:", *str(silent).split("\n"))
    if unanswered:
        note("what follows the remote is as it was last fetched:", *str(unanswered).split("\n"))
        raise click.exceptions.Exit(3)
