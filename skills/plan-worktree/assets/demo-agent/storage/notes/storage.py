"""Where notes are kept: one JSON file."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from notes.note import Note


class NoteStore:
    """The notes in one file; a file that does not exist holds none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> tuple[Note, ...]:
        """Return all notes in the order in which they were added."""
        if not self.path.exists():
            return ()
        rows = json.loads(self.path.read_text(encoding="utf-8"))
        return tuple(Note(**{**row, "tags": tuple(row["tags"])}) for row in rows)

    def add(self, note: Note) -> None:
        """Add a note; the file is replaced in one step, so that a crash loses nothing."""
        rows = [asdict(kept) for kept in (*self.all(), note)]
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text(json.dumps(rows, indent=2), encoding="utf-8")
        os.replace(fresh, self.path)
