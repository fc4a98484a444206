"""Where stages land: in the worktree that has the target checked out, else in none."""

from __future__ import annotations

import signal

from tests.support import Repo
from tests.world import PLAN_ID, Cli, finish, hook, set_up, start


def landing_elsewhere(repo: Repo, cli: Cli) -> Repo:
    """Complete a stage whose target is checked out in a worktree beside home; return that."""
    repo.git("branch", "dev")
    set_up(repo, cli, "core", base="dev")
    staging = Repo(repo.path.parent / "staging")
    repo.git("worktree", "add", "--quiet", str(staging.path), "dev")
    finish(repo, cli, "core")
    return staging


def test_stages_land_in_the_worktree_that_has_the_target_checked_out(repo: Repo, cli: Cli) -> None:
    staging = landing_elsewhere(repo, cli)
    before = repo.head()

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert staging.read("src/core.txt") == "work\n"
    assert staging.git("status", "--porcelain") == ""
    assert repo.head() == before
    assert "done: the only stage is in dev" in result.stdout


def test_changes_where_the_target_is_checked_out_are_kept(repo: Repo, cli: Cli) -> None:
    staging = landing_elsewhere(repo, cli)
    staging.write("README.md", "mine\n")

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert f"{staging.path} has changes that are in no commit: README.md" in result.stderr
    assert staging.read("README.md") == "mine\n"


def test_a_target_that_nobody_has_checked_out_gets_its_landing_without_a_working_tree(
    repo: Repo, cli: Cli
) -> None:
    repo.git("branch", "dev")
    set_up(repo, cli, "core", base="dev")
    core = finish(repo, cli, "core")

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert repo.head("dev^2") == core


def test_a_landing_is_killed_in_another_worktree_and_taken_back(repo: Repo, cli: Cli) -> None:
    staging = landing_elsewhere(repo, cli)
    before = staging.head()
    deadly = hook(repo, "commit-msg", "kill -KILL 0")
    process = start("merge", PLAN_ID, cwd=repo.path)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    deadly.unlink()

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert staging.head() == before
    assert staging.git("status", "--porcelain") == ""
    assert cli("merge", PLAN_ID, cwd=repo.path).exit_code == 0
    assert staging.read("src/core.txt") == "work\n"
