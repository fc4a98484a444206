"""A branch that only the remote has is taken from there, with the base that it was begun at."""

from __future__ import annotations

import json

import pytest

from tests.remotes import clone, pushed, shared
from tests.support import Repo
from tests.world import PLAN_ID, Cli, base_ref, branch, cell, work


def test_a_second_clone_goes_on_where_the_first_left_off(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api:core")
    start = repo.head()
    core = pushed(repo, cli, "core")
    repo.commit("the plan's statuses")
    repo.git("push", "--quiet", "origin", "main")
    second = clone(repo, "second")

    result = cli("setup", PLAN_ID, cwd=second.path)

    assert result.exit_code == 0, result.output
    assert f"stage core: its branch was taken from origin/{branch('core')}" in result.stderr
    assert (second.head(branch("core")), second.head(base_ref("core"))) == (core, start)
    upstream = f"{branch('core')}@{{upstream}}"
    assert second.git("rev-parse", "--symbolic-full-name", upstream).strip() == (
        f"refs/remotes/origin/{branch('core')}"
    )
    assert second.stage(PLAN_ID, "api").read("src/core.txt") == "work\n"
    assert cli("start", PLAN_ID, "api", cwd=second.path).exit_code == 0


def test_a_dry_run_says_from_where_a_branch_would_be_taken(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core")
    pushed(repo, cli, "core")
    second = clone(repo, "second")

    result = cli("setup", PLAN_ID, "--dry-run", "--json", cwd=second.path)

    (stage,) = json.loads(result.stdout)["stages"]
    assert stage["taken_from"] == f"origin/{branch('core')}"
    assert second.branches() == ["main"]


def test_a_stage_set_up_alone_starts_from_what_the_remote_has_of_its_dependency(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    second = clone(repo, "second")

    assert cli("setup", PLAN_ID, "api", cwd=second.path).exit_code == 0

    assert second.stage(PLAN_ID, "api").read("src/core.txt") == "work\n"


@pytest.mark.second
def test_a_taken_branch_on_an_integration_has_its_base_there(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "docs", "api:core,docs")
    for stage in ("core", "docs"):
        pushed(repo, cli, stage)
    assert cli("start", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    base = repo.head(base_ref("api"))
    pushed(repo, cli, "api")
    second = clone(repo, "second")

    assert cli("setup", PLAN_ID, cwd=second.path).exit_code == 0

    assert second.head(base_ref("api")) == base
    assert cell(cli("status", PLAN_ID, cwd=second.path), "api", "VS main") == "4 ahead"


def test_start_brings_an_untouched_branch_to_what_somebody_has_pushed(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core")
    second = clone(repo, "second")
    assert cli("setup", PLAN_ID, cwd=second.path).exit_code == 0
    theirs = work(repo, "core")
    repo.git("push", "--quiet", "origin", branch("core"))
    second.git("fetch", "--quiet")

    result = cli("start", PLAN_ID, "core", "--owner", "ada", cwd=second.path)

    assert result.exit_code == 0, result.output
    assert second.head(branch("core")) == theirs
    assert second.stage(PLAN_ID, "core").read("core.txt") == "work\n"


def test_setup_says_that_the_target_is_behind_and_starts_from_its_upstream(
    repo: Repo, cli: Cli
) -> None:
    forge = shared(repo, cli, "core")
    forge.write("new.txt", "new\n")
    theirs = forge.commit("new")
    forge.git("push", "--quiet", "origin", "main")
    repo.plan("2026-01-02-other", "one")
    repo.git("fetch", "--quiet")

    result = cli("setup", "2026-01-02-other", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert "main is 1 commit behind origin/main" in result.stderr
    assert repo.head("feature/2026-01-02-other-one") == theirs
