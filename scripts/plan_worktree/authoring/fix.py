"""validate --fix: what a plan's body repeats of the metadata, and fences that are too short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.codes import FIXABLE
from plan_worktree.lint.rules.body import disagreements, missing_fields
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.missing import additions
from plan_worktree.plan.planfile import PlanFile
from plan_worktree.plan.text.edit import Edit, edited
from plan_worktree.planfiles.replace import replace_bytes


def fix(path: Path, file: PlanFile, found: tuple[Diagnostic, ...]) -> int:
    """Fix what can be fixed in a file; return how many findings that were.

    `found` is all that is wrong with the file: nothing of metadata with errors is written. Raises
    ChangedMeanwhile when somebody else changed the file meanwhile, and OSError.
    """
    wanted = {(one.code, one.line, one.column) for one in found if one.code in FIXABLE}
    if file.document is None:
        return 0
    fixes = [edits for place, edits in _fixes(file, found) if place in wanted]
    if not fixes:
        return 0
    source = file.document.source
    after = edited(source, (edit for edits in fixes for edit in edits))
    replace_bytes(path, source.raw, after)
    return len(fixes)


def _fixes(
    file: PlanFile, found: tuple[Diagnostic, ...]
) -> Iterator[tuple[tuple[str, int, int], list[Edit]]]:
    """Yield every finding that can be fixed, by code and place, with the edits that fix it."""
    for mend in file.mends:
        yield ("PW008", mend.line + 1, mend.column + 1), list(mend.edits)
    is_broken = any(one.code < "PW2" and one.severity is Severity.ERROR for one in found)
    if is_broken or not (file.metadata and file.plan and file.graph):
        return
    subject = Subject(file.metadata, file.plan, file.graph, None)
    for field, value, _ in disagreements(subject):
        yield ("PW403", field.value_line + 1, field.value_column + 1), [field.edit(value)]
    for section, missing in missing_fields(subject):
        line, column = section.id_field.line + 1, section.id_field.column + 1
        edits = list(additions(subject.document, section, missing))
        yield ("PW407", line, column), edits
