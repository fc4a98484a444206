"""What a command asks a remote and tells it, how often, and what it says without an answer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.clones import LIVE, bare, claim_of, do, finish, records, shared, take
from tests.pull_requests import hub
from tests.support import Repo, run
from tests.world import PLAN_ID, Cli, branch, declared, executable, follow, suggested


def counted(folder: Path) -> tuple[Path, str]:
    """Return a file that names each fetch and push, and a PATH with a git that writes it."""
    log, git = folder / "asked", shutil.which("git")
    script = f"""case $1 in fetch|push|ls-remote) echo "$1" >>'{log}';; esac
exec '{git}' "$@\""""
    return log, f"{executable(folder / 'bin/git', script).parent}{os.pathsep}{os.environ['PATH']}"


def test_a_command_asks_and_tells_the_remote_once(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    log, path = counted(tmp_path)

    def asked(*args: str, code: int = 0) -> list[str]:
        log.write_text("")
        do(one, *args, code=code, PATH=path)
        return log.read_text().split()

    both = ["fetch", "push"]
    assert asked("status", PLAN_ID) == []
    assert asked("ready", PLAN_ID) == []
    assert asked("setup", PLAN_ID) == ["fetch"]
    assert asked("start", PLAN_ID, "core", "--owner", "ada") == both
    assert asked("start", PLAN_ID, "core", "--owner", "ada") == ["fetch"]
    there = one.stage(PLAN_ID, "core")
    there.write("src/core.txt", "core\n")
    there.commit("core")
    assert asked("complete", PLAN_ID, "core", "--owner", "ada") == both
    assert asked("status", PLAN_ID, "--fetch") == ["fetch"]
    assert asked("sync", PLAN_ID) == ["fetch"]
    assert asked("mark", PLAN_ID, "api", "blocked") == both
    one.git("commit", "--quiet", "--all", "--message", "statuses")
    assert asked("merge", PLAN_ID) == ["fetch"]
    one.git("push", "--quiet", "origin", "main")
    assert asked("remove", PLAN_ID, "core") == both
    assert records(one) == records(bare(one))


@pytest.mark.thorough
def test_submit_asks_once_for_the_plan_and_once_for_the_branches(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forge = hub(repo, cli, monkeypatch, "core", "api:core")
    repo.git("config", "planWorktree.remote", "origin")
    take(repo, "core", "ada")
    finish(repo, "core", "ada")
    log, path = counted(tmp_path)
    do(repo, "submit", PLAN_ID, PATH=path)
    assert log.read_text().split().count("fetch") == 2
    forge.squash("core")
    log.write_text("")
    do(repo, "submit", PLAN_ID, PATH=path)
    assert sorted(log.read_text().split()) == ["fetch", "fetch", "ls-remote"]


@pytest.mark.second
def test_a_claim_is_renewed_at_the_remote_at_most_every_five_minutes(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    take(one, "core", "ada")
    first = records(bare(one))
    do(one, "sync", PLAN_ID, PLAN_WORKTREE_OWNER="ada")
    assert records(bare(one)) == first
    (seen,) = (one.path / ".git/worktrees").glob("*/plan-worktree.seen")
    text = one.git("cat-file", "blob", f"{LIVE}/claim/core")
    past = text.replace('"seen": "20', '"seen": "19').replace('"time": "20', '"time": "19')
    past_claim = run("git", "hash-object", "-w", "--stdin", cwd=one.path, stdin=past).stdout.strip()
    one.git("update-ref", f"{LIVE}/claim/core", past_claim)
    assert seen.exists()
    do(one, "sync", PLAN_ID)
    assert records(bare(one)) == records(one) != first
    assert '"seen": "20' in bare(one).git("cat-file", "blob", f"{LIVE}/claim/core")


@pytest.fixture
def away(tmp_path: Path) -> tuple[Repo, Repo]:
    """Return two clones, of which the first has a stage, when the remote is away."""
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    do(two, "status", PLAN_ID, "--fetch")
    bare(one).path.rename(bare(one).path.with_name("away"))
    return one, two


def back(repo: Repo) -> None:
    bare(repo).path.with_name("away").rename(bare(repo).path)


def test_without_the_remote_there_is_reading_and_work_but_no_claim(away: tuple[Repo, Repo]) -> None:
    one, two = away
    assert "shared through origin, which answered" in do(two, "status", PLAN_ID).stdout
    status = do(two, "status", PLAN_ID, "--fetch", code=3)
    assert "what follows the remote is as it was last fetched" in status.stderr
    refused = take(two, "api", "bob", code=1)
    assert "origin does not answer (fatal: " in refused.stderr
    commit = finish(one, "core", "ada")
    assert declared(one)["core"] == "complete"
    back(one)
    take(one, "core", "ada", code=1)  # also what is refused shares what was done before
    assert records(one) == records(bare(one))
    assert bare(one).head(f"refs/heads/{branch('core')}") == commit
    assert claim_of(two, "core") == "ada"
    take(two, "api", "bob")
    assert two.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"


def test_a_claim_without_the_remote_stands_when_nobody_took_the_stage(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    bare(one).path.rename(bare(one).path.with_name("away"))
    refused = take(two, "core", "bob", code=1)
    do(two, *suggested(refused, "plan-worktree start")[1:], "--setup", "--owner", "bob")
    assert claim_of(two, "core") == "bob"
    back(one)
    do(two, "sync", PLAN_ID)
    assert claim_of(bare(one), "core") == "bob"
    assert "it is claimed by bob on " in take(one, "core", "ada", code=1).stderr


def test_who_claimed_without_the_remote_and_was_too_late_is_told_by_name(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    take(two, "core", "bob", "--offline")
    two.stage(PLAN_ID, "core").write("draft.txt", "bob's\n")
    told = do(two, "sync", PLAN_ID)
    assert "stage core was yours (bob) and is now claimed by ada on " in told.stderr
    assert claim_of(two, "core") == claim_of(bare(one), "core") == "ada"
    assert follow(told, "git -C", two.path).exit_code == 0
    assert two.stage(PLAN_ID, "core").read("draft.txt") == "bob's\n"
    do(two, "complete", PLAN_ID, "core", "--owner", "bob", code=1)


@pytest.mark.second
def test_a_completion_that_the_remote_never_got_is_told_where_others_took_the_stage(
    away: tuple[Repo, Repo],
) -> None:
    one, two = away
    mine = finish(one, "core", "ada")
    back(one)
    take(two, "core", "bob", "--takeover")
    told = do(one, "sync", PLAN_ID)
    assert "stage core was completed here and is now claimed by bob on " in told.stderr
    assert one.stage(PLAN_ID, "core").head() == mine
    assert declared(one)["core"] == "in-progress"
    assert records(one) == records(bare(one))


@pytest.mark.second
def test_commits_that_others_pushed_to_a_stage_branch_are_not_overwritten(
    away: tuple[Repo, Repo],
) -> None:
    one, two = away
    back(one)
    there = one.stage(PLAN_ID, "core")
    there.commit("ada's first")
    there.git("push", "--quiet", "origin", branch("core"))
    bare(one).path.rename(bare(one).path.with_name("away"))
    finish(one, "core", "ada")
    back(one)
    two.git("fetch", "--quiet")
    two.git("switch", "--quiet", "--detach", f"origin/{branch('core')}")
    reviewed = two.commit("a reviewer's")
    two.git("push", "--quiet", "origin", f"HEAD:{branch('core')}")
    do(one, "sync", PLAN_ID)
    assert bare(one).head(f"refs/heads/{branch('core')}") == reviewed
    assert "behind" in do(one, "status", PLAN_ID).stdout


def test_a_kill_between_the_push_and_what_is_here_is_gone_on_from(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    git = shutil.which("git")
    killer = executable(
        tmp_path / "kill/git",
        f"""'{git}' "$@"; code=$?
case $1 in push) kill -KILL 0;; esac
exit $code""",
    )
    path = f"{killer.parent}{os.pathsep}{os.environ['PATH']}"
    words: tuple[str, ...] = ("start", PLAN_ID, "core", "--setup", "--owner", "ada")
    assert do(one, *words, code=-9, PATH=path, LEADER="0").exit_code == -9
    assert claim_of(bare(one), "core") == "ada"
    assert claim_of(one, "core") == ""
    assert "claimed by ada" in take(two, "core", "bob", code=1).stderr
    assert "yours" in do(one, *words).stderr
    there = one.stage(PLAN_ID, "core")
    there.write("src/core.txt", "core\n")
    commit = there.commit("core")
    words = ("complete", PLAN_ID, "core", "--owner", "ada")
    assert do(one, *words, code=-9, PATH=path).exit_code == -9
    again = do(one, *words)
    assert "was yours" not in again.stderr
    assert records(one) == records(bare(one))
    assert bare(one).head(f"refs/heads/{branch('core')}") == commit
    assert declared(one)["core"] == "complete"
