"""Plan and Stage: what a plan's metadata says, as values.

Reading is lenient: a property that is missing or of the wrong type becomes the empty value of
its type (the schema rules report it), so that the rest of a broken plan can still be checked.
An empty string is never valid, so it always means "absent". Commands that act take only plans
without errors, and meet no empty values.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

# The schema's own limit. Relations between stages take memory that grows with its square.
MOST_STAGES = 10_000


class PlanStatus(StrEnum):
    """Where a plan as a whole stands; declared by its people."""

    DRAFT = "draft"
    APPROVED = "approved"
    IN_PROGRESS = "in-progress"
    COMPLETE = "complete"
    ABANDONED = "abandoned"


class StageStatus(StrEnum):
    """What a plan declares of a stage; git may know more."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    BLOCKED = "blocked"
    COMPLETE = "complete"


class Stage(NamedTuple):
    """One unit of work: one branch in one worktree. `position` is its place in the metadata."""

    position: int
    id: str
    name: str
    branch: str
    worktree_path: str
    status: str
    depends_on: tuple[str, ...]
    verify: tuple[str, ...]


class Plan(NamedTuple):
    """A plan's metadata. `base` names the target branch, None when the plan leaves it open.

    `verify` are the commands that must pass on every merged result.
    """

    plan_id: str
    created: str
    author: str
    status: str
    base: str | None
    verify: tuple[str, ...]
    stages: tuple[Stage, ...]

    def stage(self, stage_id: str) -> Stage | None:
        """Return the stage of that id, or None."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)


def read_plan(metadata: object) -> Plan:
    """Read a parsed metadata block, whatever it holds."""
    top = metadata if isinstance(metadata, dict) else {}
    stages = top.get("stages")
    listed = stages[:MOST_STAGES] if isinstance(stages, list) else []
    return Plan(
        plan_id=_text(top.get("plan_id")),
        created=_text(top.get("created")),
        author=_text(top.get("author")),
        status=_text(top.get("status")),
        base=_text(top.get("base")) or None,
        verify=tuple(_texts(top.get("verify"))),
        stages=tuple(
            _stage(position, stage)
            for position, stage in enumerate(listed)
            if isinstance(stage, dict)
        ),
    )


def _stage(position: int, stage: dict[str, object]) -> Stage:
    return Stage(
        position=position,
        id=_text(stage.get("id")),
        name=_text(stage.get("name")),
        branch=_text(stage.get("branch")),
        worktree_path=_text(stage.get("worktree_path")),
        status=_text(stage.get("status")),
        depends_on=tuple(_texts(stage.get("depends_on"))),
        verify=tuple(_texts(stage.get("verify"))),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> Iterator[str]:
    # A place is kept for what is no string, so that indexes still name the metadata's entries.
    return (_text(entry) for entry in (value if isinstance(value, list) else []))
