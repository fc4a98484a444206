"""Every command works where the names of objects are SHA-256, and have 64 digits.

These are a few ways through all commands. `GIT_DEFAULT_HASH=sha256` before the test command runs
any test in such repositories.
"""

from __future__ import annotations

import pytest

from tests.conftest import FORMAT
from tests.result import Result
from tests.support import Repo, run
from tests.world import PLAN_ID, Cli, branch, finish, hook, merge, refs, set_up, work

BASE, LANDED = (f"refs/plan-worktree/{PLAN_ID}/{kind}" for kind in ("base", "landed"))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, cli: Cli) -> Repo:
    """Return a project of two stages, of which the second needs the first."""
    monkeypatch.setenv(FORMAT, "sha256")
    repo: Repo = request.getfixturevalue("repo")
    assert repo.git("rev-parse", "--show-object-format") == "sha256"
    return set_up(repo, cli, "core", "api:core")


def does(repo: Repo, cli: Cli, *args: str, code: int = 0) -> Result:
    command, *rest = args
    result = cli(command, PLAN_ID, *rest, cwd=repo.path)
    assert result.exit_code == code, result.output
    return result


def test_stages_are_started_completed_landed_and_removed(shop: Repo, cli: Cli) -> None:
    does(shop, cli, "start", "core", "--owner", "ada")
    core = finish(shop, cli, "core")
    assert "api" in does(shop, cli, "ready").stdout
    does(shop, cli, "start", "api", "--owner", "ada")
    assert shop.stage(PLAN_ID, "api").head() == core
    assert "core" in does(shop, cli, "brief", "api").stdout
    does(shop, cli, "mark", "api", "not-started")
    finish(shop, cli, "api")

    does(shop, cli, "merge")

    states = [stage["state"] for stage in does(shop, cli, "status", "--json").json()["stages"]]
    assert states == ["merged", "merged"]
    does(shop, cli, "remove")
    assert (shop.worktrees(), shop.branches()) == ([], ["main"])


@pytest.mark.thorough
@pytest.mark.parametrize("way", ("--squash", "--rebase", "--detached", "--verify"))
def test_stages_land_in_every_way(shop: Repo, cli: Cli, way: str) -> None:
    finish(shop, cli, "core")
    if way == "--detached":
        shop.git("switch", "--quiet", "--detach")

    does(shop, cli, "merge", way)

    assert f"{LANDED}/core" in refs(shop)
    assert shop.git("show", "main:src/core.txt") == "work"


def test_what_is_new_is_taken_in_and_a_conflict_is_found_and_left_open(
    shop: Repo, cli: Cli
) -> None:
    own, core = work(shop, "api"), work(shop, "core")
    does(shop, cli, "sync", "api")
    there = shop.stage(PLAN_ID, "api")
    assert there.git("rev-parse", "HEAD^1", "HEAD^2").split() == [own, core]
    work(shop, "api", "same.txt", "api\n")
    core = work(shop, "core", "same.txt", "core\n")
    shop.write("same.txt", "main\n")
    shop.commit("in the target")
    assert "same.txt" in does(shop, cli, "conflicts", code=1).output

    does(shop, cli, "sync", "api", "--resolve", code=1)

    assert there.git("rev-parse", "MERGE_HEAD") == core
    assert there.git("status", "--porcelain") == "AA same.txt"


def test_own_commits_move_from_what_landed_as_another_commit(shop: Repo, cli: Cli) -> None:
    work(shop, "core")
    does(shop, cli, "sync", "api")
    work(shop, "api")
    merge(shop, "core", "--squash")
    squash = shop.commit("land core")

    does(shop, cli, "sync", "api", "--onto-target")

    assert shop.head(f"{branch('api')}^") == refs(shop)[f"{BASE}/api"] == squash


def test_a_worktree_in_conflict_comes_back_after_its_removal(shop: Repo, cli: Cli) -> None:
    there = shop.stage(PLAN_ID, "core")
    work(shop, "core", "README.md", "core\n")
    shop.write("README.md", "main\n")
    shop.commit("other words")
    assert run("git", "merge", "main", cwd=there.path).exit_code == 1
    before = there.git("status", "--porcelain=v2", "--branch"), there.git("ls-files", "--stage")

    does(shop, cli, "remove", "core", "--force", "--delete-branch")
    assert not there.path.exists()
    does(shop, cli, "restore", "core")

    after = there.git("status", "--porcelain=v2", "--branch"), there.git("ls-files", "--stage")
    assert after == before


def test_a_hook_is_told_that_there_was_no_commit_before(shop: Repo, cli: Cli) -> None:
    does(shop, cli, "remove", "api")
    hook(shop, "post-checkout", 'echo "$1 $2" >"$(git rev-parse --git-dir)/told"')

    does(shop, cli, "setup", "api")

    (told,) = (shop.path / ".git").glob("worktrees/*/told")
    assert told.read_text().split() == ["0" * 64, shop.head()]
