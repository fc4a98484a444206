"""bin/plan-worktree: on the PATH of agents, with whatever Python or uv a machine has."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import ROOT, run

BIN = ROOT / ".claude-plugin/plugin/bin/plan-worktree"
TOOLS = ("sh", "mkdir", "readlink")


def script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Make all of PATH: what the script itself needs, and neither Python nor uv."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


@pytest.fixture
def call(programs: Path) -> Callable[..., Result]:
    def called(*args: str, program: Path = BIN) -> Result:
        return run(program, *args, env={"PATH": str(programs)})

    return called


@pytest.mark.second
def test_a_python_with_the_packages_runs_it_and_the_plugin_stays_as_it_is(
    call: Callable[..., Result], programs: Path, tmp_path: Path, home: Path
) -> None:
    script(programs / "python3", f'exec "{sys.executable}" "$@"')
    plugin = tmp_path / "a plugin"
    shutil.copytree(
        ROOT / ".claude-plugin/plugin",
        plugin,
        ignore=shutil.ignore_patterns("__pycache__", "evals", "LICENSE"),
    )
    there = sorted(plugin.rglob("*"))
    told = call("--version", program=plugin / "bin/plan-worktree")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith("plan-worktree, version ")
    assert sorted(plugin.rglob("*")) == there
    assert not (home / ".cache/plan-worktree/python").exists(), "only uv's Python is hard to find"


def test_it_is_found_through_a_link(
    call: Callable[..., Result], programs: Path, tmp_path: Path
) -> None:
    script(programs / "python3", 'echo "$3" "$4"')
    (tmp_path / "link").symlink_to(BIN)
    told = call("ls", program=tmp_path / "link")
    assert told.stdout.endswith("bin/../scripts/plan-worktree.py ls\n")


def test_a_python_that_lacks_a_package_hands_over_to_uv_and_is_not_asked_again(
    call: Callable[..., Result], programs: Path, home: Path
) -> None:
    script(programs / "python3", f'exec "{sys.executable}" -S "$@"')
    script(
        programs / "uv",
        f'[ "$1 $2 $3" = "run --quiet --script" ] && shift 3 && exec "{sys.executable}" "$@"',
    )
    assert call("--version").exit_code == 0
    assert (home / ".cache/plan-worktree/python").read_text() == f"{sys.executable}\n"
    for name in ("python3", "uv"):
        (programs / name).unlink()
    told = call("--version")
    assert (told.exit_code, told.stderr) == (0, "")


@pytest.mark.second
def test_a_noted_python_that_is_gone_is_looked_for_again(
    call: Callable[..., Result], programs: Path, home: Path
) -> None:
    script(programs / "python3", f'exec "{sys.executable}" "$@"')
    noted = home / ".cache/plan-worktree/python"
    noted.parent.mkdir(parents=True)
    noted.write_text("/no/such/python\n")
    assert call("--version").exit_code == 0


def test_uv_is_asked_where_there_is_no_python(call: Callable[..., Result], programs: Path) -> None:
    script(programs / "uv", 'echo "$1 $2 $3 $5"')
    assert call("ls").stdout == "run --quiet --script ls\n"


def test_without_python_and_uv_one_line_says_what_to_install(call: Callable[..., Result]) -> None:
    told = call("status")
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr.startswith("plan-worktree: neither uv nor Python 3.11 or newer is here; ")
    assert told.stderr.count("\n") == 1


def test_without_uv_the_launcher_says_what_its_python_lacks(
    call: Callable[..., Result], programs: Path
) -> None:
    script(programs / "python3", f'exec "{sys.executable}" -S "$@"')
    told = call("status")
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr.startswith("plan-worktree: this Python lacks click")


def test_gates_and_hooks_do_not_see_how_it_was_started(
    call: Callable[..., Result], programs: Path, tmp_path: Path
) -> None:
    script(programs / "python3", f'exec "{sys.executable}" "$@"')
    plugin = tmp_path / "plugin"
    shutil.copytree(ROOT / "bin", plugin / "bin")
    (plugin / "scripts/plan_worktree").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/plan-worktree.py", plugin / "scripts")
    (plugin / "scripts/plan_worktree/__init__.py").write_text("")
    (plugin / "scripts/plan_worktree/cli.py").write_text(
        "import os\ndef main(): print(*[n for n in os.environ if n.startswith('PLAN_')])\n"
    )
    assert call(program=plugin / "bin/plan-worktree") == Result(0, "\n", "")
