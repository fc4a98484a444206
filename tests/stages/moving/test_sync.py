"""sync: takes moved dependencies in, and never a conflict."""

from __future__ import annotations

import shutil

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import Repo, run
from tests.world import (
    PLAN_ID,
    Cli,
    base_ref,
    branch,
    cell,
    merge,
    refs,
    row,
    set_up,
    snapshot,
    work,
)

NOTE = "plan-worktree.advancing"


def sync(repo: Repo, cli: Cli, *args: str) -> Result:
    return cli("sync", PLAN_ID, *args, cwd=repo.path)


def sound(repo: Repo, stage: str) -> Repo:
    """Return a stage's worktree, which must be clean, on its branch and without leftovers."""
    there = repo.stage(PLAN_ID, stage)
    assert there.git("status", "--porcelain") == ""
    assert there.git("symbolic-ref", "HEAD") == f"refs/heads/{branch(stage)}"
    assert not list((repo.path / ".git").glob(f"worktrees/*/{NOTE}*"))
    return there


def test_a_moved_dependency_is_merged_into_a_branch_with_commits(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    own, core = work(repo, "api"), work(repo, "core")

    result = sync(repo, cli, "api")

    assert result.exit_code == 0
    assert row(result, "api")[1] == "merged"
    there = sound(repo, "api")
    assert there.git("rev-parse", "HEAD^1", "HEAD^2").split() == [own, core]
    assert there.git("log", "-1", "--format=%s%n%an") == (
        f"Merge {branch('core')} into {branch('api')}\nAda Example"
    )
    assert there.read("core.txt") == "work\n"
    again = sync(repo, cli, "api")
    assert row(again, "api")[1] == "current"
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "api", "FLAGS") == "-"


def test_an_untouched_branch_is_moved_with_its_base(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    core = work(repo, "core")

    result = sync(repo, cli, "api")

    assert row(result, "api")[1] == "forwarded"
    assert sound(repo, "api").head() == core
    assert refs(repo)[base_ref("api")] == core


def test_a_plan_is_brought_up_to_date_in_the_order_of_dependencies(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    for stage in ("core", "api", "search"):
        work(repo, stage)

    result = sync(repo, cli)

    assert result.exit_code == 0, result.output
    actions = {s: row(result, s)[1] for s in ("api", "ui", "docs", "search", "release")}
    assert actions == {
        "api": "merged",
        "ui": "forwarded",
        "docs": "forwarded",
        "search": "merged",
        "release": "forwarded",
    }
    release = sound(repo, "release")
    for stage in ("core", "api", "search"):
        assert release.read(f"{stage}.txt") == "work\n"
    assert sync(repo, cli).stdout == "every stage has what it depends on\n"


def test_a_dependency_that_landed_is_taken_from_the_target(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    work(repo, "api")
    work(repo, "core")
    merge(repo, "core", "--squash")
    repo.commit("land core")

    assert row(sync(repo, cli, "api"), "api")[1] == "merged"

    assert sound(repo, "api").head("HEAD^2") == repo.head()


def conflict(repo: Repo, cli: Cli) -> tuple[str, str]:
    """Let api and core make the same file; return their commits."""
    set_up(repo, cli)
    repo.stage(PLAN_ID, "core").write("clean.txt", "merges\n")
    return work(repo, "api", "same.txt", "api\n"), work(repo, "core", "same.txt", "core\n")


@pytest.mark.parametrize("args", (("api",), ("api", "--dry-run"), ()))
def test_a_conflict_changes_nothing_and_names_the_files(
    repo: Repo, cli: Cli, args: tuple[str, ...]
) -> None:
    own, _ = conflict(repo, cli)
    files = snapshot(repo.stage(PLAN_ID, "api").path)

    result = sync(repo, cli, *args)

    assert result.exit_code == 1
    assert row(result, "api")[1] == "conflict"
    said = f"stage api: conflicts with {branch('core')} in same.txt; nothing was changed: "
    assert said in result.stderr
    assert result.stderr.splitlines()[0].endswith(f"plan-worktree sync {PLAN_ID} api --resolve")
    assert snapshot(repo.stage(PLAN_ID, "api").path) == files
    assert sound(repo, "api").head() == own


def test_resolve_leaves_the_merge_open_as_git_would(repo: Repo, cli: Cli) -> None:
    own, core = conflict(repo, cli)
    there = repo.stage(PLAN_ID, "api")

    result = sync(repo, cli, "api", "--resolve")

    assert result.exit_code == 1
    assert row(result, "api")[1] == "opened"
    assert there.git("status", "--porcelain") == "A  clean.txt\nAA same.txt"
    assert there.read("same.txt") == (
        f"<<<<<<< HEAD\napi\n=======\ncore\n>>>>>>> refs/heads/{branch('core')}\n"
    )
    assert there.git("rev-parse", "MERGE_HEAD") == core
    again = sync(repo, cli, "api")
    assert again.exit_code == 1
    assert "is in the middle of a merge" in again.stderr
    there.write("same.txt", "both\n")
    there.git("add", "same.txt")
    there.git("commit", "--quiet", "--no-edit")
    assert there.git("rev-parse", "HEAD^1", "HEAD^2").split() == [own, core]
    assert there.git("log", "-1", "--format=%s") == f"Merge {branch('core')} into {branch('api')}"
    assert row(sync(repo, cli, "api"), "api")[1] == "current"


def test_what_merges_is_taken_in_before_the_rest_is_left_open(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "a", "b", "c:a,b", "d:c")
    for stage, name in (("a", "clean.txt"), ("b", "same.txt"), ("c", "same.txt")):
        own = work(repo, stage, name, f"{stage}\n")

    result = cli("sync", PLAN_ID, "--resolve", "--json", cwd=repo.path)

    steps = {step["id"]: step for step in result.json()["stages"]}
    assert (steps["c"]["action"], steps["c"]["before"]) == ("opened", own)
    there = repo.stage(PLAN_ID, "c")
    assert steps["c"]["after"] == there.head() != own
    assert there.read("clean.txt") == "a\n"
    assert steps["d"]["action"] == "refused"  # what it needs does not merge yet


def test_an_untouched_branch_gets_the_merge_that_what_it_needs_asks_for(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "a", "b", "c:a,b")
    tips = [work(repo, stage, "same.txt", f"{stage}\n") for stage in ("a", "b")]
    there = repo.stage(PLAN_ID, "c")
    before = there.head()

    for words in (("c",), ("--resolve",), ("c", "--resolve", "--dry-run")):
        refused = sync(repo, cli, *words)
        assert refused.exit_code == 1
        assert f"plan-worktree sync {PLAN_ID} c --resolve" in refused.output
        assert there.head() == before
    result = cli("sync", PLAN_ID, "c", "--resolve", "--json", cwd=repo.path)

    (step,) = result.json()["stages"]
    assert (step["action"], step["before"]) == ("opened", before)
    assert {there.head(), there.head("MERGE_HEAD")} == set(tips)
    assert repo.head(base_ref("c")) == there.head()
    assert there.git("status", "--porcelain") == "AA same.txt"


def test_an_opened_merge_can_be_aborted(repo: Repo, cli: Cli) -> None:
    own, _ = conflict(repo, cli)
    sync(repo, cli, "api", "--resolve")
    repo.stage(PLAN_ID, "api").git("merge", "--abort")

    there = sound(repo, "api")
    assert there.head() == own
    assert not (there.path / "clean.txt").exists()


@sampled("ours", ("modify", "delete", "rename", "binary"), one_in=2)
def test_every_kind_of_conflict_is_left_open_like_git_merge_does(
    repo: Repo, cli: Cli, ours: str
) -> None:
    repo.write("file.txt", "".join(f"{n}\n" for n in range(30)))
    repo.write("blob.bin", bytes(range(256)))
    set_up(repo, cli, "core", "api:core")
    api, core = repo.stage(PLAN_ID, "api"), repo.stage(PLAN_ID, "core")
    core.write("file.txt", "other\n" + "".join(f"{n}\n" for n in range(1, 30)))
    core.write("blob.bin", b"\x00core")
    core.commit("core")
    if ours == "delete":
        api.git("rm", "--quiet", "file.txt")
    elif ours == "rename":
        api.git("mv", "file.txt", "moved.txt")
        api.write("moved.txt", "mine\n" + "".join(f"{n}\n" for n in range(1, 30)))
    elif ours == "binary":
        api.write("blob.bin", b"\x00api")
    else:
        api.write("file.txt", "mine\n")
    own = api.commit("api")

    assert sync(repo, cli, "api", "--resolve").exit_code == 1

    found = api.git("ls-files", "--stage"), api.git("status", "--porcelain")
    api.git("merge", "--abort")
    assert sound(repo, "api").head() == own
    theirs = f"refs/heads/{branch('core')}"
    assert run("git", "merge", "--quiet", "--no-edit", theirs, cwd=api.path).exit_code == 1
    assert (api.git("ls-files", "--stage"), api.git("status", "--porcelain")) == found


@pytest.mark.parametrize("name", ("README.md", "staged.txt"))
def test_uncommitted_changes_refuse_it(repo: Repo, cli: Cli, name: str) -> None:
    set_up(repo, cli)
    work(repo, "core")
    own = work(repo, "api")
    there = repo.stage(PLAN_ID, "api")
    there.write(name, "changed\n")
    there.git("add", name)

    result = sync(repo, cli, "api")

    assert result.exit_code == 1
    assert f"stage api: {name} is in no commit" in result.stderr
    assert there.head() == own
    every = sync(repo, cli)
    assert every.exit_code == 1
    assert row(every, "api")[1] == "refused"
    assert row(every, "ui")[1] == "forwarded"


@pytest.mark.parametrize("touched", (True, False))
def test_untracked_files_stay_and_those_in_the_way_refuse_it(
    repo: Repo, cli: Cli, touched: bool
) -> None:
    set_up(repo, cli)
    if touched:
        work(repo, "api")
    work(repo, "core")
    there = repo.stage(PLAN_ID, "api")
    there.write("mine.txt", "untracked\n")
    there.write("core.txt", "in the way\n")
    head = there.head()

    refused = sync(repo, cli, "api")

    assert refused.exit_code == 1
    assert "core.txt" in refused.stderr
    assert (there.head(), there.read("core.txt")) == (head, "in the way\n")
    (there.path / "core.txt").unlink()
    assert sync(repo, cli, "api").exit_code == 0
    assert there.read("mine.txt") == "untracked\n"
    assert there.read("core.txt") == "work\n"


def test_files_and_folders_may_change_places(repo: Repo, cli: Cli) -> None:
    repo.write("a", "file\n")
    repo.write("b/c", "in a folder\n")
    set_up(repo, cli, "core", "api:core")
    core = repo.stage(PLAN_ID, "core")
    core.git("rm", "--quiet", "-r", "a", "b")
    core.write("a/x", "now a folder\n")
    core.write("b", "now a file\n")
    core.commit("swap")
    work(repo, "api")

    assert sync(repo, cli, "api").exit_code == 0

    there = sound(repo, "api")
    assert (there.read("a/x"), there.read("b")) == ("now a folder\n", "now a file\n")


def test_a_stage_that_cannot_be_worked_on_is_refused_with_the_mend(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    work(repo, "core")
    shutil.rmtree(repo.stage(PLAN_ID, "api").path)
    repo.stage(PLAN_ID, "ui").git("switch", "--quiet", "--detach")

    gone, detached = sync(repo, cli, "api"), sync(repo, cli, "ui")

    assert (gone.exit_code, detached.exit_code) == (1, 1)
    assert gone.stderr.endswith(f"is gone: plan-worktree setup {PLAN_ID} api\n")
    assert "has a detached HEAD checked out" in detached.stderr


def test_a_dry_run_predicts_and_changes_nothing(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    for stage in ("core", "api"):
        work(repo, stage)
    before = snapshot(repo.path.parent)

    result = sync(repo, cli, "--dry-run")

    assert result.exit_code == 0
    assert (row(result, "api")[1], row(result, "ui")[1]) == ("merged", "forwarded")
    assert snapshot(repo.path.parent) == before


def test_in_a_worktree_sync_is_about_that_stage(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    work(repo, "ui")
    work(repo, "core")

    result = cli("sync", "--json", cwd=repo.stage(PLAN_ID, "api").path).json()

    assert [stage["id"] for stage in result["stages"]] == ["api"]
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "ui", "FLAGS") == "stale"


def test_sparse_checkouts_stay_sparse(repo: Repo, cli: Cli) -> None:
    repo.write("in/a.txt", "a\n")
    repo.write("out/b.txt", "b\n")
    set_up(repo, cli, "core", "api:core")
    there = repo.stage(PLAN_ID, "api")
    there.git("sparse-checkout", "set", "in")
    core = repo.stage(PLAN_ID, "core")
    core.write("in/new.txt", "new\n")
    core.write("out/new.txt", "new\n")
    core.commit("both")
    work(repo, "api", "in/own.txt")

    assert sync(repo, cli, "api").exit_code == 0

    assert sound(repo, "api").read("in/new.txt") == "new\n"
    assert not (there.path / "out").exists()


def test_sync_names_a_file_that_a_folder_is_in_the_way_of_as_it_is_called(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api:core")
    work(repo, "core", "notes", "a file\n")
    work(repo, "api", "notes/inside.txt", "a folder\n")

    result = cli("sync", PLAN_ID, "api", "--json", cwd=repo.path)

    assert result.json()["stages"][0]["files"] == ["notes"]
