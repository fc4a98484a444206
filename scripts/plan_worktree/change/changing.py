"""How every command that changes something begins: the lock, then recovery, then the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plan_worktree.change.recover import recover
from plan_worktree.planfiles.open_plan import Opened, refreshed
from plan_worktree.project.lock import repository_lock
from plan_worktree.state.facts import Facts, facts_for_reading, read_facts


@contextmanager
def changing(
    opened: Opened, waiting: Callable[[str], None], *, dry_run: bool, whole: bool = False
) -> Iterator[tuple[Opened, Facts]]:
    """Read the facts: under the lock and after recovering, or for a dry run as they are.

    The plan is read again where it changed while the lock was waited for. `whole` is as in
    `open_plan`.
    """
    if dry_run:
        yield opened, facts_for_reading(opened)
        return
    home = opened.require_home()
    with repository_lock(home, waiting):
        recover(home, opened.path, waiting)
        current = refreshed(opened, whole=whole)
        yield current, read_facts(home, current.plan)
