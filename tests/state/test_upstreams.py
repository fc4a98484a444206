"""What others have pushed counts in what is said of the target and of the stages."""

from __future__ import annotations

import json
from typing import Any

from tests.remotes import clone, moved, origin, pushed, review, shared, squashed
from tests.support import Repo
from tests.world import PLAN_ID, Cli, branch, row, shop, work


def read(repo: Repo, cli: Cli) -> dict[str, Any]:
    result = cli("status", PLAN_ID, "--json", cwd=repo.path)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_status_says_where_the_target_stands(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core")
    assert "main is level with origin/main\n" in cli("status", PLAN_ID, cwd=repo.path).stdout

    moved(forge)
    before = cli("status", PLAN_ID, cwd=repo.path)
    after = cli("status", PLAN_ID, "--fetch", cwd=repo.path)

    assert "main is level with origin/main\n" in before.stdout
    assert "main is 1 commit behind origin/main, fetched " in after.stdout
    upstream = read(repo, cli)["upstream"]
    assert (upstream["name"], upstream["ahead"], upstream["behind"]) == ("origin/main", 0, 1)


def test_a_target_with_commits_on_both_sides_names_the_pull_that_joins_them(
    repo: Repo, cli: Cli
) -> None:
    forge = shared(repo, cli, "core")
    moved(forge)
    repo.git("fetch", "--quiet")
    repo.write("mine.txt", "mine\n")
    repo.commit("mine")

    said = cli("status", PLAN_ID, cwd=repo.path).stdout
    pull = f"git -C {repo.path} pull --no-rebase --no-edit origin main"
    assert f"main and origin/main both have commits of their own: {pull}" in said
    refused = cli("start", PLAN_ID, "core", cwd=repo.path)
    assert (refused.exit_code, pull in refused.stderr) == (1, True)

    repo.git(*pull.split()[1:])
    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0


def test_a_remote_that_does_not_answer_is_said_so_beside_what_is_known(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core")
    repo.git("remote", "set-url", "origin", str(repo.path / "gone.git"))

    result = cli("status", PLAN_ID, "--fetch", cwd=repo.path)

    assert result.exit_code == 3
    assert row(result, "core")[1] == "ready"
    assert "what follows the remote is as it was last fetched" in result.stderr
    assert "gone.git" in result.stderr


def test_without_a_remote_there_is_nobody_to_ask(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    result = cli("status", PLAN_ID, "--fetch", cwd=repo.path)
    assert (result.exit_code, "there is no remote to ask" in result.stderr) == (1, True)
    assert read(repo, cli)["upstream"] is None


def test_a_branch_whose_upstream_has_more_is_behind(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core")
    pushed(repo, cli, "core")
    review(forge, "core", "src/core.txt", "reviewed\n")
    repo.git("fetch", "--quiet")

    assert "behind" in cli("status", PLAN_ID, cwd=repo.path).stdout
    (stage,) = read(repo, cli)["stages"]
    assert stage["upstream"] == {"name": f"origin/{branch('core')}", "ahead": 0, "behind": 1}


def test_work_that_the_upstream_of_the_target_has_is_merged(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    squashed(forge, "core")
    repo.git("fetch", "--quiet")

    assert [stage["state"] for stage in read(repo, cli)["stages"]] == ["merged", "ready"]


def test_what_the_upstream_of_the_target_has_is_no_stages_own(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core")
    moved(forge)
    repo.git("fetch", "--quiet")
    core = repo.stage(PLAN_ID, "core")
    core.git("merge", "--quiet", "--no-edit", "origin/main")
    work(repo, "core", "src/core.txt")

    result = cli("complete", PLAN_ID, "core", cwd=core.path)

    assert result.exit_code == 0, result.output
    assert row(cli("status", PLAN_ID, cwd=repo.path), "core")[3:5] == ["+1", "-0"]


def test_a_branch_that_only_the_remote_has_is_somebodys_work(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api:core")
    core = repo.stage(PLAN_ID, "core")
    work(repo, "core")
    core.git("push", "--quiet", "origin", "HEAD")
    second = clone(repo, "second")

    states = {stage["id"]: stage["state"] for stage in read(second, cli)["stages"]}

    assert states == {"core": "in-progress", "api": "waiting"}


def test_an_upstream_that_does_not_exist_is_none(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    origin(repo)
    repo.git("config", "branch.main.merge", "refs/heads/nowhere")
    assert read(repo, cli)["upstream"] is None


def test_of_several_remotes_the_one_that_the_target_follows_counts(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core")
    repo.git("remote", "add", "backup", str(forge.path))
    moved(forge)
    repo.git("fetch", "--quiet", "--all")
    assert read(repo, cli)["upstream"]["name"] == "origin/main"
