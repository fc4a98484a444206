"""Bytes to lines: what ends a line, what cannot be a plan, and where exactly."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.plan.text.source import MAX_BYTES, Source, decode, read_source

WRITTEN = st.text(st.sampled_from("ab \t\r\n\x0b\x0c\x1c\x85\u2028\u2029é😀\ufeff"), max_size=40)


def source(raw: bytes) -> Source:
    found = decode(raw, "plan.md")
    assert isinstance(found, Source)
    return found


def finding(raw: bytes) -> tuple[int, int, str, str]:
    found = decode(raw, "plan.md")
    assert isinstance(found, Diagnostic)
    assert found.file == "plan.md"
    return found.line, found.column, found.code, found.message


@given(WRITTEN)
def test_a_line_ends_at_lf_crlf_or_cr_and_nowhere_else(written: str) -> None:
    lines = re.split(r"\r\n|\r|\n", written.removeprefix("\ufeff"))
    if lines[-1] == "" and len(lines) > 1:
        lines.pop()  # a final line ending opens no further line
    assert source(written.encode()).lines == tuple(lines)


@given(WRITTEN)
def test_the_text_is_its_lines_each_ended_by_lf(written: str) -> None:
    found = source(written.encode())
    assert found.text == "".join(f"{line}\n" for line in found.lines)


@given(WRITTEN)
def test_the_bytes_are_kept_as_they_were(written: str) -> None:
    raw = written.encode()
    assert source(raw).raw == raw


def test_only_a_byte_order_mark_at_the_very_start_is_taken_off() -> None:
    assert source(b"\xef\xbb\xbfa\n\xef\xbb\xbfb").lines == ("a", "\ufeffb")


def test_an_empty_file_is_one_empty_line() -> None:
    assert source(b"").lines == ("",)


@pytest.mark.parametrize(
    ("raw", "line", "column", "byte"),
    (
        (b"\xff\xfe#\x00", 1, 1, "0xff"),
        (b"# Caf\xe9", 1, 6, "0xe9"),
        ("é\r\né\ré".encode() + b"\xc3(", 3, 2, "0xc3"),
        (b"\xef\xbb\xbfab\x80", 1, 3, "0x80"),
        (b"a\n\xed\xa0\x80", 2, 1, "0xed"),
    ),
)
def test_a_byte_that_is_not_utf8_is_named_with_its_place(
    raw: bytes, line: int, column: int, byte: str
) -> None:
    message = f"byte {byte} here is not UTF-8: save the plan as UTF-8"
    assert finding(raw) == (line, column, "PW006", message)


def test_a_nul_character_makes_a_file_binary() -> None:
    found = finding(b"# Plan\r\n\r\nab\x00c\n")
    assert found[0] == 3
    assert found[2:] == ("PW006", "a NUL character here: this is a binary file")


def test_a_file_of_exactly_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    assert source(b"x" * MAX_BYTES).lines == ("x" * MAX_BYTES,)
    limit = MAX_BYTES // 1024 // 1024
    message = f"is larger than {limit} MiB, which no plan is"
    assert finding(b"x" * (MAX_BYTES + 1)) == (1, 1, "PW006", message)


def read(path: Path) -> tuple[int, int, str, str]:
    found = read_source(path, "given name")
    assert isinstance(found, Diagnostic)
    assert found.file == "given name"
    return found.line, found.column, found.code, found.message


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_bytes(b"# Plan\r\n")
    found = read_source(tmp_path / "plan.md", "given name")
    assert isinstance(found, Source)
    assert (found.name, found.raw, found.lines) == ("given name", b"# Plan\r\n", ("# Plan",))


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert read(tmp_path / "plan.md") == (1, 1, "PW006", "there is no such file")


def test_a_directory_is_a_finding(tmp_path: Path) -> None:
    assert read(tmp_path) == (1, 1, "PW006", "is a directory, not a plan file")


@pytest.mark.skipif(os.name == "nt", reason="there are no such pipes there")
def test_a_pipe_is_a_finding_and_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read(tmp_path / "pipe") == (1, 1, "PW006", "is not a regular file")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_loop_of_links_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert read(tmp_path / "a")[2:] == (
        "PW006",
        "cannot be read: Too many levels of symbolic links",
    )


@pytest.mark.parametrize("name", ("nul\x00inside", "x" * 300))
def test_a_name_the_system_refuses_is_a_finding(tmp_path: Path, name: str) -> None:
    assert read(tmp_path / name)[2] == "PW006"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "plan.md").touch(mode=0o000)
    assert read(tmp_path / "plan.md")[2:] == ("PW006", "cannot be read: Permission denied")
