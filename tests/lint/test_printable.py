"""What untrusted text may look like on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.diagnostics import Diagnostic, printable

ANYTHING = st.text(st.characters(), max_size=20)


@given(ANYTHING)
def test_no_character_that_cannot_be_printed_gets_through(text: str) -> None:
    assert printable(text).isprintable()


@given(st.text(st.characters().filter(str.isprintable), max_size=20))
def test_text_that_can_be_printed_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(ANYTHING)
def test_what_is_shown_can_always_be_encoded(text: str) -> None:
    assert printable(text).encode() or not text


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        ("a\tb\r\n", "a\\tb\\r\\n"),
        ("\x1b[31m\x07", "\\x1b[31m\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb\u200b\ufeff", "a\\u202eb\\u200b\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\udcff", "\\xff"),
        ("Größe 😀 日本", "Größe 😀 日本"),
    ),
)
def test_what_cannot_be_printed_is_written_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_findings_sort_by_file_line_and_column() -> None:
    found = [
        Diagnostic("b.md", 1, 1, "PW001", ""),
        Diagnostic("a.md", 10, 1, "PW001", ""),
        Diagnostic("a.md", 9, 20, "PW001", ""),
        Diagnostic("a.md", 9, 3, "PW202", ""),
        Diagnostic("a.md", 9, 3, "PW101", ""),
    ]
    assert sorted(found) == found[::-1]
