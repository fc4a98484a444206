"""PW4, first half: the body against the metadata. Placeholders have a module of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.branchname import branch_fault
from plan_worktree.lint.subject import Rule, Subject, suggestion
from plan_worktree.plan.fields import Field
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.plan.sections import (
    STAGE_PARTS,
    Section,
    clean,
    read_dependencies,
    read_status,
    with_status,
)

# The sections of the template.
PLAN_PARTS = (
    "Overview",
    "Requirements",
    "Technical Approach",
    "Implementation Stages",
    "Testing Strategy",
    "Deployment Plan",
    "Risks & Mitigations",
    "Dependencies",
    "Open Questions",
    "Success Criteria",
    "Overall TODO List",
    "References",
)


# The one code whose fix is mechanical: the metadata is the truth, the body repeats it.
FIXABLE = "PW403"


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
    """Yield each field that is wrong, the value it should have, and the words for it."""
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
                    yield field, wanted, message


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
    found = [_plain(h.text) for h in subject.document.headings if h.depth == 0]
    missing = [
        part for part in PLAN_PARTS if not any(text.startswith(_plain(part)) for text in found)
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
    stage_part_missing,
    plan_part_missing,
)


def _repeated_ids(subject: Subject) -> set[str]:
    """Ids that stand for two stages (PW201): nobody can say which one a section means."""
    count = Counter(stage.id for stage in subject.plan.stages)
    return {stage_id for stage_id, times in count.items() if times > 1}


def _is_readable(subject: Subject, stage: Stage, name: str) -> bool:
    """Tell whether the metadata's own value is one that a body could repeat."""
    if name == "status":
        return stage.status in list(StageStatus)
    if name == "dependencies":
        raw = subject.metadata.raw_stage(stage.position)
        return isinstance(raw.get("depends_on", []), list)
    return not branch_fault(stage.branch)


def _wanted(name: str, value: str, stage: Stage, spelt: dict[str, str]) -> str | None:
    """Return what a field should say, in the style of what it says; None when it is right."""
    mark = "`" if value.startswith("`") else ""
    if name == "branch":
        says = clean(value)
        return None if says == stage.branch or not stage.branch else f"{mark}{stage.branch}{mark}"
    if name == "status":
        if read_status(value) == stage.status or not stage.status:
            return None
        return with_status(value, stage.status)
    found, strange = read_dependencies(value, spelt)
    if not strange and set(found) == set(stage.depends_on):
        return None
    if any(needed.casefold() not in spelt for needed in stage.depends_on):  # PW202 says so
        return None
    return ", ".join(f"{mark}{needed}{mark}" for needed in stage.depends_on) or "None"


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."


def _in_words(name: str, stage: Stage) -> str:
    if name == "dependencies":
        return ", ".join(stage.depends_on) or "none"
    return stage.branch if name == "branch" else stage.status


def _plain(text: str) -> str:
    """Return a heading so that "3. Risks and Mitigations" and "Risks & Mitigations" agree."""
    words = text.casefold().replace("&", "and").strip("# 0123456789.*_").split()
    return " ".join(words)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
