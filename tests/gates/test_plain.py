"""Escape sequences are taken out of what commands print, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.gates.plain import Plain, last_line, plain_lines
from tests.sampling import sampled

ESC = "\x1b"


@pytest.mark.parametrize(
    ("said", "shown"),
    (
        ("\x1b[32mok\x1b[0m", ["ok"]),
        ("\x1b[1;31;48:2::1:2:3mred\x1b[m", ["red"]),
        ("\x1b[2J\x1b[1;1Hhome\x1b[?25l", ["home"]),
        ("\x9b31mred", ["red"]),
        ("a\x1b]0;title\x07b", ["ab"]),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b", ["alinkb"]),
        ("a\x1bPq#0\n#1\x1b\\b", ["ab"]),
        ("a\x9d0;title\x9cb", ["ab"]),
        ("a\x1b_app\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d", ["abcd"]),
        ("a\x1b]0;begun\x1b[31mb", ["ab"]),
        ("a\x1b]0;cancelled\x18b", ["ab"]),
        ("a\x1b]0;never ends\nb", ["a0;never ends", "b"]),
        ("a\x1b[31", ["a31"]),
        ("\x1b(B\x1b=\x1b>\x1bM\x1b7x\x1b8\x1bc", ["x"]),
        ("a\x1b", ["a"]),
        ("a\x07\x00\x08b\x7fc\x0e\x0fd", ["abcd"]),
        ("10%\r 50%\r100%", ["100%"]),
        ("100%\r\r\nnext\r\n", ["100%", "next"]),
        ("done\r\x1b[K", ["done"]),
        ("a\tb", ["a\tb"]),
        ("one\n\n two", ["one", "", " two"]),
        ("", []),
    ),
)
def test_what_drives_a_terminal_is_taken_out(said: str, shown: list[str]) -> None:
    assert plain_lines(said.encode()) == shown


def test_bytes_that_are_no_text_stay_as_surrogates() -> None:
    assert plain_lines(b"a\xff\xfeb\x9b31m") == ["a\udcff\udcfeb\udc9b31m"]


@given(st.text(alphabet=st.sampled_from("ab\n\r\t[]0;mP\\\x1b\x07\x9b\x9d\x9c\x18é€")))
def test_no_control_character_is_left_but_a_tab(text: str) -> None:
    shown = "".join(plain_lines(text.encode()))
    assert not {char for char in shown if not char.isprintable()} - {"\t"}


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))))
def test_text_without_controls_stays_as_it_is(text: str) -> None:
    assert plain_lines(text.encode()) == ([text] if text else [])


PARTS = (
    "ab",
    "é",
    "€",
    "\n",
    "\r",
    "\x1b[31m",
    "\x1b]0;t\x07",
    "\x1bPq\n\x1b\\",
    "\x1b(B",
    "\x9b1m",
)


@given(st.lists(st.sampled_from(PARTS)), st.lists(st.integers(1, 5), min_size=1))
def test_an_output_that_comes_in_pieces_reads_as_one(parts: list[str], sizes: list[int]) -> None:
    raw = "".join(parts).encode()
    lines, at = Plain(), 0
    shown: list[str] = []
    for number in range(len(raw)):
        size = sizes[number % len(sizes)]
        shown += lines.take(raw[at : at + size])
        at += size

    assert [*shown, *lines.rest()] == plain_lines(raw)


def test_a_line_without_end_is_passed_on_in_pieces() -> None:
    lines = Plain()
    shown: list[str] = []
    for _ in range(40):
        shown += lines.take(b"x" * 10_000)
    assert len(shown) >= 5
    assert max(map(len, shown)) < 100_000
    assert "".join([*shown, *lines.rest()]) == "x" * 400_000


def test_a_control_string_that_never_ends_hides_nothing() -> None:
    lines = Plain()
    shown: list[str] = []
    for _ in range(10):
        shown += lines.take(b"\x1b]0;" + b"x" * 20_000 + b"\n")
    shown = []
    for _ in range(10):
        shown += lines.take(b"y" * 20_000 + b"\n")
    assert shown[-1] == "y" * 20_000


@pytest.mark.second
@sampled(
    "hostile",
    (
        "\x1b]", "\x1b[", "\x1b[0", "\x1bP0", "\x9d", "\x9d0", "\x1b", "\x1b(", "\x1b[0;",
        "\r", "\r ", "\x1b]0;\n", "\x1b[ ", "\x9b0", "\x1b\x1b",
    ),
    one_in=5,
)  # fmt: skip
def test_a_hostile_megabyte_takes_no_time(hostile: str) -> None:
    raw = (hostile * 1_000_000)[:1_000_000].encode()
    lines, begun = Plain(), time.process_time()
    for at in range(0, len(raw), 1 << 16):
        for _ in lines.take(raw[at : at + (1 << 16)]):
            pass
    plain_lines(raw[: 1 << 16])
    last_line(b"\x1b]0;" + raw[: 1 << 16])
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("said", "last"),
    (
        ("1 passed\n\n", "1 passed"),
        ("\x1b[32m= \x1b[1m20 passed\x1b[0m in 3 s\x1b[0m\n\x1b[0m\n---\n", "= 20 passed in 3 s"),
        ("  10%\r  100%\n", "100%"),
        ("...\n", ""),
        ("", ""),
    ),
)  # fmt: skip
def test_the_last_line_that_says_something_is_found(said: str, last: str) -> None:
    assert last_line(said.encode()) == last
