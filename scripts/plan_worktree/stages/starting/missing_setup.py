"""What a stage lacks before somebody can work there, made by whoever starts it.

Imported by `start` when it runs: most starts find a stage as it is to be.
"""

from __future__ import annotations

from collections.abc import Callable

from plan_worktree.plan.model import Stage
from plan_worktree.project.refusal import Refused
from plan_worktree.setup.execute import execute_setup
from plan_worktree.setup.setup import plan_setup
from plan_worktree.setup.slots import give_missing_slot
from plan_worktree.setup.step import Action, Watcher
from plan_worktree.state.overview import Overview, read_again

Waiting = Callable[[str], None]


def make_slot(seen: Overview, stage: Stage, waiting: Waiting) -> Overview:
    """Give a slot to a stage that an older version has set up.

    Must run under the lock. Raises GitError and OSError.
    """
    there = seen.facts.worktree_of(stage)
    if there is None:
        return seen
    return seen._replace(facts=give_missing_slot(seen.facts, stage, there.path, waiting))


def make_worktree(seen: Overview, stage: Stage, waiting: Waiting) -> Overview:
    """Make a stage's worktree, and look at the plan again.

    Must run under the lock. Raises Refused, GitError and OSError.
    """
    opened, facts = seen.opened, seen.facts
    steps = plan_setup(facts, opened.graph, [stage], dry_run=False)
    (step,) = execute_setup(facts, steps, opened.path, Watcher(waiting, lambda _: None))
    if step.action is Action.FAILED:
        raise Refused([f"stage {stage.id} could not be set up: {step.error}"])
    if step.no_file:
        waiting(f"warning: {step.no_file}")
    return read_again(seen)
