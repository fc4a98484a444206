"""Landing beside a remote: nothing that a review took out comes back."""

from __future__ import annotations

import json

import pytest

from tests.merging import replacing
from tests.remotes import clone, moved, origin, pushed, review, shared, squashed
from tests.sampling import sampled
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, branch, declared, finish, follow, row, set_up, work


def test_a_branch_that_is_behind_its_upstream_is_not_landed(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core")
    pushed(repo, cli, "core")
    review(forge, "core", "src/core.txt", "reviewed\n")
    squashed(forge, "core")
    repo.git("fetch", "--quiet")
    worktree = repo.stage(PLAN_ID, "core")
    upstream = f"remotes/origin/{branch('core')}"
    bring = f"git -C {worktree.path} merge --autostash --ff-only {upstream}"

    merged, completed, synced = (
        cli(command, PLAN_ID, "core", cwd=repo.path) for command in ("merge", "complete", "sync")
    )

    for result in (merged, completed, synced):
        assert result.exit_code == 1
        behind = f"{branch('core')} is 1 commit behind origin/{branch('core')}"
        assert f"{behind}; to pull what is there: {bring}" in result.stderr
    worktree.git(*bring.split()[3:])
    repo.git("stash", "--quiet")
    repo.git("pull", "--quiet", "--ff-only")
    landed = cli("merge", PLAN_ID, cwd=repo.path)
    assert (landed.exit_code, repo.read("src/core.txt")) == (0, "reviewed\n")
    assert (
        "done: the only stage is in main; to take their worktrees away, before the plan is "
        "committed: " in landed.stdout
    )


def test_commits_on_both_sides_of_a_branch_are_joined_by_the_named_rebase(
    repo: Repo, cli: Cli
) -> None:
    forge = shared(repo, cli, "core")
    pushed(repo, cli, "core")
    review(forge, "core", "src/review.txt", "reviewed\n")
    repo.git("fetch", "--quiet")
    worktree = repo.stage(PLAN_ID, "core")
    work(repo, "core", "src/core.txt", "more\n")

    result = cli("merge", PLAN_ID, "core", cwd=repo.path)

    upstream = f"remotes/origin/{branch('core')}"
    replay = "rebase --autostash --rebase-merges --fork-point"
    rebase = f"git -C {worktree.path} {replay} {upstream}"
    assert (result.exit_code, rebase in result.stderr) == (1, True)
    worktree.git(*rebase.split()[3:])
    assert [worktree.read(f"src/{name}.txt") for name in ("core", "review")] == [
        *("more\n", "reviewed\n")
    ]


def test_a_target_that_is_behind_is_brought_forward_before_a_stage_lands(
    repo: Repo, cli: Cli
) -> None:
    forge = shared(repo, cli, "core")
    finish(repo, cli, "core")
    theirs = moved(forge)
    repo.git("fetch", "--quiet")

    dry = cli("merge", PLAN_ID, "--dry-run", cwd=repo.path)
    assert "main would be brought forward to origin/main" in dry.stdout
    result = cli("merge", PLAN_ID, "--json", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["forwarded"] == "origin/main"
    assert repo.head("HEAD^1") == theirs
    assert repo.read("other.txt") == "somebody else's\n"
    assert repo.read("src/core.txt") == "work\n"


def test_a_file_in_the_way_of_the_target_is_kept_and_named(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core")
    finish(repo, cli, "core")
    moved(forge)
    repo.git("fetch", "--quiet")
    repo.write("other.txt", "mine\n")
    before = repo.head()

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert f"mv {repo.path}/other.txt ELSEWHERE" in result.stderr
    assert (repo.head(), repo.read("other.txt")) == (before, "mine\n")


PLAN = f"{PLANS}/{PLAN_ID}.md"


def test_an_edited_plan_in_the_way_of_the_target_is_kept_by_the_named_command(
    repo: Repo, cli: Cli
) -> None:
    forge = shared(repo, cli, "core")
    finish(repo, cli, "core")
    assert repo.git("status", "--porcelain").split() == ["M", PLAN]
    forge.write(PLAN, f"{forge.read(PLAN)}\nA remark.\n")
    forge.commit("a remark")
    forge.git("push", "--quiet", "origin", "main")
    repo.git("fetch", "--quiet")
    forward = f"git -C {repo.path} merge --autostash --ff-only remotes/origin/main"

    refused, dry = (cli("merge", PLAN_ID, *more, cwd=repo.path) for more in ((), ("--dry-run",)))
    where = f"{PLAN} in {repo.path} is edited and in no commit"
    said = f"refused: {where}, and origin/main has its own changes there: {forward}\n"
    assert (refused.stderr, dry.stderr) == (said, said)
    follow(refused, "git -C", repo.path)
    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert declared(repo)["core"] == "complete"
    assert repo.read(PLAN).endswith("\nA remark.\n")


@pytest.mark.second
@sampled("also", ("", "other.txt"), one_in=2)
def test_a_plan_that_only_home_has_meets_the_same_plan_of_the_target(
    repo: Repo, cli: Cli, also: str
) -> None:
    origin(repo)
    repo.plan(PLAN_ID, "core")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    forge = clone(repo, "forge")
    forge.write(PLAN, repo.read(PLAN))
    moved(forge)
    finish(repo, cli, "core")
    before = repo.read(PLAN)
    repo.git("fetch", "--quiet")
    if also:
        repo.write(also, "mine\n")

    refused = cli("merge", PLAN_ID, cwd=repo.path)

    assert (refused.exit_code, repo.read(PLAN)) == (1, before)
    if also:  # what stands in the way of git as well comes first
        lost = f"{also} in {repo.path} is in no commit and would be overwritten"
        assert refused.stderr == f"refused: {lost}: mv {repo.path / also} ELSEWHERE\n"
        (repo.path / also).unlink()
        refused = cli("merge", PLAN_ID, cwd=repo.path)
    assert f"git -C {repo.path} add --force -- {PLAN} && git -C {repo.path} merge" in refused.stderr
    assert follow(refused, "git -C", repo.path).exit_code == 0
    assert repo.git("stash", "list")
    assert repo.git("show", f"stash@{{0}}:{PLAN}") == before.strip()


@pytest.mark.second
def test_a_dependent_of_what_landed_as_one_commit_is_moved_before_it_lands(
    repo: Repo, cli: Cli
) -> None:
    replacing(repo, cli, "ada")
    owned = ("--owner", "ada", "--accept-scope", "it replaces it")
    assert cli("complete", PLAN_ID, "api", *owned, cwd=repo.path).exit_code == 0
    assert cli("merge", PLAN_ID, "core", "--squash", cwd=repo.path).exit_code == 0

    move = f"plan-worktree sync {PLAN_ID} api --onto-target"
    said = f"what it builds on has landed as other commits: {move}"
    for command in (("merge", "api"), ("sync", "api"), ("conflicts",), ("status",)):
        name, *stage = command
        assert said in cli(name, PLAN_ID, *stage, cwd=repo.path).stderr, name
    assert cli(*move.split()[1:], cwd=repo.path).exit_code == 0
    assert cli("complete", PLAN_ID, "api", *owned, cwd=repo.path).exit_code == 0
    landed = cli("merge", PLAN_ID, "api", cwd=repo.path)

    assert landed.exit_code == 0, landed.output
    assert not (repo.path / "src/core.txt").exists()
    assert (repo.path / "src/api.txt").exists()


def test_a_dependent_does_not_bring_back_what_a_review_took_out(repo: Repo, cli: Cli) -> None:
    forge = shared(repo, cli, "core", "api:core")
    work(repo, "core", "src/core.txt", "secret\nwork\n")
    repo.git("push", "--quiet", "origin", branch("core"))
    assert cli("complete", PLAN_ID, "core", cwd=repo.stage(PLAN_ID, "core").path).exit_code == 0
    assert cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path).exit_code == 0
    work(repo, "api", "src/api.txt")
    assert cli("complete", PLAN_ID, "api", "--owner", "ada", cwd=repo.path).exit_code == 0
    review(forge, "core", "src/core.txt", "work\n")
    squashed(forge, "core")
    repo.git("fetch", "--quiet")
    repo.stage(PLAN_ID, "core").git("pull", "--quiet", "--ff-only", "origin", branch("core"))

    refused = cli("merge", PLAN_ID, "api", cwd=repo.path)

    assert refused.exit_code == 1
    move = f"plan-worktree sync {PLAN_ID} api --onto-target"
    assert move in refused.stderr
    assert cli(*move.split()[1:], cwd=repo.path).exit_code == 0
    assert cli("complete", PLAN_ID, "api", "--owner", "ada", cwd=repo.path).exit_code == 0
    assert cli("merge", PLAN_ID, cwd=repo.path).exit_code == 0
    assert (repo.read("src/core.txt"), repo.read("src/api.txt")) == ("work\n", "work\n")


@pytest.mark.second
@sampled("stages", (("api",), ()), ids=("without-a-branch", "with-one"), one_in=2)
def test_a_person_says_which_commit_brought_a_stage(
    repo: Repo, cli: Cli, stages: tuple[str, ...]
) -> None:
    """Also where setup has made a new branch for it, which says nothing of the work."""
    shared(repo, cli, "core", "api:core")
    second = clone(repo, "second")
    landed = moved(second, "by-hand.txt")
    assert cli("mark", PLAN_ID, "core", "complete", cwd=second.path).exit_code == 0

    assert cli("setup", PLAN_ID, *stages, cwd=second.path).exit_code == 0
    refused = cli("start", PLAN_ID, "api", cwd=second.path)
    assert refused.exit_code == 1
    assert f"plan-worktree mark {PLAN_ID} core complete --landed COMMIT" in refused.stderr
    other = cli("mark", PLAN_ID, "core", "complete", "--landed", "nonsense", cwd=second.path)
    assert (other.exit_code, "there is no commit nonsense here" in other.stderr) == (1, True)

    marked = cli("mark", PLAN_ID, "core", "complete", "--landed", landed, cwd=second.path)

    assert marked.exit_code == 0, marked.output
    assert cli("start", PLAN_ID, "api", cwd=second.path).exit_code == 0
    rows = cli("status", PLAN_ID, "--json", cwd=second.path).stdout
    core = json.loads(rows)["stages"][0]
    assert (core["state"], core["landed"]) == ("merged", landed)


@pytest.mark.second
def test_a_conflict_with_what_landed_and_was_deleted_names_the_way_to_say_so(
    repo: Repo, cli: Cli
) -> None:
    forge = shared(repo, cli, "core")
    finish(repo, cli, "core")
    repo.stage(PLAN_ID, "core").git("push", "--quiet", "-u", "origin", "HEAD")
    review(forge, "core", "src/core.txt", "reviewed\n")
    landed = squashed(forge, "core")
    forge.git("push", "--quiet", "origin", "--delete", branch("core"))
    repo.git("fetch", "--quiet", "--prune")

    stopped = cli("merge", PLAN_ID, cwd=repo.path)

    mark = f"plan-worktree mark {PLAN_ID} core complete --landed"
    assert stopped.exit_code == 1
    gone = f"origin/{branch('core')} is gone: when that has landed as another commit, {mark} COMMIT"
    assert gone in stopped.output
    assert cli(*mark.split()[1:], landed, cwd=repo.path).exit_code == 0
    assert row(cli("status", PLAN_ID, cwd=repo.path), "core")[1] == "merged"


@pytest.mark.second
@pytest.mark.parametrize("is_deleted", (False, True))
def test_what_landed_elsewhere_is_not_set_up_with_the_others(
    repo: Repo, cli: Cli, *, is_deleted: bool
) -> None:
    forge = shared(repo, cli, "core", "api:core")
    pushed(repo, cli, "core")
    repo.git("push", "--quiet", "origin", "main")
    forge.git("fetch", "--quiet")
    forge.git("merge", "--quiet", "--no-ff", f"origin/{branch('core')}")
    forge.git("push", "--quiet", "origin", "main")
    if is_deleted:
        forge.git("push", "--quiet", "origin", "--delete", branch("core"))
    moved(forge)
    repo.git("pull", "--quiet", "--no-rebase", "origin", "main")
    repo.git("commit", "--quiet", "--all", "--message", "core is complete")
    repo.git("push", "--quiet", "origin", "main")
    second = clone(repo, "second")

    result = cli("setup", PLAN_ID, cwd=second.path)

    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["api"]
    assert row(cli("status", PLAN_ID, cwd=second.path), "core")[1] == "merged"
    assert cli("start", PLAN_ID, "api", cwd=second.path).exit_code == 0
    removed = cli("remove", PLAN_ID, "core", cwd=second.path)
    assert row(removed, "core") == ["core", "absent", "-", "-"]


@sampled("how", ("merged", "said", "said-with-a-branch"), one_in=2)
def test_a_stage_starts_with_what_landed_elsewhere_and_with_what_did_not(
    repo: Repo, cli: Cli, how: str
) -> None:
    """One of two that it needs is only on the remote, the other only in the target."""
    forge = shared(repo, cli, "core", "api", "ui:core,api")
    for stage in ("core", "api"):
        pushed(repo, cli, stage)
    repo.git("commit", "--quiet", "--all", "--message", "both are complete")
    repo.git("push", "--quiet", "origin", "main")
    forge.git("fetch", "--quiet")
    forge.git("merge", "--quiet", "--ff-only", "origin/main")
    if how == "merged":
        forge.git("merge", "--quiet", "--no-ff", f"origin/{branch('core')}")
        forge.git("push", "--quiet", "origin", "main")
    else:
        squashed(forge, "core")
    landed = forge.head()
    forge.git("push", "--quiet", "origin", "--delete", branch("core"))
    second = clone(repo, "second")
    if how == "said-with-a-branch":
        assert cli("setup", PLAN_ID, cwd=second.path).exit_code == 0
    if how != "merged":
        said = ("mark", PLAN_ID, "core", "complete", "--landed", landed)
        assert cli(*said, cwd=second.path).exit_code == 0

    started = cli("start", PLAN_ID, "ui", "--owner", "ada", "--setup", cwd=second.path)

    assert started.exit_code == 0, started.output
    ui = second.stage(PLAN_ID, "ui")
    assert (ui.read("src/core.txt"), ui.read("src/api.txt")) == ("work\n", "work\n")


def test_a_commit_that_the_target_lacks_has_not_brought_a_stage(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    commit = work(repo, "core")
    result = cli("mark", PLAN_ID, "core", "complete", "--landed", commit, cwd=repo.path)
    assert (result.exit_code, f"main does not have {commit[:10]}" in result.stderr) == (1, True)


def test_a_squash_gets_the_subject_that_is_asked_for(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    subject = "feat({id}): {name} {x}"
    assert cli("merge", PLAN_ID, "--subject", subject, cwd=repo.path).exit_code == 2
    result = cli("merge", PLAN_ID, "--squash", "--subject", subject, cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert repo.git("log", "-1", "--format=%s").strip() == "feat(core): Core {x}"


def test_a_stage_whose_branch_is_only_on_the_remote_is_set_up_before_it_lands(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core")
    pushed(repo, cli, "core")
    repo.commit("the plan's statuses")
    repo.git("push", "--quiet", "origin", "main")
    second = clone(repo, "second")

    refused = cli("merge", PLAN_ID, "core", cwd=second.path)

    take = f"plan-worktree setup {PLAN_ID} core && plan-worktree complete {PLAN_ID} core"
    assert (refused.exit_code, take in refused.stderr) == (1, True)
    for command in take.split(" && "):
        assert cli(*command.split()[1:], cwd=second.path).exit_code == 0
    assert cli("merge", PLAN_ID, "core", cwd=second.path).exit_code == 0
    assert second.read("src/core.txt") == "work\n"
