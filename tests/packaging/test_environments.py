"""What is published, in empty environments: oldest and newest dependencies and Pythons."""

from __future__ import annotations

import itertools
import json
import os
import platform
import sys
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import Shared, checked, run, tool

pytestmark = pytest.mark.registry

PYTHONS = ("this", "newest")
RESOLUTIONS = ("lowest-direct", "highest")


@pytest.fixture(scope="session")
def pythons(uv_env: dict[str, str]) -> dict[str, str]:
    """Return this Python, and the newest released one that is installed where that is another."""
    env = {name: value for name, value in uv_env.items() if name != "UV_PYTHON"}
    command = (tool("uv"), "python", "list", "--only-installed", "--output-format", "json")
    listed = json.loads(checked(*command, env=env))
    usable = [
        one
        for one in listed
        if one["implementation"] == "cpython"
        and one["version_parts"]["minor"] >= 11
        and one["version"].replace(".", "").isdigit()
        and one["variant"] == "default"
    ]
    newest = max(usable, key=lambda one: tuple(one["version_parts"].values()), default=None)
    found = {"this": sys.executable}
    if newest and newest["version"] != platform.python_version():
        found["newest"] = newest["path"]
    return found


@pytest.mark.parametrize("which", tuple(itertools.product(PYTHONS, RESOLUTIONS)), ids=" ".join)
def test_the_demonstration_runs_in_an_empty_environment(
    which: tuple[str, str],
    pythons: dict[str, str],
    built: Path,
    uv_env: dict[str, str],
    tmp_path: Path,
) -> None:
    (sdist,), (wheel,), (python, resolution) = built.glob("*.tar.gz"), built.glob("*.whl"), which
    if python not in pythons:
        pytest.skip("no other Python is installed")
    uv, venv = tool("uv"), tmp_path / "venv"
    env = uv_env | {"UV_PYTHON": pythons[python]}
    checked(uv, "venv", "--quiet", venv, env=env)
    install = ("pip", "install", "--quiet", "--resolution", resolution, "--python", venv)
    # The wheel was built from the sdist, so which of the two is installed makes little difference.
    checked(uv, *install, sdist if resolution == "highest" else wheel, env=env)
    program, module = (venv / "bin/plan-worktree",), (venv / "bin/python", "-m", "plan_worktree")
    for number, command in enumerate((program, module)):
        shown = run(*command, "demo", f"shown {number}", cwd=tmp_path, env=env)
        assert shown.exit_code == 0, shown.output
        assert "created" in shown.stdout
        assert "Traceback" not in shown.output


def test_pipx_runs_it(built: Path, uv_env: dict[str, str], shared: Shared, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    env = uv_env | {
        "PIPX_HOME": str(shared("pipx", Path.mkdir)),
        "PIPX_DEFAULT_PYTHON": sys.executable,
        "PIPX_DEFAULT_BACKEND": "uv",
    }
    # pipx hands the work to pip, or to the uv that it finds.
    env["PATH"] = f"{tool('uv').parent}{os.pathsep}{os.environ['PATH']}"
    pipx = (tool("uv"), "tool", "run", "pipx", "run", "--spec", wheel, "plan-worktree")
    told: Result = run(*pipx, "demo", "shown", cwd=tmp_path, env=env)
    assert told.exit_code == 0, told.output
    assert "created" in told.stdout
