"""Notes are found by word and by tag."""

import tempfile
import unittest
from pathlib import Path

from notes.note import Note
from notes.search import find
from notes.storage import NoteStore


class SearchTest(unittest.TestCase):
    """Two notes in a file."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = NoteStore(Path(folder.name) / "notes.json")
        self.old = Note("Äpfel", "red ones", ("shop",), "2026-01-15T10:00:00Z")
        self.new = Note("Buy tea", "no äpfel", ("shop", "home"), "2026-01-16T10:00:00Z")
        self.store.add(self.old)
        self.store.add(self.new)

    def test_words_match_whatever_their_case_and_the_newest_comes_first(self) -> None:
        self.assertEqual(find(self.store, "ÄPFEL"), (self.new, self.old))

    def test_a_tag_matches_as_a_whole(self) -> None:
        self.assertEqual(find(self.store, tag="home"), (self.new,))
        self.assertEqual(find(self.store, tag="hom"), ())

    def test_word_and_tag_hold_together(self) -> None:
        self.assertEqual(find(self.store, "red", "home"), ())


if __name__ == "__main__":
    unittest.main()
