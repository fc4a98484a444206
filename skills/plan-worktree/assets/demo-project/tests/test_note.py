"""How a note looks in the terminal."""

import unittest

from notes.note import Note


class RenderTest(unittest.TestCase):
    """Notes with and without their optional parts."""

    def test_a_note_shows_its_title_tags_and_body(self) -> None:
        note = Note("Buy tea", "The green one", ("shop", "home"))
        self.assertEqual(note.render(), "Buy tea  #shop #home\nThe green one")

    def test_a_note_with_only_a_title_is_one_line(self) -> None:
        self.assertEqual(Note("Buy tea").render(), "Buy tea")


if __name__ == "__main__":
    unittest.main()
