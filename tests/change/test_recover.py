"""The table of leftovers is whole: every note that a command can leave has a row that ends it."""

from __future__ import annotations

from plan_worktree.change.recover import LEFTOVERS
from tests.support import ROOT

PACKAGE = ROOT / "scripts" / "plan_worktree"


def test_every_row_says_what_becomes_of_what_is_left() -> None:
    for row in LEFTOVERS:
        assert all((row.commands, row.note, row.where))
        assert row.finished or row.undone


def test_a_row_that_ends_nothing_names_the_module_that_does() -> None:
    for row in (row for row in LEFTOVERS if row.end is None):
        told = f"{row.finished} {row.undone}".split()
        assert any((PACKAGE / word).is_file() for word in told), row
