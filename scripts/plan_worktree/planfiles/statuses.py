"""Statuses written into a plan: metadata and body, and byte for byte nothing else.

Where a value stands is known from the parsers. Must run under the repository lock, which keeps
our own processes apart; a person's editor knows no lock, so the file must still hold what was
read, and when it does not, all of it is read and decided again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Container, Iterable, Iterator, Mapping

from plan_worktree.diagnostics import Severity
from plan_worktree.lint.check import check
from plan_worktree.lint.rules import placeholders
from plan_worktree.lint.rules.body import disagreements
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.edit import Edit, edited
from plan_worktree.plan.model import Plan, PlanStatus, StageStatus
from plan_worktree.plan.planfile import Metadata, PlanFile, loads
from plan_worktree.planfiles.open_plan import Opened, refreshed, reopened
from plan_worktree.planfiles.replace import ChangedMeanwhile, delete_drafts, replace_bytes
from plan_worktree.project.refusal import Refused

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_TRIES = 20


def declare(
    opened: Opened, statuses: Mapping[str, StageStatus], merged: Iterable[str] = ()
) -> Opened | None:
    """Write the statuses of stages into a plan, and what follows for the plan itself.

    Where the plan's file has changed since it was opened, it is read and checked again. `merged`
    are the stages whose work is in the target. Returns the plan as it was written, None when it
    said all of that already. Raises Refused, GitError and OSError.
    """
    known = frozenset(merged)
    delete_drafts(opened.path)
    for _ in range(_TRIES):
        opened = refreshed(opened)
        new = declared(opened.file, statuses, known)
        if new is None:
            return None
        try:
            replace_bytes(opened.path, _raw(opened.file), _raw(new))
        except ChangedMeanwhile:
            time.sleep(0.02)
            continue
        return reopened(opened, new)
    again = "changes again and again: save it, then run this again"
    raise ChangedMeanwhile([f"{opened.path} {again}"])


def _raw(file: PlanFile) -> bytes:
    return file.document.source.raw if file.document else b""


def declared(
    file: PlanFile, statuses: Mapping[str, StageStatus], merged: frozenset[str]
) -> PlanFile | None:
    """Return a plan with the statuses in it, None when they are. Raises Refused."""
    plan, metadata = file.plan, file.metadata
    ids = {stage.id for stage in plan.stages} if plan else set()
    if plan is None or metadata is None or not ids.issuperset(statuses):
        raise Refused(
            [f"{file.name} was changed meanwhile: plan-worktree validate {file.name}, then again"]
        )
    stages = tuple(
        stage._replace(status=statuses.get(stage.id, stage.status)) for stage in plan.stages
    )
    wanted = plan._replace(stages=stages)
    wanted = wanted._replace(status=_following(wanted, merged))
    if plan.status == PlanStatus.DRAFT != wanted.status and _has_placeholders(file, wanted):
        wanted = wanted._replace(status=plan.status)  # else our own edit would break the plan
    edits = list(_edits(file, metadata, plan, wanted, statuses))
    if not edits and wanted == plan:
        return None
    new = loads(edited(metadata.document.source, edits), file.name)
    if new.plan != wanted:  # a status that is written in a way we cannot edit
        raise Refused([f"{file.name}: the statuses cannot be edited in place: do it by hand"])
    return new


def _following(plan: Plan, merged: frozenset[str]) -> str:
    """Return the status that a plan has by its stages'; an abandoned one stays so."""
    if plan.status == PlanStatus.ABANDONED:
        return plan.status
    if all(stage.id in merged for stage in plan.stages):
        return PlanStatus.COMPLETE
    begun = {StageStatus.IN_PROGRESS, StageStatus.COMPLETE}
    if plan.status == PlanStatus.COMPLETE:
        begun = {StageStatus.IN_PROGRESS}
    if any(stage.status in begun for stage in plan.stages):
        return PlanStatus.IN_PROGRESS
    return plan.status


def _has_placeholders(file: PlanFile, plan: Plan) -> bool:
    """Tell whether a plan that is no draft any more has errors for what was never written."""
    return any(
        found.severity is Severity.ERROR
        for found in check(file._replace(plan=plan), None, rules=placeholders.RULES)
    )


def _edits(
    file: PlanFile, metadata: Metadata, old: Plan, new: Plan, named: Container[str]
) -> Iterator[Edit]:
    """Yield what makes the metadata those of `new`, and the sections of `named` stages agree."""
    if new.status != old.status:
        yield from _value(metadata, new.status, "status")
    for before, after in zip(old.stages, new.stages, strict=True):
        if before.status != after.status:
            yield from _value(metadata, after.status, "stages", after.position, "status")
    if file.graph is None:
        return
    subject = Subject(metadata, new, file.graph, None)
    fields = {
        section.fields.get("status") for section in subject.sections if section.stage_id in named
    }
    for field, value, _ in disagreements(subject):
        if field in fields:
            yield Edit(field.line, field.value_column, len(field.value), value)


def _value(metadata: Metadata, text: str, *pointer: str | int) -> Iterator[Edit]:
    """Yield the edit of a string in the metadata, unless it is not where it should be."""
    line, column = metadata.position(*pointer)
    found = _STRING.match(metadata.document.source.lines[line - 1], column - 1)
    if found:
        yield Edit(line - 1, column - 1, len(found[0]), json.dumps(text))
