"""setup, status and remove from end to end: open, look, decide, and under the lock act.

Facts are read once the lock is held, so that what another process changed while this one waited
is part of the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from plan_worktree.lifecycle.facts import read_facts
from plan_worktree.lifecycle.find import plan_paths
from plan_worktree.lifecycle.home import find_home
from plan_worktree.lifecycle.lock import repository_lock
from plan_worktree.lifecycle.opened import InvalidPlan, Opened, open_plan, select
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.lifecycle.remove import (
    RemoveStep,
    execute_remove,
    plan_remove,
    plan_remove_gone,
)
from plan_worktree.lifecycle.setup import Step, execute_setup, has_landed, plan_setup
from plan_worktree.lifecycle.status import Report, read_status

Progress = Callable[[str], None]


def run_setup(
    written: str | None, names: Sequence[str], start: Path, *, dry_run: bool, progress: Progress
) -> list[Step]:
    """Set stages up, or with `dry_run` return what would be done.

    Raises BadArgument, Refused, GitError and OSError; a single stage's failure is in its step.
    """
    opened = open_plan(written, start, whole=True)
    home = opened.require_home()
    wanted = select(opened.plan, names)
    with nullcontext() if dry_run else repository_lock(home, progress):
        facts = read_facts(home, opened.plan)
        stages = wanted if names else [s for s in wanted if not has_landed(facts, s)]
        steps = plan_setup(facts, stages)
        if dry_run:
            return steps
        return execute_setup(
            facts, steps, opened.path, lambda s: progress(f"{s.stage.id}: {s.action}")
        )


def run_status(written: str | None, start: Path) -> Report:
    """Return where every stage of a plan stands. Raises like `run_setup`."""
    opened = open_plan(written, start)
    return read_status(read_facts(opened.require_home(), opened.plan), opened.graph)


def run_remove(
    written: str | None,
    names: Sequence[str],
    start: Path,
    *,
    gone: bool,
    dry_run: bool,
    progress: Progress,
) -> list[RemoveStep]:
    """Take worktrees away, or with `dry_run` return what would be done. Raises like `run_setup`.

    With `gone` only entries whose directory is gone are dropped, of all plans when none is named.
    """
    every = gone and written is None
    plans = _every_plan(start) if every else [open_plan(written, start)]
    results: list[RemoveStep] = []
    for opened in plans:
        home = opened.require_home()
        wanted = select(opened.plan, names)
        with nullcontext() if dry_run else repository_lock(home, progress):
            facts = read_facts(home, opened.plan)
            if gone:
                steps = plan_remove_gone(facts, wanted)
            else:
                steps = plan_remove(facts, read_status(facts, opened.graph), wanted)
            results += steps if dry_run else execute_remove(facts, steps, _reporter(progress))
    return results


def _reporter(progress: Progress) -> Callable[[RemoveStep], None]:
    return lambda step: progress(f"{step.stage.id}: {step.action}")


def _every_plan(start: Path) -> list[Opened]:
    home = find_home(start)
    if home is None:
        raise Refused([f"{start} is not in a git repository: name a plan"])
    found = []
    for path in plan_paths(home):
        try:
            found.append(open_plan(str(path), start))
        except InvalidPlan:  # a plan that cannot be read has no worktrees that we could name
            continue
    return found
