"""Settings that the environment gives to git count, but for those that tie it to another place."""

from __future__ import annotations

import pytest

from plan_worktree.git import process
from tests.support import Repo, run, tool
from tests.world import PLAN_ID, Cli, hook, row, set_up

OTHER = "/nowhere"


def counted(*pairs: tuple[str, str]) -> dict[str, str]:
    """Return the variables that give git some settings (git-config(1), "GIT_CONFIG_COUNT")."""
    found = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (name, value) in enumerate(pairs):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found


TIES = {
    "counted": counted(("core.worktree", OTHER), ("user.name", "Given"), ("Core.Bare", "true")),
    "as git -c": {
        "GIT_CONFIG_PARAMETERS": f"'core.worktree'='{OTHER}' 'user.name'='Given' 'core.bare'='true'"
    },
    "as an old git -c": {
        "GIT_CONFIG_PARAMETERS": f"'core.worktree={OTHER}' 'user.name=Given' 'core.bare=true'"
    },
}


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    process.environment.cache_clear()


@pytest.mark.parametrize("variables", TIES.values(), ids=TIES)
def test_settings_in_the_environment_count_and_lead_to_no_other_place(
    repo: Repo, cli: Cli, variables: dict[str, str]
) -> None:
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")

    for place in (repo.path, there.path):
        result = cli("status", PLAN_ID, cwd=place, env=variables)
        assert result.exit_code == 0, result.output
        assert row(result, "core")[1] == "ready"


@pytest.mark.parametrize("variables", TIES.values(), ids=TIES)
def test_the_other_settings_in_the_environment_reach_git(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert process.run(repo.path, "config", "user.name").stdout == "Given\n"
    for tied in ("core.worktree", "core.bare"):
        found = process.run(repo.path, "config", "--show-scope", "--get", tied, ok=(0, 1)).stdout
        assert "command" not in found


@pytest.mark.parametrize("value", ("it's", "two words", "a\\b", "x=y", "", "'"), ids=repr)
def test_a_value_arrives_as_git_quotes_it(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    alias = "!printenv GIT_CONFIG_PARAMETERS"
    settings = ("-c", f"core.worktree={OTHER}", "-c", f"user.name={value}")
    given = run("git", *settings, "-c", f"alias.given={alias}", "given", cwd=repo.path)
    assert given.exit_code == 0, given.output
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", given.stdout.removesuffix("\n"))

    said = process.run(repo.path, "config", "-z", "--get-regexp", "^(user.name|core.worktree)$")
    assert f"user.name\n{value}\0" in said.stdout
    assert OTHER not in said.stdout


def test_what_git_cannot_read_is_said_by_git(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    for variables in ({"GIT_CONFIG_COUNT": "1"}, {"GIT_CONFIG_COUNT": "many"}):
        result = cli("status", PLAN_ID, cwd=repo.path, env=variables)
        assert result.exit_code == 3, result.output
        assert "GIT_CONFIG" in result.stderr


def test_a_hook_under_settings_of_one_command_finds_home(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    said = repo.path.parent / "said"
    hook(repo, "post-commit", f"'{tool('plan-worktree')}' status {PLAN_ID} > '{said}' 2>&1")
    command = ("-c", "core.quotePath=false", "-c", f"core.worktree={repo.path}")

    repo.git(*command, "commit", "--quiet", "--allow-empty", "-m", "more")

    assert "core   ready" in said.read_text()
