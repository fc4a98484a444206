"""A stage stands on what another clone made, where that was rewritten before it landed."""

from __future__ import annotations

import pytest

from tests.advice import follow
from tests.remotes import clone, origin, pushed, shared, squashed
from tests.support import Repo, Stage, run
from tests.world import PLAN_ID, Cli, branch, row, shop, suggested, work


def _elsewhere(repo: Repo, cli: Cli, *stages: str) -> tuple[Repo, Repo]:
    """Do and push core here; return the forge and a clone that builds api on it."""
    forge = shared(repo, cli, *stages)
    pushed(repo, cli, "core")
    repo.git("commit", "--quiet", "--all", "--message", "statuses")
    repo.git("push", "--quiet", "origin", "main")
    second = clone(repo, "second")
    start = ("start", PLAN_ID, "api", "--owner", "w", "--setup")
    assert cli(*start, cwd=second.path).exit_code == 0
    work(second, "api", "src/api.txt")
    return forge, second


def _rewritten(forge: Repo, stage: str, content: str) -> None:
    """Take a line out of a stage's branch and make one commit of all, as a reviewer does."""
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", branch(stage), f"origin/{branch(stage)}")
    forge.git("rebase", "--quiet", "origin/main")
    forge.git("reset", "--quiet", "--soft", "origin/main")
    forge.write("src/core.txt", content)
    forge.commit(f"all of {stage}")
    forge.git("push", "--quiet", "--force", "origin", branch(stage))
    forge.git("switch", "--quiet", "-C", "main", "origin/main")


@pytest.mark.second
def test_a_stage_on_a_branch_that_was_rewritten_and_landed_is_moved(repo: Repo, cli: Cli) -> None:
    forge, second = _elsewhere(repo, cli, "core", "api:core")
    _rewritten(forge, "core", "reviewed\n")
    squashed(forge, "core")
    second.git("fetch", "--quiet")

    followed = follow(second, cli, ("sync", PLAN_ID, "api"), owner="w")

    assert followed.ended == "done"
    assert followed.steps[1:] == (f"plan-worktree sync {PLAN_ID} api --onto-target",)
    api = second.stage(PLAN_ID, "api")
    assert api.read("src/core.txt") == "reviewed\n"
    assert api.git("log", "--format=%s", "origin/main..HEAD") == "work on api"


@pytest.mark.second
def test_a_stage_on_a_branch_that_is_gone_waits_for_whoever_knows_its_landing(
    repo: Repo, cli: Cli
) -> None:
    forge, second = _elsewhere(repo, cli, "core", "api:core")
    _rewritten(forge, "core", "reviewed\n")
    landed = squashed(forge, "core")
    forge.git("push", "--quiet", "origin", "--delete", branch("core"))
    second.git("fetch", "--quiet", "--prune")

    refused = cli("sync", PLAN_ID, "api", cwd=second.path)

    mark = f"plan-worktree mark {PLAN_ID} core complete --landed COMMIT"
    assert refused.exit_code == 1
    assert "stage api: it needs core, which is declared complete" in refused.stderr
    assert suggested(refused, "plan-worktree mark") == mark.split()
    said = cli(*mark.replace("COMMIT", landed).split()[1:], cwd=second.path)
    assert said.exit_code == 0, said.output
    followed = follow(second, cli, ("sync", PLAN_ID, "api"), owner="w")
    assert followed.ended == "done"
    assert followed.steps[1:] == (f"plan-worktree sync {PLAN_ID} api --onto-target",)
    assert second.stage(PLAN_ID, "api").read("src/core.txt") == "reviewed\n"


@pytest.mark.second
def test_a_stage_on_a_branch_that_was_rewritten_is_set_up_elsewhere_with_its_own_work(
    repo: Repo, cli: Cli
) -> None:
    forge, second = _elsewhere(repo, cli, "core", "api:core")
    assert cli("complete", PLAN_ID, "api", "--owner", "w", cwd=second.path).exit_code == 0
    second.git("commit", "--quiet", "--all", "--message", "statuses")
    second.git("push", "--quiet", "origin", "main", branch("api"))
    third = clone(repo, "third")
    _rewritten(forge, "core", "reviewed\n")
    squashed(forge, "core")
    third.git("pull", "--quiet")

    assert cli("setup", PLAN_ID, "api", cwd=third.path).exit_code == 0

    done = cli("complete", PLAN_ID, "api", "--owner", "w", cwd=third.path)
    assert done.exit_code == 0, done.output
    followed = follow(third, cli, ("merge", PLAN_ID, "api"), owner="w")
    assert followed.ended == "done"
    assert "sync" in followed.steps[1]
    assert third.read("src/core.txt") == "reviewed\n"


@pytest.mark.second
def test_what_a_stage_needs_is_pulled_before_the_stage_is_synced(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    work(repo, "api", "src/api.txt")
    _rewritten(forge, "core", "reviewed\n")
    squashed(forge, "core")
    repo.git("fetch", "--quiet")

    refused = cli("sync", PLAN_ID, "api", cwd=repo.path)

    assert refused.exit_code == 1
    assert "stage api: it needs core, and " in refused.stderr
    assert run(*suggested(refused, "git"), cwd=repo.path).exit_code == 0
    followed = follow(repo, cli, ("sync", PLAN_ID, "api"), owner="w")
    assert followed.ended == "done"
    assert followed.steps[1:] == (f"plan-worktree sync {PLAN_ID} api --onto-target",)
    assert repo.stage(PLAN_ID, "api").read("src/core.txt") == "reviewed\n"


@pytest.mark.second
def test_what_was_rewritten_and_merged_elsewhere_is_pulled_and_merged(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core")
    pushed(repo, cli, "core")
    repo.git("commit", "--quiet", "--all", "--message", "statuses")
    repo.git("push", "--quiet", "origin", "main")
    _rewritten(forge, "core", "reviewed\n")
    forge.git("merge", "--quiet", "--no-ff", "-m", "core", f"origin/{branch('core')}")
    forge.git("push", "--quiet", "origin", "main")
    repo.git("fetch", "--quiet")

    followed = follow(repo, cli, ("merge", PLAN_ID), owner="w")

    assert (followed.ended, len(followed.steps)) == ("done", 2)
    core = repo.stage(PLAN_ID, "core")
    assert cli("complete", PLAN_ID, "core", "--owner", "w", cwd=core.path).exit_code == 0
    assert row(cli("status", PLAN_ID, cwd=repo.path), "core")[1] == "merged"


def test_what_was_rewritten_is_taken_in_by_the_dependent_that_stands_on_the_old(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api:core", "last:core,api")
    origin(repo)
    assert cli("setup", PLAN_ID, "core", "api", cwd=repo.path).exit_code == 0
    forge = clone(repo, "forge")
    pushed(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    work(repo, "api", "src/api.txt")
    assert cli("complete", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    _rewritten(forge, "core", "reviewed\n")
    core = repo.stage(PLAN_ID, "core")
    core.git("fetch", "--quiet")
    core.git("reset", "--quiet", "--hard", f"origin/{branch('core')}")
    assert cli("complete", PLAN_ID, "core", "--owner", "w", cwd=repo.path).exit_code == 0

    assert cli("start", PLAN_ID, "last", "--owner", "w", "--setup", cwd=repo.path).exit_code == 0
    assert repo.stage(PLAN_ID, "last").read("src/core.txt") == "reviewed\n"


def _takes_out(repo: Repo, cli: Cli, *stages: Stage) -> Repo:
    """Let core make a file that api, which stands on it, deletes; then rebase core on the forge."""
    core = Stage("core", create=("src/core.txt", "src/shim.txt"))
    api = Stage("api", ("core",), create=("src/api.txt",), delete=("src/shim.txt",))
    shop(repo, core, api, *stages)
    origin(repo)
    assert cli("setup", PLAN_ID, "core", "api", cwd=repo.path).exit_code == 0
    forge = clone(repo, "forge")
    repo.stage(PLAN_ID, "core").write("src/shim.txt", "shim\n")
    pushed(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    there = repo.stage(PLAN_ID, "api")
    (there.path / "src/shim.txt").unlink()
    work(repo, "api", "src/api.txt")
    assert cli("complete", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    repo.git("push", "--quiet", "origin", branch("api"))
    repo.git("commit", "--quiet", "--all", "--message", "statuses")
    repo.git("push", "--quiet", "origin", "main")
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", branch("core"), f"origin/{branch('core')}")
    forge.git("rebase", "--quiet", "origin/main")
    forge.write("src/core.txt", "reviewed\n")
    forge.commit("a review")
    forge.git("push", "--quiet", "--force", "origin", branch("core"))
    forge.git("switch", "--quiet", "-C", "main", "origin/main")
    return forge


def _has_what_was_left(there: Repo) -> bool:
    return not (there.path / "src/shim.txt").exists() and (
        there.read("src/core.txt") == "reviewed\n"
    )


def test_what_a_stage_took_out_stays_out_when_what_it_stands_on_was_rewritten(
    repo: Repo, cli: Cli
) -> None:
    forge = _takes_out(repo, cli)
    core, api = repo.stage(PLAN_ID, "core"), repo.stage(PLAN_ID, "api")
    core.git("fetch", "--quiet")
    core.git("reset", "--quiet", "--hard", f"origin/{branch('core')}")
    assert cli("complete", PLAN_ID, "core", "--owner", "w", cwd=repo.path).exit_code == 0
    before = api.head()
    dry = cli("sync", PLAN_ID, "api", "--dry-run", cwd=repo.path)

    synced = cli("sync", PLAN_ID, "api", cwd=repo.path)

    assert (row(dry, "api")[1], row(synced, "api")[1]) == ("merged", "merged"), synced.output
    assert before in api.git("rev-list", "HEAD").split()
    assert _has_what_was_left(api)
    assert cli("complete", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    assert row(cli("sync", PLAN_ID, "api", cwd=repo.path), "api")[1] == "current"
    repo.git("push", "--quiet", "--force", "origin", branch("api"))
    squashed(forge, "core")
    repo.git("pull", "--quiet", "--no-rebase", "--no-edit")
    followed = follow(repo, cli, ("merge", PLAN_ID), owner="w")
    assert followed.ended == "done", followed
    assert _has_what_was_left(repo)
    log = repo.git("log", "--format=%s", "HEAD^1..HEAD").splitlines()
    assert log == [f"Merge stage api of {PLAN_ID} into main", "work on api"]


@pytest.mark.second
def test_what_another_clone_took_out_stays_out_where_only_its_copy_tells_what_was_rewritten(
    repo: Repo, cli: Cli
) -> None:
    _takes_out(repo, cli)
    second = clone(repo, "second")  # has never seen what core was before
    assert cli("setup", PLAN_ID, "api", cwd=second.path).exit_code == 0

    followed = follow(second, cli, ("sync", PLAN_ID, "api"), owner="w")

    assert followed.ended == "done", followed
    assert _has_what_was_left(second.stage(PLAN_ID, "api"))
    assert cli("complete", PLAN_ID, "api", "--owner", "w", cwd=second.path).exit_code == 0


@pytest.mark.second
def test_a_stage_starts_without_what_another_took_out_of_what_was_rewritten(
    repo: Repo, cli: Cli
) -> None:
    last = Stage("last", ("core", "api"), create=("src/last.txt",))
    _takes_out(repo, cli, last)
    core = repo.stage(PLAN_ID, "core")
    core.git("fetch", "--quiet")
    core.git("reset", "--quiet", "--hard", f"origin/{branch('core')}")
    assert cli("complete", PLAN_ID, "core", "--owner", "w", cwd=repo.path).exit_code == 0

    started = cli("start", PLAN_ID, "last", "--owner", "w", "--setup", cwd=repo.path)

    assert started.exit_code == 0, started.output
    there = repo.stage(PLAN_ID, "last")
    assert _has_what_was_left(there)
    assert there.read("src/api.txt") == "work\n"


@pytest.mark.second
def test_what_a_rewritten_branch_no_longer_has_of_the_target_stays_with_its_dependents(
    repo: Repo, cli: Cli
) -> None:
    _takes_out(repo, cli)
    core, api = repo.stage(PLAN_ID, "core"), repo.stage(PLAN_ID, "api")
    repo.write("news.txt", "news\n")
    repo.commit("news")
    core.git("merge", "--quiet", "--no-edit", "main")
    api.git("merge", "--quiet", "--no-edit", branch("core"))
    core.git("fetch", "--quiet")
    core.git("reset", "--quiet", "--hard", f"origin/{branch('core')}")  # without the news
    assert cli("complete", PLAN_ID, "core", "--owner", "w", cwd=repo.path).exit_code == 0

    synced = cli("sync", PLAN_ID, "api", cwd=repo.path)

    assert row(synced, "api")[1] == "merged", synced.output
    assert _has_what_was_left(api)
    assert api.read("news.txt") == "news\n"


def test_two_commits_that_say_the_same_at_the_same_time_are_two(repo: Repo, cli: Cli) -> None:
    """Agents call their commits alike; only the patch tells a commit that was made again."""
    shop(repo, Stage("core", create=("a.txt",)), Stage("api", ("core",), create=("a.txt",)))
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    for stage in ("core", "api"):
        there = repo.stage(PLAN_ID, stage)
        there.write("a.txt", f"{stage}\n")
        there.git("add", "--all")
        there.git("commit", "--quiet", "--message", "wip", "--date", "2026-01-02T03:04:05Z")

    synced = cli("sync", PLAN_ID, "api", cwd=repo.path)

    assert row(synced, "api")[1] == "conflict"
    assert repo.stage(PLAN_ID, "api").read("a.txt") == "api\n"


@pytest.mark.second
def test_commits_made_again_on_the_target_have_landed_where_the_branch_is_only_on_the_remote(
    repo: Repo, cli: Cli
) -> None:
    forge, second = _elsewhere(repo, cli, "core", "api:core")
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", "main", "origin/main")
    forge.write("news.txt", "news\n")
    forge.commit("news")
    forge.git("cherry-pick", f"origin/{branch('core')}")
    forge.git("push", "--quiet", "origin", "main")
    second.git("fetch", "--quiet")

    followed = follow(second, cli, ("sync", PLAN_ID, "api"), owner="w")

    assert followed.steps[1:] == (f"plan-worktree sync {PLAN_ID} api --onto-target",)
    api = second.stage(PLAN_ID, "api")
    assert api.git("log", "--format=%s", "origin/main..HEAD") == "work on api"
