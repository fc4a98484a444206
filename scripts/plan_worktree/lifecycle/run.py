"""setup, remove and restore from end to end: open, look, decide, and under the lock act.

Facts are read once the lock is held, so that what another process changed while this one waited
is part of the decision; and after what a killed command has left was taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from plan_worktree.change.changing import acting
from plan_worktree.change.recover import leftovers
from plan_worktree.git import process
from plan_worktree.lifecycle.remove import (
    How,
    RemoveStep,
    execute_remove,
    plan_remove,
    plan_remove_gone,
)
from plan_worktree.lifecycle.restore import RestoreStep, execute_restore, plan_restore
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.find import plan_paths
from plan_worktree.planfiles.open_plan import InvalidPlan, Opened, open_plan, select
from plan_worktree.project.home import Home, find_home
from plan_worktree.project.refusal import Refused
from plan_worktree.setup.setup import Progress
from plan_worktree.state.facts import Saved, read_facts
from plan_worktree.state.status import read_status
from plan_worktree.worktrees.rubbish import delete_rubbish, remove_empty


def run_remove(
    written: str | None,
    names: Sequence[str],
    start: Path,
    how: How,
    *,
    dry_run: bool,
    progress: Progress,
) -> list[RemoveStep]:
    """Take worktrees away, or with `dry_run` return what would be done. Raises like `run_setup`.

    With `how.gone` only entries whose directory is gone are dropped; of all plans when none is
    named.
    """
    process.require_version()
    plans = _every_plan(start) if how.gone and written is None else [open_plan(written, start)]
    results: list[RemoveStep] = []
    for found in plans:
        home = found.require_home()
        with acting(found, progress, dry_run=dry_run) as (opened, facts):
            wanted = select(opened.plan, names)
            if how.gone:
                steps = plan_remove_gone(facts, wanted)
            else:
                steps = plan_remove(facts, read_status(facts, opened.graph), wanted, how)
            for step in steps if how.gone else ():
                progress(f"{step.stage.id}: {step.worktree} is gone")
            if not dry_run:
                steps = execute_remove(facts, steps, how, progress, _reporter(progress))
            rubbish = [] if dry_run else leftovers(home, map(facts.path, opened.plan.stages))
        results += steps
        _delete(rubbish, steps, home, progress)
        for step in () if dry_run or how.gone else steps:
            remove_empty(home.resolve(step.stage.worktree_path).parent, home.root.parent)
    return results


def run_restore(
    written: str | None,
    name: str,
    time: str | None,
    start: Path,
    *,
    dry_run: bool,
    progress: Progress,
) -> RestoreStep:
    """Bring a stage back, or with `dry_run` return what would be. Raises like `run_setup`."""
    found = open_plan(written, start)
    with acting(found, progress, dry_run=dry_run) as (opened, facts):
        (stage,) = select(opened.plan, [name])
        step = plan_restore(facts, stage, time)
        if not dry_run:
            execute_restore(facts, step, opened.path)
    return step


def saved_stages(
    written: str | None, names: Sequence[str], start: Path
) -> list[tuple[Stage, Saved]]:
    """Return what is saved of a plan's stages, the newest first. Raises like `run_setup`."""
    opened = open_plan(written, start)
    facts = read_facts(opened.require_home(), opened.plan)
    wanted = select(opened.plan, names)
    return [(stage, saved) for stage in wanted for saved in facts.saved(stage)]


def _delete(
    leftover: Sequence[Path], steps: Sequence[RemoveStep], home: Home, tell: Progress
) -> None:
    """Delete what was renamed away, and the folders it leaves empty."""
    own = [step.rubbish for step in steps if step.rubbish]
    for path in dict.fromkeys([*own, *leftover]):
        try:
            delete_rubbish(path)
        except FileNotFoundError:  # another process deletes it, too
            continue
        except OSError as error:
            tell(f"waiting to be deleted, by the next remove: {path}: {error}")
        remove_empty(path.parent, home.root.parent)


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
