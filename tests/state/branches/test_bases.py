"""Which commit a new stage starts from: one that has the work of everything it needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import landings
from tests.landings import overwrite, rebase, shift, squash
from tests.result import Result
from tests.support import Repo
from tests.world import (
    PLAN_ID,
    Cli,
    base_ref,
    branch,
    follow,
    merge,
    refs,
    row,
    shop,
    snapshot,
    work,
)


def begin(repo: Repo, cli: Cli, *stages: str, first: int = 1) -> None:
    """Commit the plan and set its first stages up."""
    shop(repo, *stages)
    names = [stage.partition(":")[0] for stage in stages[:first]]
    result = cli("setup", PLAN_ID, *names, cwd=repo.path)
    assert result.exit_code == 0, result.output


def base(repo: Repo, cli: Cli, stage: str) -> str:
    """Set a stage up and return the commit it starts from, which must be pinned and shown."""
    result = cli("setup", PLAN_ID, stage, cwd=repo.path)
    assert result.exit_code == 0, result.output
    head = repo.stage(PLAN_ID, stage).head()
    assert row(result, stage)[1:4] == ["created", branch(stage), head[:10]]
    assert refs(repo)[base_ref(stage)] == head
    assert repo.stage(PLAN_ID, stage).git("status", "--porcelain") == ""
    return head


def refused(repo: Repo, cli: Cli, *stages: str) -> Result:
    """Set up with and without --dry-run: both must refuse alike and leave every byte as it was."""
    before = snapshot(repo.path.parent)
    dry = cli("setup", PLAN_ID, *stages, "--dry-run", cwd=repo.path)
    assert snapshot(repo.path.parent) == before
    result = cli("setup", PLAN_ID, *stages, cwd=repo.path)
    assert (dry.exit_code, dry.stderr) == (result.exit_code, result.stderr) == (1, result.stderr)
    changed = before.items() ^ snapshot(repo.path.parent).items()
    assert all("/objects/" in name for name, _ in changed), "more than what tried merges leave"
    return result


def parents(repo: Repo, commit: str) -> list[str]:
    return repo.git("log", "-1", "--format=%P", commit).split()


def test_a_stage_starts_from_the_target_while_its_dependency_has_no_commits(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api:core")
    repo.write("later.txt", "later\n")
    later = repo.commit()

    assert base(repo, cli, "api") == later


def test_a_stage_starts_from_the_target_when_its_dependency_only_caught_up(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api:core")
    repo.write("later.txt", "later\n")
    repo.commit()
    repo.stage(PLAN_ID, "core").git("merge", "--quiet", "main")
    repo.write("latest.txt", "latest\n")
    latest = repo.commit()

    assert base(repo, cli, "api") == latest


def test_a_stage_starts_from_the_target_when_its_dependency_was_never_set_up(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api:core")

    assert base(repo, cli, "api") == repo.head()


@pytest.mark.parametrize("removed", (False, True))
@pytest.mark.parametrize("land", (merge, squash), ids=("merge", "squash"))
def test_a_stage_starts_from_the_target_when_its_dependency_has_landed(
    repo: Repo, cli: Cli, land: Callable[[Repo, str], None], removed: bool
) -> None:
    begin(repo, cli, "core", "api:core")
    work(repo, "core")
    land(repo, "core")
    if removed:
        assert cli("remove", PLAN_ID, "core", cwd=repo.path).exit_code == 0

    assert base(repo, cli, "api") == repo.head()

    assert repo.stage(PLAN_ID, "api").read("core.txt") == "work\n"


@pytest.mark.parametrize("land", (squash, rebase), ids=("squash", "rebase"))
def test_a_stage_starts_from_the_target_which_changed_what_its_dependency_had_landed(
    repo: Repo, cli: Cli, land: Callable[[Repo, str], None]
) -> None:
    landings.ready(repo, cli, "core")
    repo.plan(PLAN_ID, "core", "api:core")
    repo.commit("a plan of two")
    landings.work(repo, "core")
    shift(repo, "core")
    land(repo, "core")
    overwrite(repo, "core")

    assert base(repo, cli, "api") == repo.head()


def test_a_stage_starts_from_the_tip_of_its_dependency(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api:core")
    tip = work(repo, "core")
    repo.write("later.txt", "later\n")
    repo.commit()

    assert base(repo, cli, "api") == tip


def test_a_stage_starts_from_the_tip_of_a_dependency_that_was_removed_by_force(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api:core")
    tip = work(repo, "core")
    gone = cli("remove", PLAN_ID, "core", "--force", "--delete-branch", cwd=repo.path)
    assert gone.exit_code == 0, gone.output
    assert branch("core") not in repo.branches()

    assert base(repo, cli, "api") == tip


def test_a_stage_starts_from_what_its_dependencys_dependency_has(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api:core", "ui:api", first=2)
    tip = work(repo, "core")

    assert base(repo, cli, "ui") == tip


def test_a_stage_starts_from_the_last_of_a_chain_that_has_it_all(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api:core", "ui:core,api")
    work(repo, "core")
    base(repo, cli, "api")
    tip = work(repo, "api")

    assert base(repo, cli, "ui") == tip


def test_a_stage_of_several_dependencies_starts_from_a_commit_of_all(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api", "docs", "ui:core,api,docs", first=3)
    tips = [work(repo, stage) for stage in ("core", "api", "docs")]

    start = base(repo, cli, "ui")

    ui = repo.stage(PLAN_ID, "ui")
    assert [ui.read(f"{stage}.txt") for stage in ("core", "api", "docs")] == ["work\n"] * 3
    assert parents(repo, start) == tips
    assert repo.git("log", "--format=%an: %s; %b", "--first-parent", f"main..{start}") == (
        f"plan-worktree: Merge what ui builds on into {branch('ui')}; "
        f"Base of a stage of {PLAN_ID}.\n\n"
        "Ada Example: work on core; "
    )
    assert [repo.head(branch(stage)) for stage in ("core", "api", "docs")] == tips


@pytest.mark.second
def test_the_commit_of_several_dependencies_is_the_same_when_it_is_made_again(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", first=2)
    work(repo, "core")
    work(repo, "api")
    first = base(repo, cli, "ui")
    dry = cli("setup", PLAN_ID, "ui", "--dry-run", cwd=repo.path)
    assert row(dry, "ui")[1] == "kept"
    assert cli("remove", PLAN_ID, "ui", cwd=repo.path).exit_code == 0
    repo.git("gc", "--quiet", "--prune=now")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    repo.git("config", "commit.encoding", "latin1")

    assert base(repo, cli, "ui") == first


def test_setup_dry_run_shows_the_commit_of_several_dependencies_and_makes_no_object(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", first=2)
    work(repo, "core")
    work(repo, "api")
    before = snapshot(repo.path.parent)

    shown = row(cli("setup", PLAN_ID, "ui", "--dry-run", cwd=repo.path), "ui")[3]

    assert snapshot(repo.path.parent) == before
    assert shown == base(repo, cli, "ui")[:10]


def test_a_diamond_needs_only_the_tips_that_have_the_rest(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api:core", "ui:core", "search:api,ui")
    work(repo, "core")
    base(repo, cli, "api")
    base(repo, cli, "ui")
    tips = [work(repo, "api"), work(repo, "ui")]

    assert parents(repo, base(repo, cli, "search")) == tips


def test_a_stage_that_needs_open_and_landed_work_starts_from_both(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", first=2)
    work(repo, "core")
    squash(repo, "core")
    landed = repo.head()
    tip = work(repo, "api")

    assert parents(repo, base(repo, cli, "ui")) == [landed, tip]

    assert repo.stage(PLAN_ID, "ui").read("core.txt") == "work\n"


def test_a_stage_starts_from_an_open_dependency_that_already_has_the_landed_one(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api:core", "ui:core,api")
    work(repo, "core")
    base(repo, cli, "api")
    tip = work(repo, "api")
    merge(repo, "core")

    assert base(repo, cli, "ui") == tip


def test_dependencies_that_do_not_merge_refuse_the_stage_and_name_the_files(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", "docs:core", first=2)
    for stage in ("core", "api"):
        for name in ("same.txt", "bücher and more.txt"):
            work(repo, stage, name, f"by {stage}\n")

    result = refused(repo, cli)

    assert result.stderr == (
        "refused: stage ui: what it needs does not merge: api conflicts with core in "
        "bücher and more.txt, same.txt: merge one into the other in its worktree, then run "
        f"this again: git -C {repo.stage(PLAN_ID, 'api').path} merge {branch('core')}\n"
    )
    assert repo.branches() == [branch("api"), branch("core"), "main"]


@pytest.mark.second
def test_a_stage_is_set_up_after_its_dependencies_were_merged_as_advised(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", first=2)
    work(repo, "core", "same.txt", "by core\n")
    work(repo, "api", "same.txt", "by api\n")
    said = refused(repo, cli, "ui")
    api = repo.stage(PLAN_ID, "api")

    assert "CONFLICT" in follow(said, "git -C", repo.path).stdout
    api.git("checkout", "--quiet", "--ours", "same.txt")
    api.git("commit", "--quiet", "--all", "--no-edit")

    assert base(repo, cli, "ui") == api.head()


def test_a_landed_and_an_open_dependency_that_do_not_merge_name_the_target(
    repo: Repo, cli: Cli
) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", first=2)
    work(repo, "core", "same.txt", "by core\n")
    squash(repo, "core")
    work(repo, "api", "same.txt", "by api\n")

    said = refused(repo, cli, "ui")
    assert "api conflicts with the target in same.txt" in said.stderr
    assert "CONFLICT" in follow(said, "git -C", repo.path).stdout


@pytest.mark.second
def test_dependencies_without_a_worktree_that_do_not_merge_get_one(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", first=2)
    for stage in ("core", "api"):
        work(repo, stage, "same.txt", f"by {stage}\n")
        repo.git("worktree", "remove", str(repo.stage(PLAN_ID, stage).path))

    said = refused(repo, cli, "ui").stderr

    assert f"in its worktree: plan-worktree setup {PLAN_ID} api" in said
    assert cli("setup", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    assert f"git -C {repo.stage(PLAN_ID, 'api').path} merge" in refused(repo, cli, "ui").stderr


def test_many_conflicting_files_are_not_all_named(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", first=2)
    for stage in ("core", "api"):
        for number in range(7):
            repo.stage(PLAN_ID, stage).write(f"{number}.txt", f"by {stage}\n")
        repo.stage(PLAN_ID, stage).commit()

    assert "in 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, …: merge" in refused(repo, cli, "ui").stderr


def test_setup_of_other_stages_is_not_hindered_by_a_conflict(repo: Repo, cli: Cli) -> None:
    begin(repo, cli, "core", "api", "ui:core,api", "docs:core", first=2)
    work(repo, "core", "same.txt", "by core\n")
    work(repo, "api", "same.txt", "by api\n")

    assert base(repo, cli, "docs") == repo.head(branch("core"))
