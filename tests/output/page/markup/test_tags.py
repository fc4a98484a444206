"""Text in a page can neither be markup nor hide."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.output.page.markup.tags import plain, visible


@given(st.text())
def test_text_is_no_markup(text: str) -> None:
    assert not set("<>\"'") & set(plain(text))


def test_what_hides_or_turns_text_is_written_out() -> None:
    assert visible("a\u202eb\x1b[2J\0\ufeff\ud800\U000e0041") == (
        r"a\u202eb\u001b[2J\u0000\ufeff\ud800\U000e0041"
    )


def test_what_people_write_stays() -> None:
    for text in (
        "a\n\tb",
        "fa\u00e7ade\u00a0!",
        "\u3000\u6587",
        "\U0001f469\u200d\U0001f4bb",
        "\u00ad",
    ):
        assert visible(text) == text


@given(st.text())
def test_what_is_visible_can_be_encoded_and_drives_no_terminal(text: str) -> None:
    shown = visible(text)

    shown.encode()
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
