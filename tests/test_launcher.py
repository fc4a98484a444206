"""scripts/plan-worktree.py: the package without an installation."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
import tomllib
from types import ModuleType
from typing import Any

import pytest

from tests.support import ROOT, Repo, run

LAUNCHER = ROOT / "scripts" / "plan-worktree.py"


def script_metadata() -> dict[str, Any]:
    """Read the PEP 723 block."""
    lines = LAUNCHER.read_text().splitlines()
    start, end = lines.index("# /// script"), lines.index("# ///")
    return tomllib.loads("\n".join(line[2:] for line in lines[start + 1 : end]))


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


@pytest.fixture
def launcher() -> ModuleType:
    spec = importlib.util.spec_from_file_location("launcher", LAUNCHER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_launcher_asks_for_what_the_package_asks_for() -> None:
    assert script_metadata() == {
        "requires-python": project()["requires-python"],
        "dependencies": project()["dependencies"],
    }


def test_the_launcher_looks_for_every_dependency(launcher: ModuleType) -> None:
    names = [line.partition(">")[0] for line in project()["dependencies"]]
    assert list(launcher.DEPENDENCIES) == names


def test_the_launcher_can_be_executed() -> None:
    assert os.access(LAUNCHER, os.X_OK)


def test_the_launcher_runs_the_package_beside_it(repo: Repo) -> None:
    result = run(sys.executable, LAUNCHER, "--version", cwd=repo.path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "plan-worktree" in result.stdout


def test_the_launcher_runs_when_python_leaves_its_directory_off_the_path(repo: Repo) -> None:
    safe = {"PYTHONSAFEPATH": "1", "PYTHONPATH": ""}
    result = run(sys.executable, LAUNCHER, "--version", cwd=repo.path, env=safe)
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_python_without_the_dependencies_gets_one_line_that_says_what_to_type() -> None:
    bare = {"PYTHONPATH": ""}
    result = run(sys.executable, "-S", LAUNCHER, "validate", env=bare)
    assert (result.exit_code, result.stdout) == (3, "")
    names = "click filelock jsonschema mistune rich"
    assert result.stderr == (
        f"plan-worktree: this Python lacks {names.replace(' ', ', ')}; "
        f"run: {sys.executable} -m pip install {names}\n"
    )


def test_a_python_that_is_too_old_gets_one_line_that_says_what_to_type(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 14))
    assert launcher.run() == 3
    expected = f"Python 3.11 or newer is needed; run: uv run --script {LAUNCHER}"
    assert capsys.readouterr().err == f"plan-worktree: {expected}\n"


def test_a_python_that_is_too_old_can_read_the_launcher() -> None:
    ast.parse(LAUNCHER.read_text(), feature_version=(3, 8))
