"""validate --fix: writes into a plan's body what its metadata says."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.rules.body import FIXABLE, disagreements
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.edit import Edit, edited
from plan_worktree.plan.planfile import PlanFile
from plan_worktree.planfiles.replace import replace_bytes


def fix(path: Path, file: PlanFile, found: tuple[Diagnostic, ...]) -> int:
    """Fix what can be fixed in a file; return how many findings that were.

    `found` is all that is wrong with the file: nothing of metadata with errors is written. Raises
    ChangedMeanwhile when somebody else changed the file meanwhile, and OSError.
    """
    wanted = {(one.line, one.column) for one in found if one.code == FIXABLE}
    trusted = not any(one.code.startswith(("PW0", "PW1")) and one.code != "PW007" for one in found)
    if not (wanted and trusted and file.metadata and file.plan and file.graph):
        return 0
    subject = Subject(file.metadata, file.plan, file.graph, None)
    edits = [
        edit
        for field, value, _ in disagreements(subject)
        if (field.value_line + 1, field.value_column + 1) in wanted
        for edit in field.edits(value)
    ]
    source = file.metadata.document.source
    replace_bytes(path, source.raw, edited(source, edits))
    return len(edits)
