"""How much of a text fits: never more than there is room for, and all of it where there is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.output.page.markup.widths import shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        ("", ""),
        ("n" * 15, "n" * 15),
        ("n" * 16, "n" * 13 + "\u2026"),
        ("i" * 32, "i" * 32),
        ("W" * 20, "W" * 8 + "\u2026"),
        ("é" * 15, "é" * 15),
        ("e\u0301" * 15, "e\u0301" * 15),
        ("文" * 20, "文" * 8 + "\u2026"),
        ("🙂" * 20, "🙂" * 6 + "\u2026"),
        ("one two three four", "one two three f\u2026"),
        ("nnnnnnnnnnnn        nnnn", "nnnnnnnnnnnn\u2026"),
    ),
)
def test_text_is_cut_where_its_room_ends(text: str, shown: str) -> None:
    assert shortened(text, 10) == shown


def test_bold_text_takes_more_room() -> None:
    assert shortened("n" * 15, 10, is_bold=True) == "n" * 12 + "\u2026"


@given(st.text(max_size=60), st.floats(2, 30))
def test_what_is_shown_is_a_beginning_and_grows_with_the_room(text: str, room: float) -> None:
    text = text.encode("ascii", "ignore").decode()
    shown, more = shortened(text, room), shortened(text, room + 1)

    assert len(shown.removesuffix("\u2026")) <= len(more.removesuffix("\u2026"))
    assert shortened(shown, room + 0.001) == shown


def test_a_text_of_megabytes_is_not_looked_at_as_a_whole() -> None:
    began = time.process_time()

    assert len(shortened("\u0301" * 4_000_000, 10)) <= 500
    assert time.process_time() - began < 20
