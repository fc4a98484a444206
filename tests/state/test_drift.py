"""A plan that was edited since setup: said, with a fix that works."""

from __future__ import annotations

import pytest

from tests.result import Result
from tests.support import PLANS, Repo, Stage
from tests.world import PLAN_ID, Cli, branch, finish, follow, refs, set_up, work


def edit(repo: Repo, old: str, new: str) -> None:
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def says(repo: Repo, cli: Cli, stage: str) -> str:
    """Return what status says of a stage's drift; start, sync and complete refuse with it."""
    found = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"]
    (drift,) = [s["drift"] for s in found if s["id"] == stage]
    assert drift
    assert f"drift: stage {stage}: {drift}" in cli("status", PLAN_ID, cwd=repo.path).stderr
    commands = (("start", stage, "--owner", "ada"), ("sync", stage), ("complete", stage))
    for command, *rest in commands:
        result = cli(command, PLAN_ID, *rest, cwd=repo.path)
        assert result.exit_code == 1, (command, result.output)
        assert f"stage {stage}: drift: {drift}\n" in result.stderr
    return str(drift)


def fixed(repo: Repo, cli: Cli, start: str) -> Result:
    """Follow the fix that status gives, and look again."""
    result = follow(cli("status", PLAN_ID, cwd=repo.path), start, repo.path)
    assert result.exit_code == 0, result.output
    return cli("status", PLAN_ID, cwd=repo.path)


def test_a_branch_that_was_edited(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    commit = work(repo, "core")
    edit(repo, branch("core"), "feature/better name".replace(" ", "-"))

    drift = says(repo, cli, "core")

    assert "the plan says branch feature/better-name, its worktree " in drift
    assert fixed(repo, cli, "git branch -m").stderr == ""
    assert refs(repo)["refs/heads/feature/better-name"] == commit


def test_a_worktree_path_that_was_edited(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    edit(repo, f"../worktrees/{PLAN_ID}/core", "../worktrees/new folder/else where")

    assert "the plan says worktree " in says(repo, cli, "core")
    assert fixed(repo, cli, "mkdir -p").stderr == ""
    assert (repo.path.parent / "worktrees/new folder/else where/README.md").exists()


def test_a_stage_that_was_renamed(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    work(repo, "core")
    repo.plan(PLAN_ID, Stage("kernel", branch=branch("core")), "api")
    edit(repo, f"../worktrees/{PLAN_ID}/kernel", f"../worktrees/{PLAN_ID}/core")

    assert "was set up for a stage core, which is no longer in the plan" in says(
        repo, cli, "kernel"
    )
    result = fixed(repo, cli, "git update-ref")

    assert result.stderr == ""
    assert cli("start", PLAN_ID, "kernel", "--owner", "bob", cwd=repo.path).exit_code == 1
    assert not [name for name in refs(repo) if name.endswith("/core") and "plan-worktree" in name]
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:3]] == [
        ["kernel", "in-progress"],
        ["api", "ready"],
    ]


def test_a_stage_that_was_removed_from_the_plan(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    repo.plan(PLAN_ID, "api")

    result = cli("status", PLAN_ID, "--json", cwd=repo.path).json()

    assert len(result["orphans"]) == 1
    assert "stage core was set up and is no longer in the plan" in result["orphans"][0]
    assert cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path).exit_code == 0
    assert fixed(repo, cli, "git update-ref -d").stderr == ""


@pytest.mark.parametrize("command", ("merge", "rebase"))
def test_an_operation_in_progress_is_no_drift(repo: Repo, cli: Cli, command: str) -> None:
    set_up(repo, cli, "core", "api:core")
    work(repo, "core", "same.txt", "core\n")
    there = repo.stage(PLAN_ID, "api")
    work(repo, "api", "same.txt", "api\n")
    with pytest.raises(AssertionError):
        there.git(command, branch("core"))

    result = cli("sync", PLAN_ID, "api", cwd=repo.path)

    assert result.exit_code == 1
    assert f"is in the middle of a {command}" in result.stderr
    assert "drift" not in cli("status", PLAN_ID, cwd=repo.path).stdout


def test_what_was_merged_and_removed_is_no_drift(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    repo.git("merge", "--quiet", "--no-edit", branch("core"))
    assert cli("remove", PLAN_ID, "core", cwd=repo.path).exit_code == 0

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert "drift" not in result.output
