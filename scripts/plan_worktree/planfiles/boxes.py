"""Boxes of a plan's lists: a stage's own items, and those of the Overall TODO List that follow.

In the Overall TODO List a stage's line is ticked when `complete` has proved the stage, or when it
has landed; `merge` ticks the line of merging, `remove` the line of removing. A tick is taken away
where `mark` takes back that a stage is complete, and else by people alone. Clones that share a
plan follow each other in this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from plan_worktree.plan.model import Plan, StageStatus
from plan_worktree.plan.parts.todo import (
    Task,
    merging,
    named_ticks,
    removing,
    stage_lines,
    stage_tasks,
    ticks,
)
from plan_worktree.plan.planfile import PlanFile, loads
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.edit import Edit, edited
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.planfiles.statuses import Boxes, rewrite
from plan_worktree.project.refusal import BadArgument


def named_tasks(opened: Opened, stage: str, numbers: Sequence[int]) -> list[Task]:
    """Return the items of a stage that have one of the numbers. Raises BadArgument."""
    tasks = {task.number: task for task in stage_tasks(opened.document).get(stage, ())}
    if unknown := sorted({number for number in numbers if number not in tasks}):
        word = "item" if len(unknown) == 1 else "items"
        there = f"its items are numbered 1 to {len(tasks)}" if tasks else "it has no TODO items"
        listed = ", ".join(map(str, unknown[:8])) + (", …" if len(unknown) > 8 else "")
        raise BadArgument(f"stage {stage} has no {word} {listed}: {there}")
    return [tasks[number] for number in sorted(set(numbers))]


def tick_tasks(opened: Opened, stage: str, numbers: Sequence[int], done: bool) -> Opened | None:
    """Tick items of a stage in the plan's file, or take their ticks away.

    Must run under the repository lock. Returns the plan as it was written, None when all of that
    was so. Raises BadArgument for a number that the list does not have, Refused, GitError, OSError.
    """

    def ticked(now: Opened) -> PlanFile | None:
        edits = list(ticks(named_tasks(now, stage, numbers), done))
        return _with(now, edits) if edits else None

    return rewrite(opened, ticked)


def tick_removal(opened: Opened) -> Opened | None:
    """Tick the line of removing. Returns and raises as `tick_tasks`."""

    def ticked(now: Opened) -> PlanFile | None:
        edits = list(ticks(removing(now.document), True))
        return _with(now, edits) if edits else None

    return rewrite(opened, ticked)


def completed_box(stage: str) -> Boxes:
    """Return what ticks the line of a stage that was completed."""
    return lambda document, plan: _of_stages(document, plan, [stage], done=True)


def landed_boxes(merged: Collection[str]) -> Boxes:
    """Return what ticks the lines of stages that have landed, and of merging when all have."""

    def boxes(document: Document, plan: Plan) -> Iterator[Edit]:
        edits = list(_of_stages(document, plan, merged, done=True))
        if all(stage.id in merged for stage in plan.stages):
            edits += ticks(merging(document), True)
        yield from dict.fromkeys(edits)  # a stage may be called like that

    return boxes


def marked_box(stage: str, status: StageStatus) -> Boxes:
    """Return what takes the tick from the line of a stage that is declared complete no more."""

    def boxes(document: Document, plan: Plan) -> Iterator[Edit]:
        before = plan.stage(stage)
        if before and before.status == StageStatus.COMPLETE != status:
            yield from _of_stages(document, plan, [stage], done=False)

    return boxes


def followed_boxes(
    statuses: Mapping[str, StageStatus],
    completed: Collection[str],
    items: Mapping[str, Collection[str]],
) -> Boxes:
    """Return what makes boxes follow what another clone has done.

    `statuses` are what stages get, and a line loses its tick as with `mark`. The lines of
    `completed` stages are ticked, and of a stage's own `items` those that are named.
    """

    def boxes(document: Document, plan: Plan) -> Iterator[Edit]:
        tasks = stage_tasks(document)
        edits = list(_of_stages(document, plan, completed, done=True))
        for stage, names in items.items():
            edits += named_ticks(tasks.get(stage, ()), names)
        for stage, status in statuses.items():
            edits += marked_box(stage, status)(document, plan)
        yield from {edit[:2]: edit for edit in edits}.values()

    return boxes


def _of_stages(
    document: Document, plan: Plan, stages: Collection[str], *, done: bool
) -> Iterator[Edit]:
    lines = stage_lines(document, plan) if stages else {}
    return ticks((task for stage, task in lines.items() if stage in stages), done)


def _with(opened: Opened, edits: Sequence[Edit]) -> PlanFile:
    return loads(edited(opened.document.source, edits), opened.file.name)
