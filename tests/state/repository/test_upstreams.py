"""What others have pushed counts in what is said of the target and of the stages."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.remotes import clone, moved, origin, pushed, review, shared, squashed
from tests.sampling import sampled
from tests.support import Repo, Stage
from tests.world import PLAN_ID, Cli, branch, cell, follow, row, set_up, shop, work


def read(repo: Repo, cli: Cli) -> dict[str, Any]:
    result = cli("status", PLAN_ID, "--json", cwd=repo.path)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def diverged(repo: Repo, cli: Cli) -> None:
    """Give the target a commit here and its upstream another one."""
    forge = shared(repo, cli, "core")
    moved(forge)
    repo.git("fetch", "--quiet")
    repo.write("mine.txt", "mine\n")
    repo.commit("mine")


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


def test_a_target_with_commits_on_both_sides_names_the_merge_that_joins_them(
    repo: Repo, cli: Cli
) -> None:
    diverged(repo, cli)

    said = cli("status", PLAN_ID, cwd=repo.path).stdout
    join = f"git -C {repo.path} merge --autostash --ff --no-edit remotes/origin/main"
    assert "main and origin/main both have commits of their own, fetched " in said
    assert f"ago; to pull what is there: {join}\n" in said
    refused = cli("start", PLAN_ID, "core", cwd=repo.path)
    assert (refused.exit_code, join in refused.stderr) == (1, True)

    repo.git(*join.split()[1:])
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
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "VS main") == "1 ahead"


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


def test_what_the_remote_has_is_brought_in_by_names_that_a_shell_would_misread(
    repo: Repo, cli: Cli
) -> None:
    stage = Stage("core", branch="feature/it's-$HOME")
    shop(repo, stage)
    bare = origin(repo)
    repo.git("remote", "rename", "origin", "o'r")
    repo.git("remote", "add", "origin", str(bare))
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    core = Repo(repo.worktrees()[0])
    start = core.head()
    core.write("src/core.txt", "work\n")
    theirs = core.commit("theirs")
    core.git("push", "--quiet", "o'r", "HEAD")
    core.git("reset", "--quiet", "--hard", start)
    core.git("branch", "--quiet", f"o'r/{stage.branch}")  # no remote-tracking branch

    refused = cli("complete", PLAN_ID, "core", cwd=repo.path)
    follow(refused, "git -C", repo.path)
    assert core.head() == theirs, refused.output


def test_a_base_that_only_the_remote_has_is_named_with_the_command_that_makes_it(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", base="develop")
    origin(repo)
    repo.git("push", "--quiet", "origin", "main:develop")
    repo.git("fetch", "--quiet")

    refused = cli("setup", PLAN_ID, cwd=repo.path)

    track = "git branch --track develop origin/develop"
    assert f"the target branch develop is only on origin: {track}" in refused.stderr
    assert read(repo, cli)["problems"] == [f"the target branch develop is only on origin: {track}"]
    repo.git(*track.split()[1:])
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0


def test_a_base_with_the_name_of_the_remote_is_told_to_be_a_local_branch(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", base="origin/main")
    origin(repo)
    refused = cli("setup", PLAN_ID, cwd=repo.path)
    assert 'no local branch: write "base": "main" in the metadata' in refused.stderr


@pytest.mark.parametrize("how", ("detached", "detached apart", "another branch"))
def test_a_worktree_elsewhere_is_shown_with_the_way_back_that_keeps_every_commit(
    repo: Repo, cli: Cli, how: str
) -> None:
    set_up(repo, cli, "core")
    core = repo.stage(PLAN_ID, "core")
    work(repo, "core")
    core.git("switch", "--quiet", *(("-c", "aside") if how == "another branch" else ("--detach",)))
    if how == "detached apart":
        core.git("reset", "--quiet", "--hard", "HEAD~1")
    core.write("more.txt", "more\n")
    commit = core.commit("more")

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert "elsewhere" in cell(result, "core", "FLAGS")
    (said,) = [line for line in result.stderr.splitlines() if line.startswith("stage core: ")]
    for command in said.partition(": git ")[2].split(" && git "):
        repo.git(*shlex.split(command))
    assert core.git("branch", "--show-current").strip() == branch("core")
    assert repo.git("branch", "--contains", commit).strip()
    assert read(repo, cli)["stages"][0]["elsewhere"] is None


def test_core_bare_set_by_accident_is_named_with_the_command_that_unsets_it(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    repo.git("config", "core.bare", "true")

    refused = cli("status", PLAN_ID, cwd=repo.path)

    unset = f"git -C {repo.path} config core.bare false"
    assert (refused.exit_code, unset in refused.stderr) == (1, True)
    repo.git(*unset.split()[1:])
    assert cli("status", PLAN_ID, cwd=repo.path).exit_code == 0


def test_a_folder_that_was_moved_is_repaired_by_the_command_that_start_names(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, "core")
    new = tmp_path / "elsewhere"
    new.mkdir()
    for folder in (repo.path, repo.path.parent / "worktrees"):
        folder.rename(new / folder.name)
    there = Repo(new / repo.path.name)

    refused = cli("start", PLAN_ID, "core", cwd=there.path)
    gone = cli("remove", "--gone", cwd=there.path)

    assert refused.exit_code == 1
    assert f"plan-worktree setup {PLAN_ID} core" in refused.stderr
    assert "nothing to remove" in gone.stderr
    assert row(cli("setup", PLAN_ID, "core", cwd=there.path), "core")[1] == "repaired"
    assert cli("start", PLAN_ID, "core", cwd=there.path).exit_code == 0


def test_settings_that_the_environment_gives_to_git_count(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    given = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "planWorktree.plans",
        "GIT_CONFIG_VALUE_0": "plans",
    }
    assert cli("ls", cwd=repo.path).stdout.count(f"/{PLAN_ID}.md") == 1
    assert PLAN_ID not in cli("ls", cwd=repo.path, env=given).stdout


@sampled("remote", (False, True), one_in=2)
def test_a_target_that_was_renamed_is_named_with_the_command_that_records_its_new_name(
    repo: Repo, cli: Cli, *, remote: bool
) -> None:
    if remote:
        shared(repo, cli, "core")
    else:
        set_up(repo, cli, "core")
    repo.git("branch", "-m", "main", "trunk")

    record = f"git symbolic-ref refs/plan-worktree/{PLAN_ID}/target refs/heads/trunk"
    for command in ("setup", "merge", "start", "sync", "conflicts"):
        refused = cli(command, PLAN_ID, cwd=repo.path)
        assert (refused.exit_code, f"if trunk is its new name, {record};" in refused.stderr) == (
            *(1, True),
        )
    (problem,) = read(repo, cli)["problems"]
    assert record in problem
    repo.git(*record.split()[1:])

    found = read(repo, cli)
    assert (found["target"], found["problems"]) == ("trunk", [])
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0


def test_a_renamed_target_that_the_plan_names_is_changed_there_first(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", base="main")
    repo.git("branch", "-m", "main", "trunk")

    refused = cli("start", PLAN_ID, "core", cwd=repo.path)
    assert refused.exit_code == 1
    assert 'if trunk is its new name, write "base": "trunk" in the metadata; else' in refused.stderr
    repo.plan(PLAN_ID, "core", base="trunk")
    refused = cli("start", PLAN_ID, "core", cwd=repo.path)
    assert "main does not exist, and the plan says base trunk: git symb" in refused.stderr
    follow(refused, "git symbolic-ref", repo.path)

    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0


def test_home_on_a_branch_that_does_not_follow_the_targets_upstream_is_no_new_name(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core")
    repo.git("switch", "--quiet", "-c", "aside")
    repo.git("branch", "--quiet", "-D", "main")

    refused = cli("start", PLAN_ID, "core", cwd=repo.path)

    track = "git branch --track main origin/main"
    assert f"the target branch main is only on origin: {track}\n" in refused.stderr
    repo.git(*track.split()[1:])
    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0


def test_joining_the_target_with_its_upstream_loses_no_commit_of_a_detached_home(
    repo: Repo, cli: Cli
) -> None:
    diverged(repo, cli)
    repo.git("switch", "--quiet", "--detach")
    repo.write("alone.txt", "on no branch\n")
    alone = repo.commit("alone")

    said = cli("start", PLAN_ID, "core", cwd=repo.path).stderr
    advice = said.strip().partition("to pull what is there: ")[2]
    for command in advice.split(" && "):
        assert command.startswith("git -C "), said
        repo.git(*shlex.split(command)[1:])

    assert repo.head() == alone
    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0


def test_commits_on_no_branch_are_kept_where_the_stages_branch_is_gone(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    core = repo.stage(PLAN_ID, "core")
    core.git("switch", "--quiet", "--detach")
    commit = work(repo, "core")
    repo.git("branch", "--quiet", "-D", branch("core"))

    said = cli("setup", PLAN_ID, "core", cwd=repo.path).stderr
    command = f"git -C {core.path} switch -c {branch('core')}"
    assert command in said
    repo.git(*command.split()[1:])

    assert cli("setup", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    assert repo.head(branch("core")) == commit


def test_a_remote_branch_that_git_cannot_read_is_named_with_the_command_that_drops_it(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core")
    broken = f"refs/remotes/origin/{branch('core')}"
    repo.write(f".git/{broken}", f"{repo.head()[::-1]}\n")

    refused = cli("status", PLAN_ID, cwd=repo.path)

    drop = f"git update-ref -d {broken}"
    assert (refused.exit_code, f"until the next fetch: {drop}\n" in refused.stderr) == (3, True)
    repo.git(*drop.split()[1:])
    assert cli("status", PLAN_ID, cwd=repo.path).exit_code == 0
