"""The command ``status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from plan_worktree.commands.options import (
    as_json,
    plan_argument,
    runs_by_itself,
)

if TYPE_CHECKING:
    from plan_worktree.git.process import GitError
    from plan_worktree.landing.forges.protocol import ForgeError, Request


@click.command()
@plan_argument
@click.option("--fetch", is_flag=True, help="Ask the remote first what others have pushed.")
@click.option("--watch", is_flag=True, help="Show it again every two seconds, until interrupted.")
@click.option("--wide", is_flag=True, help="Show every column, and whole paths.")
@click.option(
    "--line", is_flag=True, callback=runs_by_itself, help="Print one line for a status line, fast."
)
@click.option(
    "--follow",
    is_flag=True,
    callback=runs_by_itself,
    help="Print each change of a state.",
)
@as_json
def status(
    plan: str | None,
    *,
    fetch: bool,
    watch: bool,
    wide: bool,
    line: bool,
    follow: bool,
    json: bool,
) -> None:
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

    --line tells what is recorded of the stage whose worktree this is, or of the one plan that is
    under way, and nothing elsewhere. It does not look into worktrees. --follow writes every stage's
    state and then each change of one, with the time, until it is interrupted. In a clone that
    shares the plan it asks the remote every ten seconds; one that does not answer ends nothing.

    \b
    Examples:
      plan-worktree status notes-search
      plan-worktree status notes-search --fetch
      plan-worktree status notes-search --wide
      plan-worktree status --watch
      plan-worktree status --line
      plan-worktree status notes-search --follow >> states.log
      plan-worktree status --json
    """
    if line or follow:
        if fetch or watch or wide or json or (line and follow):
            raise click.UsageError("--line and --follow go without other options")
        _line(plan) if line else _follow(plan)
        return
    import sys
    from pathlib import Path

    from plan_worktree.output.terminal import note
    from plan_worktree.output.work.status import show_status
    from plan_worktree.state.status import run_status

    if watch and (json or not sys.stdout.isatty()):
        raise click.UsageError("--watch needs a terminal, and goes without --json")
    requests, silent, unanswered = _fetched(plan) if fetch else (None, None, None)
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


def _fetched(
    plan: str | None,
) -> tuple[dict[str, Request] | None, ForgeError | None, GitError | None]:
    """Ask the remote, and its forge for requests; return those, and who has not answered."""
    from pathlib import Path

    from plan_worktree.change.changing import catch_up
    from plan_worktree.git.process import GitError
    from plan_worktree.landing.forges.protocol import ForgeError
    from plan_worktree.landing.requests.known import fetch_requests
    from plan_worktree.output.progress import progress
    from plan_worktree.planfiles.open_plan import open_plan
    from plan_worktree.state.repository.fetching import fetch_upstreams

    try:
        if not catch_up(open_plan(plan, Path.cwd()), progress, timeout=30):
            fetch_upstreams(plan, Path.cwd(), 30)
        return fetch_requests(plan, Path.cwd(), progress), None, None
    except GitError as error:
        return None, None, error
    except ForgeError as error:
        return None, error, None


def _line(plan: str | None) -> None:
    """Print one line, importing as little as that takes."""
    from pathlib import Path

    from plan_worktree.output.work.line import plan_line, stage_line
    from plan_worktree.state.glance.place import find_place
    from plan_worktree.state.glance.recorded import read_all_recorded, read_recorded

    place = find_place(plan, Path.cwd())
    if place and place.stage:
        click.echo(stage_line(read_recorded(place.root, place.plan, place.stage)))
    elif place:
        click.echo(plan_line(place.plan, read_all_recorded(place.root, place.plan)))


def _follow(plan: str | None) -> None:
    from pathlib import Path

    from plan_worktree.change.listening import listen
    from plan_worktree.output.progress import progress
    from plan_worktree.output.work.follow import Said, said_of, show_changes
    from plan_worktree.planfiles.open_plan import Opened
    from plan_worktree.state.overview import follow_states
    from plan_worktree.state.waiting import News

    say, warn = News(progress), News(progress)

    def ask(opened: Opened) -> None:
        silent = listen(opened, say, timeout=30)
        warn(silent and f"warning: {silent}: what it had last counts", str(bool(silent)))

    before: Said = {}
    for report in follow_states(plan, Path.cwd(), ask):
        after = said_of(report)
        show_changes(before, after)
        before = after
