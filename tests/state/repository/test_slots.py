"""What a record of a slot says, whoever wrote it."""

from __future__ import annotations

import pytest

from plan_worktree.state.repository.slots import Slot


def test_a_record_is_read_as_it_was_written() -> None:
    assert Slot.read(Slot(7, "storage").text) == Slot(7, "storage")


@pytest.mark.parametrize(
    "said",
    (
        "", "7", "null", "[]", "{}", "[" * 9_000, " " * 20_000, "\0\ud800", '{"slot": 0}',
        '{"slot": "0", "worktree": "a"}', '{"slot": true, "worktree": "a"}',
        '{"slot": -1, "worktree": "a"}', '{"slot": 1e3, "worktree": "a"}',
        '{"slot": 9999999999, "worktree": "a"}', '{"slot": 0, "worktree": 1}',
    ),
)  # fmt: skip
def test_what_is_no_record_is_none(said: str) -> None:
    assert Slot.read(said) is None
