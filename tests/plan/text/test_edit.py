"""Edits change what they name and nothing else, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.text.edit import Edit, edited
from plan_worktree.plan.text.source import Source, decode

ENDS = ("\n", "\r\n", "\r")
LINES = st.lists(
    st.tuples(st.text(st.sampled_from("aé😀\t \u2028\x0c"), max_size=6), st.sampled_from(ENDS)),
    min_size=1,
    max_size=6,
)


def source(raw: bytes) -> Source:
    found = decode(raw, "plan.md")
    assert isinstance(found, Source)
    return found


@given(LINES, st.booleans(), st.data())
def test_an_edit_leaves_every_byte_around_it_alone(
    lines: list[tuple[str, str]], has_mark: bool, data: st.DataObject
) -> None:
    mark = "\ufeff" if has_mark else ""
    # CR and LF of two empty lines would be one line ending.
    lines = [(line or "x", end) for line, end in lines]
    before = (mark + "".join(line + end for line, end in lines)).encode()
    chosen = data.draw(st.integers(0, len(lines) - 1))
    line, end = lines[chosen]
    start = data.draw(st.integers(0, len(line)))
    length = data.draw(st.integers(0, len(line) - start))
    after = edited(source(before), [Edit(chosen, start, length, "→")])
    head = mark + "".join(line + end for line, end in lines[:chosen])
    tail = "".join(line + end for line, end in lines[chosen + 1 :])
    changed = line[:start] + "→" + line[start + length :] + end
    assert after.decode() == head + changed + tail


@pytest.mark.parametrize("end", ENDS)
def test_several_edits_are_made_in_one_pass_whatever_their_order(end: str) -> None:
    raw = f"one{end}two two{end}three".encode()
    edits = [Edit(2, 0, 5, "3"), Edit(1, 4, 3, "zwei"), Edit(1, 0, 3, "é"), Edit(0, 3, 0, "!")]
    assert edited(source(raw), edits).decode() == f"one!{end}é zwei{end}3"


def test_no_edits_give_the_same_bytes() -> None:
    raw = b"\xef\xbb\xbfa\r\rb\n\r\n"
    assert edited(source(raw), []) == raw
