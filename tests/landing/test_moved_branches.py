"""A branch that was moved onto the target, beside a remote that still has the old one."""

from __future__ import annotations

import pytest

from tests.remotes import clone, pushed, shared, squashed
from tests.support import Repo
from tests.world import PLAN_ID, Cli, branch, finish, row, set_up, work


def copied(repo: Repo, cli: Cli) -> Repo:
    """Complete a stage and one that builds on it, and land the first as one commit."""
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    work(repo, "api", "src/api.txt")
    assert cli("merge", PLAN_ID, "core", "--squash", cwd=repo.path).exit_code == 0
    return repo.stage(PLAN_ID, "api")


def test_what_was_moved_and_landed_by_a_fast_forward_is_merged(repo: Repo, cli: Cli) -> None:
    api = copied(repo, cli)
    assert cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path).exit_code == 0
    repo.git("stash", "--quiet")

    repo.git("merge", "--quiet", "--ff-only", branch("api"))

    assert repo.head() == api.head()
    assert row(cli("status", PLAN_ID, cwd=repo.path), "api")[1] == "merged"


def test_what_came_from_a_remote_and_landed_by_a_fast_forward_is_merged(
    repo: Repo, cli: Cli
) -> None:
    forge = shared(repo, cli, "core")
    pushed(repo, cli, "core")
    repo.git("commit", "--quiet", "--all", "--message", "statuses")
    repo.stage(PLAN_ID, "core").git("rebase", "--quiet", "main")
    repo.git("push", "--quiet", "--force", "origin", "main", branch("core"))
    second = clone(repo, "second")
    assert cli("setup", PLAN_ID, "core", cwd=second.path).exit_code == 0
    assert row(cli("status", PLAN_ID, cwd=second.path), "core")[1] == "complete"
    forge.git("fetch", "--quiet")
    forge.git("push", "--quiet", "origin", f"origin/{branch('core')}:main")

    second.git("pull", "--quiet")

    assert row(cli("status", PLAN_ID, cwd=second.path), "core")[1] == "merged"
    assert cli("merge", PLAN_ID, cwd=second.path).exit_code == 0
