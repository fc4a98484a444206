"""When a stage is stale: a dependency has work that the stage's branch lacks."""

from __future__ import annotations

import pytest

from tests.landings import (
    edit,
    is_stale,
    overwrite,
    ready,
    squash,
    state,
    take_target_in,
    work,
)
from tests.support import Repo
from tests.world import PLAN_ID, Cli, branch, cell, merge


def test_a_stage_is_stale_from_when_a_dependency_moves_until_it_takes_that_in(
    repo: Repo, cli: Cli
) -> None:
    ready(repo, cli, "core", "api:core", "ui:api")
    stages = ("core", "api", "ui")
    work(repo, "core")
    assert [is_stale(repo, cli, stage) for stage in stages] == [False, False, False]

    work(repo, "api")  # nobody had begun it before

    assert [is_stale(repo, cli, stage) for stage in stages] == [False, True, False]
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "api", "FLAGS") == "stale"
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "ui", "FLAGS") == "for api"
    work(repo, "ui")
    repo.stage(PLAN_ID, "api").git("merge", "--quiet", branch("core"))
    assert [is_stale(repo, cli, stage) for stage in stages] == [False, False, True]


def test_a_rebased_dependency_makes_a_stage_stale_only_when_it_brings_something_new(
    repo: Repo, cli: Cli
) -> None:
    core = ready(repo, cli, "core", "api:core")
    work(repo, "core")
    repo.stage(PLAN_ID, "api").git("merge", "--quiet", branch("core"))
    core.git("commit", "--quiet", "--amend", "--message", "better words")
    assert not is_stale(repo, cli, "api")

    edit(core, "core.txt", "line 10", "ten")

    assert is_stale(repo, cli, "api")


@pytest.mark.second
@pytest.mark.parametrize("gone", (False, True))
def test_a_stage_whose_dependency_was_squashed_is_stale_until_it_takes_the_target_in(
    repo: Repo, cli: Cli, gone: bool
) -> None:
    ready(repo, cli, "core", "api:core")
    work(repo, "api")
    work(repo, "core")
    squash(repo, "core")
    if gone:
        assert cli("remove", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    assert is_stale(repo, cli, "api")

    take_target_in(repo, "api")

    assert not is_stale(repo, cli, "api")
    assert state(repo, cli, "api") == "in-progress"


def test_a_stage_is_not_stale_that_took_in_what_the_target_made_of_its_dependency(
    repo: Repo, cli: Cli
) -> None:
    ready(repo, cli, "core", "api:core")
    work(repo, "core")
    squash(repo, "core")
    overwrite(repo, "core")
    take_target_in(repo, "api")

    assert not is_stale(repo, cli, "api")


def test_a_merged_stage_is_never_stale(repo: Repo, cli: Cli) -> None:
    core = ready(repo, cli, "core", "api:core")
    work(repo, "api")
    merge(repo, "api")
    edit(core, "core.txt", "line 10", "ten")

    assert not is_stale(repo, cli, "api")
