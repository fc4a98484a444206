"""What a plan says beyond statuses and ticks, so that two versions of it can be compared.

Commands write statuses and ticks all the time; whatever else changes is an edit that whoever works
on a stage may have to hear of. Blank lines count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from plan_worktree.plan.model import Stage
from plan_worktree.plan.parts.todo import read_tasks
from plan_worktree.plan.planfile import PlanFile
from plan_worktree.plan.reading.approach import CONSTRAINTS, GOAL, convention_lines, part_lines
from plan_worktree.plan.sections import Section, read_sections
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.fields import STATUS

_LENGTH = 16


class Reading(NamedTuple):
    """What somebody has read of a plan for a stage, each as a short hash; "" where that is unknown.

    The stage's section and metadata, the plan's goal, constraints and conventions, and as `needs`
    the sections of what the stage directly depends on.
    """

    section: str = ""
    goal: str = ""
    constraints: str = ""
    conventions: str = ""
    needs: str = ""

    @classmethod
    def read(cls, said: object) -> Reading:
        """Read what a record holds, whoever wrote it."""
        known = said if isinstance(said, dict) else {}
        values = {name: known.get(name) for name in cls._fields}
        return cls(**{n: v for n, v in values.items() if isinstance(v, str) and len(v) == _LENGTH})

    def changed(self, now: Reading) -> tuple[str, ...]:
        """Return the names of what is otherwise now; what is unknown is not."""
        pairs = zip(self._fields, self, now, strict=True)
        return tuple(name for name, old, new in pairs if old and new and old != new)

    def has_same_plan(self, now: Reading) -> bool:
        """Tell whether goal, constraints and conventions are known, and what they are now."""
        return bool(self.goal) and self[1:4] == now[1:4]


UNREAD = Reading()


class Wording(NamedTuple):
    """A plan's lines with statuses and ticks taken out, and where in it what stands."""

    lines: tuple[str, ...]
    sections: Mapping[str, Section]
    goal: str
    constraints: str
    conventions: str

    def of(self, stage: Stage) -> Reading:
        """Return what somebody who reads the brief of a stage now has read."""
        return Reading(
            _hash([repr(stage._replace(status="", position=0)), *self._section(stage.id)]),
            self.goal,
            self.constraints,
            self.conventions,
            _hash(line for name in stage.depends_on for line in self._section(name)),
        )

    def _section(self, name: str) -> Sequence[str]:
        own = self.sections.get(name)
        return self.lines[own.first : own.last] if own else ()


def wording_of(document: Document) -> Wording:
    """Read what a plan says beyond statuses and ticks."""
    sections = read_sections(document)
    lines = _without_statuses(document, sections)
    held: list[str] = []
    for heading, numbers in convention_lines(document, sections):
        held += (heading.text, *lines[numbers.start : numbers.stop])
    goal, constraints = (part_lines(document, part) for part in (GOAL, CONSTRAINTS))
    return Wording(
        tuple(lines),
        {section.stage_id: section for section in reversed(sections)},
        _hash(lines[goal.start : goal.stop]),
        _hash(lines[constraints.start : constraints.stop]),
        _hash(held),
    )


def same_wording(one: PlanFile, other: PlanFile) -> bool:
    """Tell whether two versions of a plan say the same but for statuses and ticks.

    One that cannot be read as a plan says something else than any other.
    """
    said = _all(one)
    return said is not None and said == _all(other)


def _all(file: PlanFile) -> tuple[object, ...] | None:
    """Return a plan's metadata and its body without statuses and ticks."""
    document, plan, metadata = file.document, file.plan, file.metadata
    if document is None or plan is None or metadata is None:
        return None
    lines, fence = _without_statuses(document, read_sections(document)), metadata.fence
    del lines[fence.line : fence.line + fence.content.count("\n") + 2]
    stages = tuple(stage._replace(status="") for stage in plan.stages)
    return (*plan._replace(status="", stages=stages), *_said(lines))


def _without_statuses(document: Document, sections: Sequence[Section]) -> list[str]:
    """Return a plan's lines with the boxes of its items empty, and without stages' statuses."""
    lines = list(document.source.lines)
    for task in read_tasks(document, range(len(lines))):
        line, at = lines[task.line], task.column
        lines[task.line] = f"{line[:at]} {line[at + 1 :]}"
    for section in sections:
        status = section.fields.get(STATUS)
        for row, column in status.rows if status else ():
            lines[row] = lines[row][:column]
    return lines


def _said(lines: Iterable[str]) -> list[str]:
    return [said for line in lines if (said := line.rstrip())]


def _hash(lines: Iterable[str]) -> str:
    return sha256("\n".join(_said(lines)).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
