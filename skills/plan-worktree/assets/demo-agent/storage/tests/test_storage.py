"""Notes are kept."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from notes.note import Note
from notes.storage import NoteStore


class StorageTest(unittest.TestCase):
    """One file, and what is in it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "notes.json"

    def test_a_file_that_does_not_exist_holds_no_notes(self) -> None:
        self.assertEqual(NoteStore(self.path).all(), ())

    def test_what_one_store_adds_another_one_returns(self) -> None:
        notes = (Note("Tea", "green", ("shop",), "2026-01-15T10:00:00Z"), Note("Call Ben"))
        for note in notes:
            NoteStore(self.path).add(note)
        self.assertEqual(NoteStore(self.path).all(), notes)

    def test_a_failed_write_leaves_the_file_as_it_was(self) -> None:
        NoteStore(self.path).add(Note("Tea"))
        with mock.patch("os.replace", side_effect=OSError), self.assertRaises(OSError):
            NoteStore(self.path).add(Note("Coffee"))
        self.assertEqual(NoteStore(self.path).all(), (Note("Tea"),))


if __name__ == "__main__":
    unittest.main()
