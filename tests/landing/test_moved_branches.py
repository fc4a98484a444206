"""A branch that was moved onto the target, beside a remote that still has the old one."""

from __future__ import annotations

import pytest

from tests.advice import follow
from tests.merging import replacing
from tests.remotes import clone, moved, pushed, review, shared, squashed
from tests.signing import sign_commits, unsigned
from tests.support import Repo, run
from tests.world import PLAN_ID, Cli, branch, finish, row, set_up, snapshot, suggested, work


def copied(repo: Repo, cli: Cli) -> Repo:
    """Complete a stage and one that builds on it, and land the first as one commit."""
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    work(repo, "api", "src/api.txt")
    assert cli("merge", PLAN_ID, "core", "--squash", cwd=repo.path).exit_code == 0
    return repo.stage(PLAN_ID, "api")


@pytest.mark.second
def test_what_was_moved_and_landed_by_a_fast_forward_is_merged(repo: Repo, cli: Cli) -> None:
    api = copied(repo, cli)
    assert cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path).exit_code == 0
    repo.git("stash", "--quiet")

    repo.git("merge", "--quiet", "--ff-only", branch("api"))

    assert repo.head() == api.head()
    assert row(cli("status", PLAN_ID, cwd=repo.path), "api")[1] == "merged"


@pytest.mark.second
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


@pytest.mark.second
def test_what_was_moved_is_not_pulled_back_but_pushed(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    old = pushed(repo, cli, "api")
    squashed(forge, "core")
    repo.git("fetch", "--quiet")

    result = cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path)

    assert result.exit_code == 0, result.output
    api, name = repo.stage(PLAN_ID, "api"), branch("api")
    push = f"git -C {api.path} push --force-with-lease={name}:{old} origin {name}"
    said = f"stage api: origin/{name} is still as it was before {name} was moved: {push}\n"
    assert said in result.stderr
    status = cli("status", PLAN_ID, cwd=repo.path)
    assert said in status.stderr
    assert "behind" not in " ".join(row(status, "api"))
    assert cli("sync", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    assert cli("complete", PLAN_ID, "api", cwd=api.path).exit_code == 0
    assert cli("merge", PLAN_ID, "--dry-run", cwd=repo.path).exit_code == 0

    api.git(*push.split()[3:])

    assert "before" not in cli("status", PLAN_ID, cwd=repo.path).stderr
    assert cli("merge", PLAN_ID, cwd=repo.path).exit_code == 0


@pytest.mark.second
def test_what_a_review_has_added_since_is_not_overwritten(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    pushed(repo, cli, "api")
    squashed(forge, "core")
    repo.git("fetch", "--quiet")
    assert cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path).exit_code == 0
    review(forge, "api", "src/api.txt", "reviewed\n")
    push = suggested(cli("status", PLAN_ID, cwd=repo.path), "git")
    assert run(*push, cwd=repo.path).exit_code == 1
    repo.git("fetch", "--quiet")

    refused = cli("complete", PLAN_ID, "api", cwd=repo.stage(PLAN_ID, "api").path)

    assert refused.exit_code == 1
    assert "both have commits of their own" in refused.stderr
    assert follow(repo, cli, ("merge", PLAN_ID), owner="w").ended == "done"
    assert repo.read("src/api.txt") == "reviewed\n"


def updated(repo: Repo, cli: Cli) -> Repo:
    """Let a stage take out a file that it builds on, and take it in again as the target got it.

    Return the worktree. What it builds on has landed as other commits, and then the target was
    merged into the branch, as a forge does that updates one.
    """
    api = replacing(repo, cli, "w")
    assert cli("merge", PLAN_ID, "core", "--squash", cwd=repo.path).exit_code == 0
    api.git("merge", "--quiet", "--no-commit", "main")
    return api


@pytest.mark.second
def test_what_a_merge_brought_back_by_itself_is_taken_out_by_the_move(repo: Repo, cli: Cli) -> None:
    api = updated(repo, cli)
    api.git("commit", "--quiet", "--no-edit")
    assert (api.path / "src/core.txt").exists()

    result = cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert not (api.path / "src/core.txt").exists()
    assert api.git("log", "--format=%s", "main..HEAD") == "work on api"


def test_what_a_merge_holds_is_kept_by_joining_the_target(repo: Repo, cli: Cli) -> None:
    api = updated(repo, cli)
    api.write("src/api.txt", "edited in the merge\n")
    api.git("rm", "--quiet", "--force", "src/core.txt")
    api.git("add", "src/api.txt")
    api.git("commit", "--quiet", "--no-edit")

    before = snapshot(repo.path)
    dry = cli("sync", PLAN_ID, "api", "--resolve", "--dry-run", cwd=repo.path)
    assert ("merged" in dry.stdout, snapshot(repo.path)) == (True, before)
    begun = api.head()
    sign_commits(repo)
    followed = follow(repo, cli, ("sync", PLAN_ID, "api", "--onto-target"), owner="w")

    assert unsigned(api, f"{begun}..HEAD") == []
    assert followed.steps[1:] == (f"plan-worktree sync {PLAN_ID} api --resolve",)
    assert followed.ended == "done"
    assert api.read("src/api.txt") == "edited in the merge\n"
    assert not (api.path / "src/core.txt").exists()
    accepted = ("--accept-scope", "it replaces it", "--owner", "w")
    assert cli("complete", PLAN_ID, "api", *accepted, cwd=repo.path).exit_code == 0
    assert cli("merge", PLAN_ID, cwd=repo.path).exit_code == 0
    assert repo.read("src/api.txt") == "edited in the merge\n"


def test_a_move_that_conflicts_is_resolved_once(repo: Repo, cli: Cli) -> None:
    api = copied(repo, cli)
    repo.write("src/api.txt", "somebody else's\n")
    repo.commit("the same file")

    refused = cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path)
    assert suggested(refused, "plan-worktree sync")[-2:] == ["api", "--resolve"]
    opened = cli("sync", PLAN_ID, "api", "--resolve", cwd=repo.path)

    assert "the merge of main is open, with conflicts in src/api.txt" in opened.stderr
    api.write("src/api.txt", "both\n")
    api.git("add", "src/api.txt")
    api.git("commit", "--quiet", "--no-edit")
    complete = cli("complete", PLAN_ID, "api", "--owner", "w", cwd=repo.path)
    assert complete.exit_code == 0, complete.output
    assert cli("sync", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    assert cli("merge", PLAN_ID, cwd=repo.path).exit_code == 0
    assert (repo.read("src/api.txt"), repo.read("src/core.txt")) == ("both\n", "work\n")


@pytest.mark.second
def test_the_squash_of_a_branch_that_was_moved_elsewhere_is_merged(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    api = repo.stage(PLAN_ID, "api")
    work(repo, "api", "src/api.txt", "begun\n")
    moved(forge)
    api.git("fetch", "--quiet")
    api.git("merge", "--quiet", "--no-edit", "origin/main")
    pushed(repo, cli, "api")
    squashed(forge, "core")
    forge.write("src/api.txt", "work\n")  # the branch was moved in another clone
    forge.commit("api (#8)")
    for name in ("core", "api"):
        forge.write(f"src/{name}.txt", "somebody else's\n")
    forge.commit("later")
    forge.git("push", "--quiet", "origin", "main")

    repo.git("fetch", "--quiet")

    assert row(cli("status", PLAN_ID, cwd=repo.path), "api")[1] == "merged"
