"""How every command that changes something begins: the lock, then recovery, then the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plan_worktree.change.recover import recover
from plan_worktree.planfiles.open_plan import Opened, refreshed
from plan_worktree.project.lock import repository_lock
from plan_worktree.state.repository.facts import Facts, facts_for_reading, read_facts


@contextmanager
def changing(
    opened: Opened, waiting: Callable[[str], None], *, dry_run: bool, whole: bool = False
) -> Iterator[tuple[Opened, Facts]]:
    """Yield the plan and the facts for a command that changes something.

    The caller's block runs under the repository lock, after recovery. With `dry_run` there is no
    lock and no recovery. A plan's file that changed during the wait for the lock is read again.
    `whole` is as in `open_plan`. `waiting` gets a line when the command has to wait.
    """
    if dry_run:
        yield opened, facts_for_reading(opened)
        return
    home = opened.require_home()
    with repository_lock(home, waiting):
        recover(home, opened.path, waiting)
        current = refreshed(opened, whole=whole)
        yield current, read_facts(home, current.plan)
