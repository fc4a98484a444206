"""Advice is read from a message as a person reads it."""

from __future__ import annotations

from tests.advice import advised


def test_advice_is_read_from_a_message_as_a_person_reads_it() -> None:
    said = [
        "refused: x: git -C '/a b' branch y && git -C '/a b' switch z",
        "git merge abc: git merge abc brings that back; or to land it anew, git update-ref -d r",
        "x: git fetch origin; or say which: plan-worktree mark P s complete --landed COMMIT",
        "x: finish it: git -C /x status",
        "choose another name, or delete it when nobody needs it: git branch -d y",
    ]
    found = [[(str(one), one.needs_person) for one in advised(line)] for line in said]
    assert found == [
        [("git -C '/a b' branch y && git -C '/a b' switch z", False)],
        [("git merge abc", False), ("git update-ref -d r", False)],
        [
            ("git fetch origin", False),
            ("plan-worktree mark P s complete --landed COMMIT", True),
        ],
        [("git -C /x status", True)],
        [("git branch -d y", True)],
    ]
