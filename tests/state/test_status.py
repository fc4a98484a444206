"""status: what git says about every stage, in every state that can be reached."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from plan_worktree.plan.graph import stage_graph
from plan_worktree.plan.model import read_plan
from plan_worktree.state.branches.ends import Branch
from plan_worktree.state.status import DONE, State, Work, derive
from tests.support import Repo, Stage, checked
from tests.world import (
    PLAN_ID,
    STAGES,
    Cli,
    base_ref,
    branch,
    cell,
    merge,
    refs,
    row,
    set_up,
    shop,
    snapshot,
    work,
)


def states(repo: Repo, cli: Cli) -> dict[str, str]:
    return {stage["id"]: stage["state"] for stage in entries(repo, cli)}


def entries(repo: Repo, cli: Cli) -> list[dict[str, Any]]:
    result = cli("status", PLAN_ID, "--json", cwd=repo.path)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = result.json()["stages"]
    return found


def test_before_setup_the_first_stage_is_ready_and_the_rest_waits(repo: Repo, cli: Cli) -> None:
    shop(repo)

    assert states(repo, cli) == {s: "ready" if s == "core" else "waiting" for s in STAGES}


def test_a_stage_is_in_progress_by_a_commit_of_its_own(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    work(repo, "core")

    assert states(repo, cli) == {"core": "in-progress", "api": "waiting"}


@pytest.mark.parametrize("name", ("README.md", "new.txt"))
def test_a_stage_is_in_progress_by_what_is_not_committed(repo: Repo, cli: Cli, name: str) -> None:
    set_up(repo, cli, "core")
    repo.stage(PLAN_ID, "core").write(name, "half a sentence")

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert row(result, "core")[1:4] == ["in-progress", "not-started", "dirty"]


def test_an_ignored_file_is_no_progress(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", "*.log\n")
    set_up(repo, cli, "core")
    repo.stage(PLAN_ID, "core").write("debug.log", "noise\n")

    assert states(repo, cli) == {"core": "ready"}


def test_a_declared_block_counts_until_the_work_is_merged(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, Stage("core", status="blocked"), "api:core")
    work(repo, "core")
    assert states(repo, cli) == {"core": "blocked", "api": "waiting"}

    merge(repo, "core")

    assert states(repo, cli) == {"core": "merged", "api": "ready"}


def test_a_declared_complete_frees_what_depends_on_it(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core", status="complete"), "api:core", "ui:api")

    assert states(repo, cli) == {"core": "complete", "api": "ready", "ui": "waiting"}


def test_a_declared_start_alone_is_not_what_git_says(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core", status="in-progress"))

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert row(result, "core")[1:3] == ["ready", "in-progress"]


@pytest.mark.parametrize("flags", (("--no-ff", "-m", "land"), ("--ff-only",)))
def test_a_stage_is_merged_once_its_commits_are_in_the_target(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core", "api:core")
    work(repo, "core")
    merge(repo, "core", *flags)

    assert states(repo, cli) == {"core": "merged", "api": "ready"}


def test_a_stage_with_new_commits_after_its_merge_is_in_progress_again(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    work(repo, "core")
    merge(repo, "core")
    work(repo, "core", "more.txt")

    assert states(repo, cli) == {"core": "in-progress"}


def test_an_untouched_branch_is_never_merged_however_far_the_target_moves(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api:core")
    repo.write("later.txt", "later\n")
    repo.commit()

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert row(result, "core")[1] == "ready"
    assert "VS main" not in result.stdout  # nobody has to care how far it is behind
    assert row(result, "api")[1] == "waiting"


@pytest.mark.parametrize("how", ("merge", "rebase"))
def test_a_branch_brought_up_to_the_target_without_work_is_never_merged(
    repo: Repo, cli: Cli, how: str
) -> None:
    """The first thing many agents do in a fresh worktree."""
    set_up(repo, cli, "core", "api:core")
    repo.write("later.txt", "later\n")
    repo.commit()
    repo.stage(PLAN_ID, "core").git(how, "--quiet", "main")

    assert states(repo, cli) == {"core": "ready", "api": "waiting"}


def test_a_stage_whose_commits_were_made_elsewhere_is_merged_once_they_have_landed(
    repo: Repo, cli: Cli
) -> None:
    """An agent on another machine pushed them; here they only ever arrived by pull."""
    set_up(repo, cli, "core", "api:core")
    elsewhere = repo.path.parent / "elsewhere"
    checked("git", "clone", "--quiet", "--branch", branch("core"), repo.path, elsewhere)
    Repo(elsewhere).write("core.txt", "work\n")
    Repo(elsewhere).commit()
    repo.stage(PLAN_ID, "core").git("pull", "--quiet", "--ff-only", str(elsewhere), branch("core"))
    assert states(repo, cli) == {"core": "in-progress", "api": "waiting"}

    merge(repo, "core")

    assert states(repo, cli) == {"core": "merged", "api": "ready"}


def test_a_stage_of_a_bare_clone_is_merged_once_its_commits_have_landed(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    shop(repo, "core")
    checked("git", "clone", "--quiet", "--bare", repo.path, tmp_path / "bare/project.git")
    Repo(tmp_path / "bare/project.git").git("worktree", "add", "--quiet", "../main", "main")
    home = Repo(tmp_path / "bare/main")
    cli("setup", PLAN_ID, cwd=home.path)
    work(home, "core")
    merge(home, "core", "--ff-only")

    assert states(home, cli) == {"core": "merged"}


def test_a_merged_stage_stays_merged_after_its_worktree_and_branch_are_gone(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api:core")
    work(repo, "core")
    merge(repo, "core")
    assert cli("remove", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    assert branch("core") not in repo.branches()

    assert states(repo, cli) == {"core": "merged", "api": "ready"}


def test_a_second_setup_does_not_make_a_landed_and_removed_stage_again(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api:core")
    work(repo, "core")
    merge(repo, "core")
    cli("remove", PLAN_ID, "core", cwd=repo.path)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [["api", "kept"]]
    assert repo.worktrees() == [repo.stage(PLAN_ID, "api").path]


def test_setup_of_a_plan_that_has_landed_and_was_removed_has_nothing_to_do(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    work(repo, "core")
    merge(repo, "core")
    cli("remove", PLAN_ID, cwd=repo.path)
    before = snapshot(repo.path.parent)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert result.stderr == "every stage has landed: nothing to set up\n"
    assert snapshot(repo.path.parent) == before


def test_status_and_setup_agree_about_a_landed_stage_that_was_made_again(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    work(repo, "core")
    merge(repo, "core")
    cli("remove", PLAN_ID, cwd=repo.path)
    cli("setup", PLAN_ID, "core", cwd=repo.path)
    cli("remove", PLAN_ID, cwd=repo.path)

    state = states(repo, cli)["core"]
    again = cli("setup", PLAN_ID, cwd=repo.path)

    assert (state == "merged") == ("nothing to set up" in again.stderr)


def test_a_missing_directory_is_flagged_and_the_branch_still_counts(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    commit = work(repo, "core")
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert row(result, "core")[1:6] == ["in-progress", "not-started", "1", "ahead", "missing"]
    entry = entries(repo, cli)[0]
    assert (entry["missing"], entry["dirty"], entry["head"]) == (True, None, commit)
    assert entry["worktree"] == str(repo.stage(PLAN_ID, "core").path)


def test_status_shows_where_a_worktree_was_moved_to(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    moved = repo.path.parent / "moved"
    repo.git("worktree", "move", str(repo.stage(PLAN_ID, "core").path), str(moved))

    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "WORKTREE") == "../moved"
    wide = cli("status", PLAN_ID, "--wide", cwd=repo.path)
    assert cell(wide, "core", "WORKTREE") == str(moved)


def test_status_names_all_a_stage_waits_for(repo: Repo, cli: Cli) -> None:
    shop(repo)

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert "for api, ui" in result.stdout
    assert [entry["waiting_for"] for entry in entries(repo, cli)] == [
        [], ["core"], ["core"], ["core"], ["api", "ui"], ["search", "docs"],
    ]  # fmt: skip


def test_status_counts_commits_ahead_of_and_behind_the_target(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    work(repo, "core")
    work(repo, "core", "two.txt")
    repo.write("later.txt", "later\n")
    repo.commit()

    entry = entries(repo, cli)[0]

    assert (entry["ahead"], entry["behind"]) == (2, 1)


def test_status_json_has_the_keys_of_the_design_and_their_values(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api:core")
    start = repo.head()
    cli("setup", PLAN_ID, "core", cwd=repo.path)
    commit = work(repo, "core")

    result = cli("status", PLAN_ID, "--json", cwd=repo.path).json()

    keys = ("owner", "claimed_at", "seen_at", "quiet", "built_by", "verified", "landed", "accepted")
    nothing = dict.fromkeys((*keys, "blocked", "drift", "elsewhere", "request"))
    nothing_yet = nothing | {"todo": {"done": 0, "total": 2}}
    assert result == {
        "kind": "status",
        "version": 1,
        "plan_id": PLAN_ID,
        "target": "main",
        "upstream": None,
        "stages": [
            nothing_yet
            | {
                "id": "core",
                "name": "Core",
                "declared": "not-started",
                "state": "in-progress",
                "branch": branch("core"),
                "slot": 0,
                "worktree": str(repo.stage(PLAN_ID, "core").path),
                "base": start,
                "head": commit,
                "ahead": 1,
                "behind": 0,
                "upstream": None,
                "dirty": False,
                "stale": False,
                "missing": False,
                "depends_on": [],
                "waiting_for": [],
            },
            nothing_yet
            | {
                "id": "api",
                "name": "Api",
                "declared": "not-started",
                "state": "waiting",
                "branch": branch("api"),
                "slot": None,
                "worktree": None,
                "base": None,
                "head": None,
                "ahead": None,
                "behind": None,
                "upstream": None,
                "dirty": None,
                "stale": None,
                "missing": False,
                "depends_on": ["core"],
                "waiting_for": ["core"],
            },
        ],
        "orphans": [],
        "problems": [],
        "shared": None,
    }


def test_status_changes_no_byte(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    work(repo, "core")
    repo.stage(PLAN_ID, "api").write("README.md", "# A project\n")  # same content, new time
    before = snapshot(repo.path.parent)

    cli("status", PLAN_ID, cwd=repo.path)

    assert snapshot(repo.path.parent) == before


@pytest.mark.parametrize("stand", ("unborn", "detached"))
def test_status_without_a_target_counts_nothing(repo: Repo, cli: Cli, stand: str) -> None:
    shop(repo, "core")
    if stand == "unborn":
        repo.git("switch", "--quiet", "--orphan", "empty")
        repo.plan(PLAN_ID, "core")
    else:
        repo.git("checkout", "--quiet", "--detach")

    result = cli("status", PLAN_ID, "--json", cwd=repo.path)

    assert result.exit_code == 0
    assert result.json()["target"] == ("empty" if stand == "unborn" else None)
    assert result.json()["stages"][0]["ahead"] is None


def test_status_sees_a_stage_that_is_being_rebased(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    work(repo, "core", "README.md", "theirs\n")
    repo.write("README.md", "ours\n")
    repo.commit()
    there = repo.stage(PLAN_ID, "core")
    with pytest.raises(AssertionError, match="could not apply"):
        there.git("rebase", "--quiet", "main")

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert row(result, "core")[1] == "in-progress"
    assert "dirty" in row(result, "core")
    assert cell(result, "core", "WORKTREE") == os.path.relpath(there.path, repo.path)


def test_a_branch_that_is_not_the_plans_is_not_taken_for_its_work(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core"), "api:core")
    repo.git("worktree", "add", "--quiet", "-b", branch("core"), "../mine")
    Repo(repo.path.parent / "mine").write("draft.txt", "theirs\n")

    entry = entries(repo, cli)[0]

    assert (entry["state"], entry["worktree"], entry["base"]) == ("ready", None, None)


TWO = read_plan(
    {
        "stages": [
            {"id": "a", "branch": "a", "status": "not-started"},
            {"id": "b", "branch": "b", "status": "complete", "depends_on": ["a"]},
            {"id": "c", "branch": "c", "status": "blocked", "depends_on": ["b"]},
            {"id": "d", "branch": "d", "status": "in-progress", "depends_on": ["c"]},
        ]
    }
)


def test_a_stage_that_began_before_its_turn_is_in_progress_and_still_waits() -> None:
    work_of = dict.fromkeys("abcd", Work()) | {
        "d": Work(branch=Branch("1", "2", 1, 0, has_own_commits=True))
    }

    found = {r.stage.id: r for r in derive(TWO, stage_graph(TWO), work_of)}

    assert [found[s].state for s in "abcd"] == [
        State.READY, State.COMPLETE, State.BLOCKED, State.IN_PROGRESS,
    ]  # fmt: skip
    assert [found[s].waiting_for for s in "abcd"] == [(), ("a",), (), ("c",)]


def test_merged_is_stronger_than_every_declaration() -> None:
    landed = Work(branch=Branch("1", "2", 0, 3, has_own_commits=True, has_landed=True))

    found = derive(TWO, stage_graph(TWO), dict.fromkeys("abcd", landed))

    assert {report.state for report in found} == {State.MERGED}
    assert State.MERGED in DONE


def test_a_branch_without_commits_of_its_own_is_neither_started_nor_merged() -> None:
    moved = Work(branch=Branch("1", "2", 0, 0, has_own_commits=False))

    found = list(derive(TWO, stage_graph(TWO), dict.fromkeys("abcd", moved)))

    assert found[0].state is State.READY


def test_the_base_ref_is_what_tells_an_untouched_branch(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    assert refs(repo)[base_ref("core")] == refs(repo)[f"refs/heads/{branch('core')}"]
    assert states(repo, cli) == {"core": "ready"}
