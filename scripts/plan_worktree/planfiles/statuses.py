"""Statuses written into a plan: metadata and body, and byte for byte nothing else.

Where a value stands is known from the parsers. Must run under the repository lock, which keeps
our own processes apart; a person's editor knows no lock, so the file must still hold what was
read, and when it does not, all of it is read and decided again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from shlex import quote

from plan_worktree.diagnostics import Severity
from plan_worktree.lint.check import check
from plan_worktree.lint.rules import placeholders
from plan_worktree.lint.rules.body import disagreements
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.model import Plan, PlanStatus, StageStatus
from plan_worktree.plan.planfile import Metadata, PlanFile, loads
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.edit import Edit, edited
from plan_worktree.planfiles.open_plan import Opened, refreshed, reopened
from plan_worktree.planfiles.replace import ChangedMeanwhile, delete_drafts, replace_bytes
from plan_worktree.project.refusal import Refused

# What is to be ticked, or to lose its tick, in a plan's body as it is.
Boxes = Callable[[Document, Plan], Iterable[Edit]]

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_TRIES = 20


def no_boxes(_: Document, __: Plan) -> Iterable[Edit]:
    """Leave every box of a plan as it is."""
    return ()


def declare(
    opened: Opened,
    statuses: Mapping[str, StageStatus],
    merged: Iterable[str] = (),
    boxes: Boxes = no_boxes,
) -> Opened | None:
    """Write the statuses of stages into a plan, and what follows for the plan itself.

    `merged` are the stages whose work is in the target. `boxes` are ticked in the same step.
    Returns and raises as `rewrite`.
    """
    known = frozenset(merged)
    return rewrite(opened, lambda now: declared(now.file, statuses, known, boxes))


def declare_plan(opened: Opened, change: Callable[[Opened], PlanStatus]) -> Opened | None:
    """Write the plan's own status, which is decided for the file as it is then.

    Returns and raises as `rewrite`, and whatever `change` raises.
    """
    return rewrite(opened, lambda now: declared_plan(now.file, change(now)))


def rewrite(opened: Opened, change: Callable[[Opened], PlanFile | None]) -> Opened | None:
    """Replace a plan's file by what `change` makes of the plan; None leaves it as it is.

    Where the file has changed since it was opened, it is read and checked again. Returns the plan
    as it was written, None when there was nothing to write. Raises Refused, GitError and OSError,
    and whatever `change` raises.
    """
    delete_drafts(opened.path)
    for _ in range(_TRIES):
        opened = refreshed(opened)
        new = change(opened)
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
    file: PlanFile,
    statuses: Mapping[str, StageStatus],
    merged: frozenset[str],
    boxes: Boxes = no_boxes,
) -> PlanFile | None:
    """Return a plan with the statuses and ticks in it, None when they are. Raises Refused."""
    plan, metadata = _editable(file, statuses)
    stages = tuple(
        stage._replace(status=statuses.get(stage.id, stage.status)) for stage in plan.stages
    )
    wanted = plan._replace(stages=stages)
    wanted = wanted._replace(status=_following(wanted, merged))
    if plan.status == PlanStatus.DRAFT != wanted.status and _has_placeholders(file, wanted):
        wanted = wanted._replace(status=plan.status)  # else our own edit would break the plan
    edits = [*_edits(file, metadata, plan, wanted, statuses), *boxes(metadata.document, plan)]
    return _edited(file, metadata, wanted, edits)


def declared_plan(file: PlanFile, status: PlanStatus) -> PlanFile | None:
    """Return a plan with its own status in it, None when it is. Raises Refused."""
    plan, metadata = _editable(file, ())
    wanted = plan._replace(status=status)
    begun = (PlanStatus.IN_PROGRESS, PlanStatus.COMPLETE)
    if plan.status == PlanStatus.DRAFT and status in begun and _has_placeholders(file, wanted):
        why = f"it has placeholders, so it stays a draft: plan-worktree validate {quote(file.name)}"
        raise Refused([f"{file.name}: {why}"])
    return _edited(file, metadata, wanted, list(_edits(file, metadata, plan, wanted, ())))


def _editable(file: PlanFile, stages: Iterable[str]) -> tuple[Plan, Metadata]:
    """Return what a plan's file says. Raises Refused when it says nothing of one of the stages."""
    plan, metadata = file.plan, file.metadata
    ids = {stage.id for stage in plan.stages} if plan else set()
    if plan is None or metadata is None or not ids.issuperset(stages):
        raise Refused(
            [f"{file.name} was changed meanwhile: plan-worktree validate {file.name}, then again"]
        )
    return plan, metadata


def _edited(
    file: PlanFile, metadata: Metadata, wanted: Plan, edits: Sequence[Edit]
) -> PlanFile | None:
    """Return a plan's file with edits made that give it the `wanted` metadata."""
    if not edits and wanted == file.plan:
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
            yield field.edit(value)


def _value(metadata: Metadata, text: str, *pointer: str | int) -> Iterator[Edit]:
    """Yield the edit of a string in the metadata, unless it is not where it should be."""
    line, column = metadata.position(*pointer)
    found = _STRING.match(metadata.document.source.lines[line - 1], column - 1)
    if found:
        yield Edit(line - 1, column - 1, len(found[0]), json.dumps(text))
