"""Prints the note given on the command line; nothing is kept."""

import argparse

from notes.note import Note


def main(arguments: list[str] | None = None) -> int:
    """Print one note and return the exit code."""
    parser = argparse.ArgumentParser(prog="notes", description="Print a note.")
    parser.add_argument("title")
    parser.add_argument("body", nargs="?", default="")
    parser.add_argument("--tag", action="append", default=[], dest="tags")
    given = parser.parse_args(arguments)
    print(Note(given.title, given.body, tuple(given.tags)).render())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
