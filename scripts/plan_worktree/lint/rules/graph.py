"""PW2: the graph of stages."""

from __future__ import annotations

from collections.abc import Iterator

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.subject import Rule, Subject, suggestion
from plan_worktree.plan.model import Stage


def repeated_stage_id(subject: Subject) -> Iterator[Diagnostic]:
    """PW201: two stages share an id (also when only the case differs: refs are files)."""
    first: dict[str, Stage] = {}
    for stage in subject.plan.stages:
        if not stage.id:
            continue
        other = first.setdefault(stage.id.casefold(), stage)
        if other is not stage:
            line = subject.line_of(other, "id")
            message = f'stage id "{stage.id}" is already taken in line {line}: rename one of them'
            yield subject.at("PW201", message, "stages", stage.position, "id")


def unknown_dependency(subject: Subject) -> Iterator[Diagnostic]:
    """PW202: a stage depends on something that is no stage of the plan."""
    known = dict.fromkeys(stage.id for stage in subject.plan.stages)
    if "" in known:  # a stage's id is unreadable (PW1): it may well be the one that is meant
        return
    for stage, entry, needed in _dependencies(subject):
        if needed not in known:
            near = suggestion(needed, (name for name in known if name != stage.id))
            shown = _visible(needed)
            message = f'stage "{stage.id}" depends on "{shown}", which is no stage of this plan'
            yield subject.at("PW202", message + near, "stages", stage.position, "depends_on", entry)


def self_dependency(subject: Subject) -> Iterator[Diagnostic]:
    """PW203: a stage depends on itself."""
    for stage, entry, needed in _dependencies(subject):
        if needed == stage.id:
            message = f'stage "{stage.id}" depends on itself: remove this entry'
            yield subject.at("PW203", message, "stages", stage.position, "depends_on", entry)


def dependency_cycle(subject: Subject) -> Iterator[Diagnostic]:
    """PW204: stages that wait for each other; the finding spells out the whole circle."""
    for cycle in subject.graph.cycles:
        stage = subject.plan.stage(cycle[0])
        if stage:
            shown = cycle if len(cycle) <= 12 else (*cycle[:6], "…", *cycle[-5:])
            message = f"these stages wait for each other: {' -> '.join(shown)}; cut one arrow"
            entry = stage.depends_on.index(cycle[1])
            yield subject.at("PW204", message, "stages", stage.position, "depends_on", entry)


def repeated_dependency(subject: Subject) -> Iterator[Diagnostic]:
    """PW205: a dependency is listed twice."""
    seen: set[tuple[int, str]] = set()
    for stage, entry, needed in _dependencies(subject):
        if (stage.position, needed) in seen:
            message = f'stage "{stage.id}" lists "{needed}" twice: remove one'
            yield subject.at("PW205", message, "stages", stage.position, "depends_on", entry)
        seen.add((stage.position, needed))


def _visible(name: str) -> str:
    """Show a name so that a letter that only looks like another can be told from it."""
    return ascii(name)[1:-1]


def _dependencies(subject: Subject) -> Iterator[tuple[Stage, int, str]]:
    return (
        (stage, entry, needed)
        for stage in subject.plan.stages
        if stage.id
        for entry, needed in enumerate(stage.depends_on)
        if needed
    )


RULES: tuple[Rule, ...] = (
    repeated_stage_id,
    unknown_dependency,
    self_dependency,
    dependency_cycle,
    repeated_dependency,
)
