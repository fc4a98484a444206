"""validate --fix: the body is made to repeat the metadata, and nothing else is touched.

The new file takes the old one's place in one step, so a reader sees one or the other, and a
symbolic link stays a link. Somebody else's edit in between is never overwritten.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.rules.body import FIXABLE, disagreements
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.edit import Edit, edited
from plan_worktree.plan.planfile import PlanFile
from plan_worktree.project.refusal import Refused


def fix(path: Path, file: PlanFile, found: tuple[Diagnostic, ...]) -> int:
    """Mend what can be mended in a file; return how many findings that were.

    Raises ChangedMeanwhile when somebody else changed the file meanwhile, and OSError.
    """
    wanted = {(one.line, one.column) for one in found if one.code == FIXABLE}
    trusted = not any(one.code.startswith(("PW0", "PW1")) and one.code != "PW007" for one in found)
    if not (wanted and trusted and file.metadata and file.plan and file.graph):
        return 0
    subject = Subject(file.metadata, file.plan, file.graph, None)
    edits = [
        Edit(field.line, field.value_column, len(field.value), value)
        for field, value, _ in disagreements(subject)
        if (field.line + 1, field.value_column + 1) in wanted
    ]
    source = file.metadata.document.source
    replace_bytes(path, source.raw, edited(source, edits))
    return len(edits)


# How the name of a file ends that is to take another one's place.
DRAFT = ".plan-worktree"


class ChangedMeanwhile(Refused):
    """Somebody else has changed a file between our reading and our writing it."""


def delete_drafts(path: Path) -> None:
    """Delete what a killed `replace_bytes` has left. Must run under the repository lock."""
    real = Path(os.path.realpath(path))
    ours = re.compile(rf"\.{re.escape(real.name)}\.[a-z0-9_]{{8}}{re.escape(DRAFT)}")
    for other in real.parent.iterdir():
        if ours.fullmatch(other.name) and other.is_file():
            other.unlink(missing_ok=True)


def replace_bytes(path: Path, old: bytes, new: bytes) -> None:
    """Replace a file's content, which must still be `old`. Raises ChangedMeanwhile and OSError."""
    real = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(DRAFT, f".{real.name}.", real.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(real, draft)
        if real.read_bytes() != old:
            raise ChangedMeanwhile([f"{path} was changed by somebody else just now: run it again"])
        draft.replace(real)
    finally:
        draft.unlink(missing_ok=True)
