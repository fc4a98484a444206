"""Branch names, judged as git judges them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plan_worktree.lint.branchname import branch_fault

PIECES = (
    *(
        "a",
        "B",
        "0",
        "-",
        "--",
        ".",
        "..",
        "/",
        "//",
        "@",
        "@{",
        "{",
        "}",
        "@{-1}",
        "_",
        "+",
        "=",
        "%",
    ),
    *(".lock", "lock", "HEAD", "refs/heads/", "a/b", "~", "^", ":", "?", "*", "[", "]", "\\"),
    *(" ", "\t", "\n", "\r", "\x01", "\x1f", "\x7f", "\x80", "\xa0", "é", "\u2028", "\u200b", "ß"),
    *("\udc80", "😀", "\ufeff", "'", '"', "$", "!", "#", "&", ";", "<", "|", "main"),
)
NAMES = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)


def git_refuses(name: str, folder: Path) -> bool:
    """Ask the real git, outside of any repository, so that names are not taken as references."""
    done = subprocess.run(
        ["git", "check-ref-format", "--branch", name],
        cwd=folder,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 128), done.stderr
    return done.returncode != 0


def is_stricter_on_purpose(name: str) -> str | None:
    """Return why a name is refused that git would take, or None."""
    if any("\ud800" <= char <= "\udfff" for char in name):
        return "git sees bytes where Python sees half a surrogate pair"
    if any(len(part.encode()) > 250 for part in name.split("/")):
        return "no file system holds a file of such a name, and loose references are files"
    return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES)
@example(name="")
@example(name="@")
@example(name="-")
@example(name="a.lock/b")
@example(name="a./b")
@example(name="HEAD/a")
@example(name="head")
@example(name="refs/heads/a")
@example(name="a" * 250)
@example(name="a" * 251)
@example(name="\udc80")
def test_a_name_is_refused_exactly_when_git_refuses_it(name: str, tmp_path: Path) -> None:
    refused = branch_fault(name) is not None
    if is_stricter_on_purpose(name):
        assert refused
    else:
        assert refused == git_refuses(name, tmp_path), branch_fault(name)


@given(NAMES)
def test_a_fault_can_be_printed_and_goes_on_the_sentence(name: str) -> None:
    fault = branch_fault(name)
    assert fault is None or (fault.isprintable() and fault[0].islower() and fault[-1] != ".")


@pytest.mark.parametrize(
    ("name", "fault"),
    (
        ("feature/2026-01-02-notes-api", None),
        ("a@b", None),
        ("é/😀", None),
        ("", "is empty"),
        ("HEAD", "is a name git keeps for itself"),
        ("-d", "begins with a dash and would be read as an option"),
        ("--force", "begins with a dash and would be read as an option"),
        ("a b", "contains a space"),
        ("a\\b", "contains a backslash"),
        ("a:b", "contains ':'"),
        ("a\nb", "contains '\\n'"),
        ("a\x1b[2J", "contains '\\x1b'"),
        ("a\x7f", "contains '\\x7f'"),
        ("a..b", "contains two dots in a row"),
        ("a@{1}", "contains @{"),
        ("/a", "has an empty part beside a slash"),
        ("a/", "has an empty part beside a slash"),
        ("a//b", "has an empty part beside a slash"),
        ("a.", "ends with a dot"),
        (".a", "has a part like .this"),
        ("a/.b", "has a part like .this"),
        ("a.lock/b", "has a part like this.lock"),
        ("a/" + "é" * 126, "has a part of more than 250 bytes, too long for a file name"),
        ("a\ud800", "contains '\\ud800'"),
    ),
)
def test_a_fault_says_what_is_wrong_with_the_name(name: str, fault: str | None) -> None:
    assert branch_fault(name) == fault
