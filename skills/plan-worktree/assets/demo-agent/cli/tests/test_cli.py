"""The three commands, one after the other."""

import io
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from notes.__main__ import main


class CommandLineTest(unittest.TestCase):
    """A file in a temporary folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "notes.json"

    def run_notes(self, *words: str) -> tuple[int, str]:
        said = io.StringIO()
        with redirect_stdout(said):
            code = main(["--file", str(self.path), *words])
        return code, said.getvalue()

    def test_a_note_that_was_added_is_found_and_exported(self) -> None:
        self.assertEqual(self.run_notes("add", "Buy tea", "--tag", "shop"), (0, ""))
        self.assertEqual(self.run_notes("search", "TEA"), (0, "Buy tea  #shop\n"))
        code, document = self.run_notes("export")
        self.assertEqual((code, document), (0, "# Notes\n\n## Buy tea\n\nTags: shop\n"))

    def test_a_search_without_a_match_exits_with_1(self) -> None:
        self.assertEqual(self.run_notes("search", "coffee"), (1, ""))

    def test_a_missing_command_is_a_usage_error(self) -> None:
        with redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as ended:
            self.run_notes()
        self.assertEqual(ended.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
