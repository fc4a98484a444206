"""What the files around the package promise each other."""

from __future__ import annotations

import os
import re
import tomllib

import pytest

from tests.support import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def requirement_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~ \[]", line, maxsplit=1)[0] for line in requirements}


def test_contributing_says_why_each_dependency_is_there() -> None:
    explained = re.findall(
        r"^- `([a-z-]+)`: ", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE
    )
    declared = requirement_names(
        PYPROJECT["project"]["dependencies"]
        + PYPROJECT["dependency-groups"]["dev"]
        + PYPROJECT["build-system"]["requires"]
    )
    assert sorted(explained) == sorted(declared)


@pytest.mark.parametrize("part", ("-m pytest", "plan-worktree demo"))
def test_readme_names_the_command_that_tests_and_the_one_that_shows(part: str) -> None:
    readme = (ROOT / "README.md").read_text().splitlines()
    assert [line for line in readme if line.startswith("python3 -m venv") and line.endswith(part)]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    ci = (ROOT / ".ci" / "run").read_text().splitlines()
    (command,) = [line for line in ci if line.startswith("python3 -m venv")]
    assert command in (ROOT / "README.md").read_text().splitlines()


def test_ci_can_be_executed() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_hook_calls_a_program_that_the_project_installs() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    (entry,) = re.findall(r"^  entry: (\S+)", hook, re.MULTILINE)
    assert entry in PYPROJECT["project"]["scripts"]
