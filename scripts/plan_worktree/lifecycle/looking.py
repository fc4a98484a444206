"""How every command that changes something begins: the lock, then recovery, then the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plan_worktree.lifecycle.advance import take_back
from plan_worktree.lifecycle.facts import Facts, read_facts
from plan_worktree.lifecycle.lock import repository_lock
from plan_worktree.lifecycle.opened import Opened
from plan_worktree.lifecycle.recover import recover


@contextmanager
def looking(opened: Opened, waiting: Callable[[str], None], *, dry_run: bool) -> Iterator[Facts]:
    """Read the facts: under the lock and after recovering, or for a dry run as they are."""
    home = opened.require_home()
    if dry_run:
        yield read_facts(home, opened.plan)
        return
    with repository_lock(home, waiting):
        recover(home)
        take_back(home, waiting)
        yield read_facts(home, opened.plan)
