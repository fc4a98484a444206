"""Clones that were made without history, without branches, or without files."""

from __future__ import annotations

import pytest

from tests.remotes import origin, pushed, shared
from tests.sampling import sampled
from tests.support import Repo, run
from tests.world import PLAN_ID, Cli, branch, cell, finish, row, shop


def cloned(repo: Repo, *options: str) -> Repo:
    """Return a clone, made with options, of what a project's remote has."""
    bare = repo.git("remote", "get-url", "origin").strip()
    run("git", "config", "uploadpack.allowFilter", "true", cwd=bare)  # type: ignore[arg-type]
    place = repo.path.parent / "partial" / "project"
    repo.git("clone", "--quiet", *options, f"file://{bare}", str(place))
    return Repo(place)


def begun(repo: Repo, cli: Cli) -> None:
    """Complete a stage whose branch is on the remote and not in the target."""
    shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    repo.git("commit", "--quiet", "--all", "--message", "core is complete")
    repo.write("other.txt", "later\n")
    repo.commit("something else")
    repo.git("push", "--quiet", "origin", "main")


@sampled("depth", ("1", "2"), one_in=2)
def test_in_a_shallow_clone_no_branch_is_taken_before_its_history_is_there(
    repo: Repo, cli: Cli, depth: str
) -> None:
    begun(repo, cli)
    there = cloned(repo, "--depth", depth, "--no-single-branch")

    shown = cli("status", PLAN_ID, cwd=there.path)
    refused = cli("setup", PLAN_ID, cwd=there.path)

    command = f"git -C {there.path} fetch --unshallow origin"
    words = f"this clone is shallow, so where branches were begun is not known: {command}\n"
    assert words in shown.output
    assert refused.exit_code == 1
    assert f"refused: {words}" in refused.stderr
    assert there.worktrees() == []
    assert run("sh", "-c", command, cwd=there.path).exit_code == 0
    assert cli("setup", PLAN_ID, cwd=there.path).exit_code == 0
    assert cli("start", PLAN_ID, "api", cwd=there.path).exit_code == 0
    assert there.stage(PLAN_ID, "api").read("src/core.txt") == "work\n"


def test_a_clone_that_fetches_one_branch_is_told_how_to_see_the_others(
    repo: Repo, cli: Cli
) -> None:
    begun(repo, cli)
    there = cloned(repo, "--single-branch")

    shown = cli("status", PLAN_ID, cwd=there.path)

    command = (
        f"git -C {there.path} remote set-branches origin '*' && git -C {there.path} fetch origin"
    )
    assert f"may not see those of stages: {command}\n" in shown.output
    assert run("sh", "-c", command, cwd=there.path).exit_code == 0
    assert cli("setup", PLAN_ID, cwd=there.path).exit_code == 0
    assert there.head(branch("core")) == repo.head(branch("core"))


def test_a_shallow_clone_serves_for_a_plan_that_nobody_has_begun(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api:core")
    origin(repo)
    there = cloned(repo, "--depth", "1")

    result = cli("setup", PLAN_ID, cwd=there.path)

    assert (result.exit_code, "this clone" in result.output) == (0, False)
    assert cli("start", PLAN_ID, "core", cwd=there.path).exit_code == 0


@sampled("what", ("blob:none", "tree:0"), one_in=2)
def test_a_clone_without_files_gets_them_when_they_are_needed(
    repo: Repo, cli: Cli, what: str
) -> None:
    begun(repo, cli)
    there = cloned(repo, f"--filter={what}")

    assert cli("setup", PLAN_ID, cwd=there.path).exit_code == 0
    assert cli("start", PLAN_ID, "api", cwd=there.path).exit_code == 0
    assert cli("complete", PLAN_ID, "core", cwd=there.path).exit_code == 0
    assert cli("merge", PLAN_ID, "core", cwd=there.path).exit_code == 0
    assert there.read("src/core.txt") == "work\n"
    assert row(cli("status", PLAN_ID, cwd=there.path), "core")[1] == "merged"


@pytest.mark.thorough
def test_a_clone_without_files_whose_remote_is_gone_says_so(repo: Repo, cli: Cli) -> None:
    begun(repo, cli)
    there = cloned(repo, "--filter=tree:0")
    bare = repo.path.parent / "origin.git"
    bare.rename(bare.with_name("gone.git"))

    result = cli("setup", PLAN_ID, cwd=there.path)

    assert result.exit_code == 3
    assert "gone" not in result.stdout
    assert f"'{bare}' does not appear to be a git repository" in result.stderr
    bare.with_name("gone.git").rename(bare)
    assert cli("setup", PLAN_ID, cwd=there.path).exit_code == 0


def sharing(repo: Repo, cli: Cli, *stages: str) -> None:
    """Share a plan through a remote from a clone that has completed its first two stages."""
    shop(repo, *stages)
    origin(repo)
    repo.git("config", "planWorktree.remote", "origin")
    done(repo, cli, "core")
    repo.git("commit", "--quiet", "--all", "--message", "core is complete")
    repo.git("push", "--quiet", "origin", "main")


def done(repo: Repo, cli: Cli, stage: str) -> None:
    assert cli("start", PLAN_ID, stage, "--setup", cwd=repo.path).exit_code == 0
    finish(repo, cli, stage)


@pytest.mark.parametrize(
    "options",
    (
        ("--depth=1", "--filter=blob:none"),
        pytest.param(("--depth=1",), marks=pytest.mark.thorough),
        pytest.param(("--filter=blob:none",), marks=pytest.mark.thorough),
    ),
)
def test_a_runner_without_history_starts_a_stage_that_others_have_made_way_for(
    repo: Repo, cli: Cli, options: tuple[str, ...]
) -> None:
    sharing(repo, cli, "core", "api:core")
    there = cloned(repo, *options)
    there.git("config", "planWorktree.remote", "origin")

    assert cli("start", PLAN_ID, "--setup", cwd=there.path).exit_code == 0

    stage = there.stage(PLAN_ID, "api")
    assert stage.git("rev-parse", "HEAD") == repo.head(branch("core"))
    finish(there, cli, "api")
    cli("status", PLAN_ID, "--fetch", cwd=repo.path)
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "api", "STATE") == "complete"


@pytest.mark.second
def test_where_what_a_stage_needs_does_not_meet_start_says_what_brings_the_history(
    repo: Repo, cli: Cli
) -> None:
    sharing(repo, cli, "core", "docs", "both:core,docs")
    there = cloned(repo, "--depth=1")
    done(repo, cli, "docs")
    there.git("config", "planWorktree.remote", "origin")

    told = cli("start", PLAN_ID, "both", "--setup", cwd=there.path)

    assert told.exit_code == 1, told.output
    command = f"git -C {there.path} fetch --unshallow origin"
    assert f"and lacks the commits where it meets: {command}\n" in told.stderr
    assert "claim/both" not in repo.git("ls-remote", "origin")
    assert run("sh", "-c", command, cwd=there.path).exit_code == 0
    assert cli("start", PLAN_ID, "both", "--setup", cwd=there.path).exit_code == 0
    assert there.stage(PLAN_ID, "both").read("src/core.txt") == "work\n"


def begun_without_history(repo: Repo, cli: Cli) -> Repo:
    """Begin a stage in a shallow clone whose target then moves on by more than it gets."""
    shared(repo, cli, "core")
    there = cloned(repo, "--depth=1")
    assert cli("start", PLAN_ID, "core", "--setup", cwd=there.path).exit_code == 0
    finish(there, cli, "core")
    for number in (1, 2):
        repo.write("README.md", f"{number}\n")
        repo.commit(f"more {number}")
    repo.git("push", "--quiet", "origin", "main")
    there.git("fetch", "--quiet", "--depth=1", "origin", "main")
    there.git("reset", "--quiet", "--keep", "origin/main")
    return there


def refuses_until_the_history_is_here(there: Repo, cli: Cli, *words: str) -> None:
    command = f"git -C {there.path} fetch --unshallow origin"
    refused = cli(*words, cwd=there.path)
    assert f"this clone is shallow, and lacks the commits where it meets: {command}\n" in (
        refused.output
    )
    assert refused.exit_code == 1
    assert run("sh", "-c", command, cwd=there.path).exit_code == 0
    done = cli(*words, cwd=there.path)
    assert done.exit_code == 0, done.output


def test_nothing_lands_on_a_target_that_it_does_not_meet(repo: Repo, cli: Cli) -> None:
    there = begun_without_history(repo, cli)
    refuses_until_the_history_is_here(there, cli, "merge", PLAN_ID)
    assert there.read("src/core.txt") == "work\n"
    assert there.read("README.md") == "2\n"


@pytest.mark.second
def test_nothing_is_taken_in_that_a_branch_does_not_meet(repo: Repo, cli: Cli) -> None:
    there = begun_without_history(repo, cli)
    refuses_until_the_history_is_here(there, cli, "sync", PLAN_ID, "core", "--resolve")
