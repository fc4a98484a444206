"""PW4, first half: the body against the metadata. Placeholders have a module of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.branchname import branch_fault
from plan_worktree.lint.subject import Rule, Subject, suggestion
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.plan.sections import (
    PLAN_PARTS,
    REPEATED,
    STAGE_PARTS,
    Section,
    clean,
    plain_title,
    read_dependencies,
    read_status,
    with_status,
)
from plan_worktree.plan.text.fields import BRANCH, DEPENDENCIES, STATUS, Field


def stage_without_section(subject: Subject) -> Iterator[Diagnostic]:
    """PW401: the metadata has a stage that the body does not explain."""
    explained = {section.stage_id for section in subject.sections}
    for stage in subject.plan.stages:
        if stage.id and stage.id not in explained:
            message = (
                f'stage "{stage.id}" has no section: write one with a line '
                f"**Stage ID**: `{stage.id}`"
            )
            yield subject.at("PW401", message, "stages", stage.position, "id")


def section_without_stage(subject: Subject) -> Iterator[Diagnostic]:
    """PW402: the body explains a stage that the metadata lacks, or one twice."""
    known = dict.fromkeys(stage.id for stage in subject.plan.stages)
    if "" in known:  # a stage's id is unreadable (PW1): it may well be the one that is meant
        return
    seen: dict[str, Section] = {}
    repeated = _repeated_ids(subject)
    for section in subject.sections:
        field = section.id_field
        place = (field.value_line + 1, field.value_column + 1)
        first = seen.setdefault(section.stage_id, section)
        if section.stage_id not in known:
            missing = f'the metadata has no stage "{section.stage_id}"'
            near = suggestion(section.stage_id, known) or "; add it there, or remove this section"
            yield subject.on(*place, "PW402", missing + near)
        elif first is not section and section.stage_id not in repeated:
            line = first.id_field.line + 1
            twice = f'stage "{section.stage_id}" has a section already in line {line}: join them'
            yield subject.on(*place, "PW402", twice)


def body_disagrees(subject: Subject) -> Iterator[Diagnostic]:
    """PW403: a section's Branch, Status or Dependencies says something else than the metadata."""
    for field, _, message in disagreements(subject):
        yield subject.on(field.value_line + 1, field.value_column + 1, "PW403", message)


def disagreements(subject: Subject) -> Iterator[tuple[Field, str, str]]:
    """Yield each field that is wrong, the value it should have, and the words for it.

    A value that is to be written directly behind a name begins with a blank.
    """
    stages = {stage.id: stage for stage in subject.plan.stages if stage.id}
    repeated = _repeated_ids(subject)
    spelt = {stage_id.casefold(): stage_id for stage_id in stages}
    for section in subject.sections:
        stage = stages.get(section.stage_id)
        if stage and stage.id not in repeated:
            for name, field in section.fields.items():
                if not _is_readable(subject, stage, name):
                    continue
                wanted = _wanted(name, field.value, stage, spelt)
                if wanted is not None:
                    message = (
                        f'**{field.name}** says "{_short(field.value)}", the metadata says '
                        f"{_in_words(name, stage)}: correct the wrong one; to take the metadata's, "
                        "plan-worktree validate --fix"
                    )
                    yield field, f"{_blank_before(subject, field)}{wanted}", message


def field_missing(subject: Subject) -> Iterator[Diagnostic]:
    """PW407: a section lacks one of the fields that repeat the metadata."""
    for section, missing in missing_fields(subject):
        names = [name for name, _ in missing.values()]
        lacks = f'the section of stage "{section.stage_id}" lacks {_listed(names)}'
        shown = ", ".join(f"**{name}**: {value}" for name, value in missing.values())
        message = f"{lacks}: plan-worktree validate --fix writes {shown}"
        yield subject.on(section.id_field.line + 1, section.id_field.column + 1, "PW407", message)


def missing_fields(subject: Subject) -> Iterator[tuple[Section, dict[str, tuple[str, str]]]]:
    """Yield each section that lacks fields, and for each its name and the value it should have.

    A section that is there twice is left alone (PW402), and so is a value that no body could
    repeat (PW1, PW3).
    """
    stages = {stage.id: stage for stage in subject.plan.stages if stage.id}
    times = Counter(section.stage_id for section in subject.sections)
    repeated = _repeated_ids(subject)
    for section in subject.sections:
        stage = stages.get(section.stage_id)
        if stage is None or stage.id in repeated or times[stage.id] > 1:
            continue
        mark = "`" if section.id_field.value.startswith("`") else ""
        missing = {
            name: (name.capitalize(), _repeating(name, stage, mark))
            for name in REPEATED
            if name not in section.fields and _is_readable(subject, stage, name)
        }
        if missing:
            yield section, missing


def stage_part_missing(subject: Subject) -> Iterator[Diagnostic]:
    """PW404: a stage's section lacks one of What, Why, How, Files to Change, Validation, TODO."""
    for section in subject.sections:
        missing = [part for part in STAGE_PARTS if part not in section.parts]
        if missing:
            line = section.heading.line if section.heading else section.id_field.line
            lacks = f'the section of stage "{section.stage_id}" lacks {_listed(missing)}'
            message = f"{lacks}: add each as a heading or a bold line"
            yield subject.on(line + 1, 1, "PW404", message)


def plan_part_missing(subject: Subject) -> Iterator[Diagnostic]:
    """PW405: the plan lacks one of the template's sections."""
    found = [plain_title(h.text) for h in subject.document.headings if h.depth == 0]
    missing = [
        part for part in PLAN_PARTS if not any(text.startswith(plain_title(part)) for text in found)
    ]
    if missing:
        titles = [h for h in subject.document.headings if h.level == 1 and h.depth == 0]
        message = (
            f"the plan lacks {_listed(missing)}: add the missing heading"
            f"{'s' if len(missing) > 1 else ''}; under one that does not apply say so"
        )
        yield subject.on(titles[0].line + 1 if titles else 1, 1, "PW405", message)


RULES: tuple[Rule, ...] = (
    stage_without_section,
    section_without_stage,
    body_disagrees,
    field_missing,
    stage_part_missing,
    plan_part_missing,
)


def _repeated_ids(subject: Subject) -> set[str]:
    """Ids that stand for two stages (PW201): nobody can say which one a section means."""
    count = Counter(stage.id for stage in subject.plan.stages)
    return {stage_id for stage_id, times in count.items() if times > 1}


def _is_readable(subject: Subject, stage: Stage, name: str) -> bool:
    """Tell whether the metadata's own value is one that a body could repeat."""
    if name == STATUS:
        return stage.status in list(StageStatus)
    if name == DEPENDENCIES:
        raw = subject.metadata.raw_stage(stage.position)
        return isinstance(raw.get("depends_on", []), list)
    return not branch_fault(stage.branch)


def _wanted(name: str, value: str, stage: Stage, spelt: dict[str, str]) -> str | None:
    """Return what a field should say, in the style of what it says; None when it is right."""
    mark = "`" if value.startswith("`") else ""
    if name == BRANCH:
        says = clean(value)
        return None if says == stage.branch or not stage.branch else f"{mark}{stage.branch}{mark}"
    if name == STATUS:
        if read_status(value) == stage.status or not stage.status:
            return None
        return with_status(value, stage.status)
    found, strange = read_dependencies(value, spelt)
    if not strange and set(found) == set(stage.depends_on):
        return None
    if any(needed.casefold() not in spelt for needed in stage.depends_on):  # PW202 says so
        return None
    return _repeating(name, stage, mark)


def _blank_before(subject: Subject, field: Field) -> str:
    """Return the blank that an empty field lacks between its name and a value."""
    head = subject.document.source.lines[field.value_line][: field.value_column]
    return " " if not field.value and head.endswith((":", "*", "_")) else ""


def _repeating(name: str, stage: Stage, mark: str) -> str:
    """Return what a field says of a stage, with or without code marks."""
    if name == STATUS:
        return with_status("", stage.status)
    if name == BRANCH:
        return f"{mark}{stage.branch}{mark}"
    return ", ".join(f"{mark}{needed}{mark}" for needed in stage.depends_on) or "None"


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."


def _in_words(name: str, stage: Stage) -> str:
    if name == DEPENDENCIES:
        return ", ".join(stage.depends_on) or "none"
    return stage.branch if name == BRANCH else stage.status


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
