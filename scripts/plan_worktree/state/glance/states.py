"""The states of a stage, and the one rule that tells which of them a stage is in."""

from __future__ import annotations

from enum import StrEnum

from plan_worktree.plan.model import Stage, StageStatus


class State(StrEnum):
    """A stage's state as derived from git and the plan."""

    BLOCKED = "blocked"
    WAITING = "waiting"
    READY = "ready"
    IN_PROGRESS = "in-progress"
    COMPLETE = "complete"
    MERGED = "merged"


DONE = frozenset({State.COMPLETE, State.MERGED})


def state_of(stage: Stage, *, is_merged: bool, is_started: bool, is_waiting: bool) -> State:
    """Return a stage's state: of what is true at the same time, the first of these counts.

    `is_waiting` says that a dependency is not done.
    """
    if is_merged:
        return State.MERGED
    if stage.status == StageStatus.COMPLETE:
        return State.COMPLETE
    if stage.status == StageStatus.BLOCKED:
        return State.BLOCKED
    if is_started:
        return State.IN_PROGRESS
    return State.WAITING if is_waiting else State.READY
