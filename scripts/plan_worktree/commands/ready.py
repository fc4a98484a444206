"""The command ``ready``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    Waits,
    as_json,
    plan_argument,
    wait_option,
)


@click.command(cls=Waits)
@plan_argument
@wait_option
@as_json
def ready(plan: str | None, *, wait: float, json: bool) -> None:
    """Show which stages can be taken now: dependencies done, nobody at work.

    The stage that most others wait for comes first, then the order of merging. Done means complete
    or merged. Exit 0 when there is a stage to take, or one of your own (PLAN_WORKTREE_OWNER) to go
    on with; 4 when others are at work, so that it pays to ask again; 5 when nothing is left to do;
    1 when nothing can become ready, since what is left is blocked or waits for that.

    With --wait it ends as soon as it is not 4 any more, or, with 4, after SECONDS. What it waits
    for is said again when that has changed.

    \b
    Examples:
      plan-worktree ready notes-search
      plan-worktree ready notes-search --wait 600
      plan-worktree ready --json
    """
    import os
    from functools import partial
    from pathlib import Path

    from plan_worktree.change.listening import listen
    from plan_worktree.output.progress import progress
    from plan_worktree.output.terminal import note
    from plan_worktree.output.work.stages import shared_words, show_ready
    from plan_worktree.state.ready import wait_ready
    from plan_worktree.state.repository.owners import owner_named
    from plan_worktree.state.waiting import News

    name = os.environ.get("PLAN_WORKTREE_OWNER")
    owner = owner_named(name) if name else None
    before = partial(listen, say=News(progress))
    found = wait_ready(plan, Path.cwd(), owner, wait, before, progress)
    if found.shared and not json:
        note(shared_words(found.shared, found.plan))
    if code := show_ready(found, json):
        raise click.exceptions.Exit(code)
