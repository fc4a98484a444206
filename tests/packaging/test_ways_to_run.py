"""Five ways to run one program: each finds the schemas and the demonstration's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import Repo, Shared, checked, run, tool

pytestmark = pytest.mark.registry

Command = tuple[str | Path, ...]


@pytest.fixture(scope="session")
def commands(
    checkout: Path, built: Path, uv_env: dict[str, str], shared: Shared
) -> dict[str, Command]:
    """Return how each way is typed."""
    uv = tool("uv")
    (wheel,) = built.glob("*.whl")

    def installed(name: str, *what: str | Path) -> Path:
        def install(venv: Path) -> None:
            checked(uv, "venv", "--quiet", venv, env=uv_env)
            checked(uv, "pip", "install", "--quiet", "--python", venv, *what, env=uv_env)

        return shared(name, install) / "bin" / "plan-worktree"

    return {
        "wheel": (installed("wheel", wheel),),
        "editable": (installed("editable", "--editable", checkout),),
        "uvx": (uv, "tool", "run", "--from", checkout, "plan-worktree"),
        "uv run": (uv, "run", "--project", checkout, "--no-dev", "plan-worktree"),
        "script": (uv, "run", "--script", checkout / "scripts" / "plan-worktree.py"),
    }


WAYS = pytest.mark.parametrize("way", ("wheel", "editable", "uvx", "uv run", "script"))


@WAYS
def test_every_way_reports_the_same_findings(
    way: str,
    commands: dict[str, Command],
    uv_env: dict[str, str],
    repo: Repo,
    cli: Callable[..., Result],
) -> None:
    repo.plan("2026-01-02-shop", "api", "ui:nobody", auhtor="Ada")
    result = run(*commands[way], "validate", cwd=repo.path, env=uv_env)
    assert result.exit_code == 1, result.output
    assert "PW103" in result.stdout
    assert "PW202" in result.stdout
    assert result.stdout == cli("validate", cwd=repo.path).stdout


@WAYS
def test_every_way_runs_the_demonstration(
    way: str, commands: dict[str, Command], uv_env: dict[str, str], tmp_path: Path
) -> None:
    result = run(*commands[way], "demo", "shown", cwd=tmp_path, env=uv_env)
    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    assert (tmp_path / "shown").is_dir()


def test_a_recipe_runs_the_script_where_only_uv_is_installed(
    checkout: Path, uv_env: dict[str, str], repo: Repo, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("uv", "git", "sh"):
        (programs / name).symlink_to(tool(name))
    repo.write("justfile", f'import "{checkout}/scripts/plans.just"\n')
    repo.plan("2026-01-02-shop", "api:nobody")
    result = run(tool("just"), "plan-validate", cwd=repo.path, env=uv_env | {"PATH": str(programs)})
    assert result.exit_code == 1, result.output
    assert "PW202" in result.stdout
