"""Notes as Markdown."""

import tempfile
import unittest
from pathlib import Path

from notes.export import to_markdown
from notes.note import Note
from notes.storage import NoteStore


class ExportTest(unittest.TestCase):
    """A document of some notes."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = NoteStore(Path(folder.name) / "notes.json")

    def test_no_notes_give_the_heading_alone(self) -> None:
        self.assertEqual(to_markdown(self.store), "# Notes\n")

    def test_the_oldest_note_comes_first(self) -> None:
        self.store.add(Note("Tea", "green", ("shop", "home"), "2026-01-16T10:00:00Z"))
        self.store.add(Note("Call Ben", created="2026-01-15T10:00:00Z"))
        expected = "# Notes\n\n## Call Ben\n\n## Tea\n\nTags: shop, home\n\ngreen\n"
        self.assertEqual(to_markdown(self.store), expected)


if __name__ == "__main__":
    unittest.main()
