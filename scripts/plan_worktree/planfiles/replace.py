"""A file is replaced in one step, and never one that somebody has changed in between."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from plan_worktree.project.refusal import Refused

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
