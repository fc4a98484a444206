"""todo: a stage's own TODO items, listed or ticked in the plan where it lies.

Listing takes no lock. A tick is a change of one character in the file, made under the lock on what
the file holds then; killed at any instant, the same command goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from plan_worktree.change.changing import changing
from plan_worktree.plan.model import Stage
from plan_worktree.plan.parts.todo import Task, stage_tasks
from plan_worktree.planfiles.arguments import plan_and_stage
from plan_worktree.planfiles.boxes import named_tasks, tick_tasks
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.stages.current import current_stage
from plan_worktree.state.repository.facts import facts_for_reading


class TodoOptions(NamedTuple):
    """What the caller asks for.

    `names` are up to two words that name a plan and a stage, `numbers` the digits of items to tick,
    none of which has more than nine. With `undo` items lose their ticks.
    """

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    undo: bool = False
    dry_run: bool = False


class StageTodo(NamedTuple):
    """A stage's items as they are after the command, in a dry run as they would be.

    `changed` are the numbers of those that were, or would be, changed; None where they were only
    to be listed.
    """

    opened: Opened
    stage: Stage
    tasks: tuple[Task, ...]
    changed: tuple[int, ...] | None = None


def run_todo(options: TodoOptions, start: Path, waiting: Callable[[str], None]) -> StageTodo:
    """Return a stage's items; with numbers, tick those before.

    Without a stage it is the one in whose worktree `start` lies. Raises BadArgument, Refused,
    GitError and OSError.
    """
    plan, name = plan_and_stage(options.names, start)
    found = open_plan(plan, start)
    numbers = options.numbers
    # Behind a plan the first word is the stage, also where that is called like a number.
    if plan is not None and name is None and numbers and found.plan.stage(numbers[0]):
        name, *rest = numbers
        numbers = tuple(rest)
    if not numbers:
        return _listed(found, name, start)
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        stage = current_stage(facts, name, start)
        wanted, done = [int(number) for number in numbers], not options.undo
        changed = {task.number for task in named_tasks(opened, stage.id, wanted)}
        changed &= {task.number for task in _tasks(opened, stage) if task.done != done}
        written = None if options.dry_run else tick_tasks(opened, stage.id, wanted, done)
        now = written or opened
        tasks = (
            task._replace(done=done) if task.number in changed else task
            for task in _tasks(now, stage)
        )
        return StageTodo(now, stage, tuple(tasks), tuple(sorted(changed)))


def _listed(opened: Opened, name: str | None, start: Path) -> StageTodo:
    if name is None:
        stage = current_stage(facts_for_reading(opened), None, start)
    else:  # nothing else has to be known, nor need there be a repository
        (stage,) = select(opened.plan, [name])
    return StageTodo(opened, stage, _tasks(opened, stage))


def _tasks(opened: Opened, stage: Stage) -> tuple[Task, ...]:
    return tuple(stage_tasks(opened.document).get(stage.id, ()))
