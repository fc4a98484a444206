"""The command line: add, search, export."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from notes.export import to_markdown
from notes.note import Note
from notes.search import find
from notes.storage import NoteStore


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    given = _parser().parse_args(arguments)
    store = NoteStore(given.file)
    if given.command == "add":
        now = datetime.now(UTC).isoformat()
        store.add(Note(given.title, given.body, tuple(given.tags), now))
        return 0
    if given.command == "export":
        print(to_markdown(store), end="")
        return 0
    found = find(store, given.words, given.tag)
    for note in found:
        print(note.render())
    return 0 if found else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="notes", description="Keep notes.")
    parser.add_argument("--file", type=Path, default=Path.home() / "notes.json")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add")
    add.add_argument("title")
    add.add_argument("body", nargs="?", default="")
    add.add_argument("--tag", action="append", default=[], dest="tags")
    search = commands.add_parser("search")
    search.add_argument("words", nargs="?", default="")
    search.add_argument("--tag", default="")
    commands.add_parser("export")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
