"""A gate that used files of another checkout is seen by what it printed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from plan_worktree.gates.elsewhere import file_elsewhere


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Make home and a worktree inside of it, which have a file in common."""
    own = tmp_path / "shop/.claude/worktrees/core"
    for top in (tmp_path / "shop", own):
        (top / "src").mkdir(parents=True, exist_ok=True)
        (top / "src/app.py").write_text("")
    (tmp_path / "shop/.venv").mkdir()
    (tmp_path / "shop/.venv/tool.py").write_text("")
    return own


@pytest.mark.parametrize(
    ("line", "seen"),
    (
        ('  File "{home}/src/app.py", line 3, in f', "{home}/src/app.py"),
        ("\x1b[1m{home}/src/app.py\x1b[0m:3: AssertionError", "{home}/src/app.py"),
        ("file://{home}/src/app.py:3:1", "{home}/src/app.py"),
        ("../../../src/app.py:1: ValueError", "{home}/src/app.py"),
        ("../../../.venv/tool.py:1: ValueError", None),
        ("a/../../../src/app.py", None),
        ("../" * 2000, None),
        ("../core/src/app.py", None),
        ("rootdir: {home}", "{home}"),
        ("{own}/src/app.py\n" * 1000 + "{home}/src/app.py", "{home}/src/app.py"),
        ("rootdir: {own}", None),
        ('  File "{own}/src/app.py", line 3', None),
        ('  File "{home}/.venv/tool.py", line 3', None),
        ("home is {home}", None),
        ("{home}/", None),
        ("{home}-old/src/app.py", None),
        ("/mnt{home}/src/app.py", None),
        ("{home}/src/" + "a/" * 3000, None),
        ("{home}/src/app.py\0", "{home}/src/app.py"),
    ),
)
def test_a_file_that_the_own_checkout_has_too_is_named(
    own: Path, line: str, seen: str | None
) -> None:
    home = own.parents[2]
    log = own / "log"
    log.write_text(f"first\n{line.format(home=home, own=own)}\nlast\n")

    found = file_elsewhere(log, own, (home, own))

    assert found == (seen and seen.format(home=home))


@pytest.mark.second
@pytest.mark.parametrize("word", ("{home}/a{home}/b ", "../", "../a", "../ ", "{home}", "/"))
def test_a_log_that_is_full_of_paths_takes_no_time(own: Path, word: str) -> None:
    home, log = own.parents[2], own / "log"
    log.write_text((word.format(home=home) * 600_000)[:600_000])
    begun = time.process_time()
    assert file_elsewhere(log, own, (home, own)) is None
    assert time.process_time() - begun < 20
