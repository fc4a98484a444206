"""remove: takes away what has landed or was never begun, and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.removal.remove import plan_remove, plan_remove_gone
from plan_worktree.removal.step import Removal, RemoveOptions, RemoveStep
from plan_worktree.removal.take_away import execute_remove
from plan_worktree.state.repository.facts import Facts, read_facts
from plan_worktree.state.status import read_status
from tests.support import Repo, Stage
from tests.world import (
    PLAN_ID,
    STAGES,
    Cli,
    base_ref,
    branch,
    merge,
    refs,
    row,
    set_up,
    shop,
    snapshot,
    work,
)


def ready(repo: Repo, cli: Cli, *stages: str | Stage) -> Repo:
    """Set the plan up; the first stage has landed work when `stages` are given."""
    set_up(repo, cli, *stages)
    return repo


def saved(repo: Repo, stage: str) -> dict[str, str]:
    folder = f"refs/plan-worktree/{PLAN_ID}/saved/{stage}/"
    return {name: value for name, value in refs(repo).items() if name.startswith(folder)}


def test_remove_of_untouched_stages_leaves_no_trace_but_the_target(repo: Repo, cli: Cli) -> None:
    shop(repo)
    before = refs(repo)
    cli("setup", PLAN_ID, cwd=repo.path)

    result = cli("remove", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert {stage: row(result, stage)[1] for stage in STAGES} == dict.fromkeys(STAGES, "removed")
    assert f"{branch('core')} (deleted)" in result.stdout
    assert result.stderr == ""
    assert repo.worktrees() == []
    assert set(refs(repo)) == {*before, f"refs/plan-worktree/{PLAN_ID}/target"}


def test_remove_of_a_merged_stage_keeps_its_base_and_its_tip(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    base = refs(repo)[base_ref("core")]
    commit = work(repo, "core")
    merge(repo, "core")

    result = cli("remove", PLAN_ID, "core", cwd=repo.path)

    assert row(result, "core")[1] == "removed"
    assert repo.branches() == [branch("api"), "main"]
    assert repo.worktrees() == [repo.stage(PLAN_ID, "api").path]
    assert refs(repo)[base_ref("core")] == base
    assert list(saved(repo, "core").values()) == [commit]
    time = next(iter(saved(repo, "core"))).rpartition("/")[2]
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z", time)


def test_remove_again_finds_nothing_and_changes_nothing(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    work(repo, "core")
    merge(repo, "core")
    cli("remove", PLAN_ID, cwd=repo.path)
    before = snapshot(repo.path.parent)

    result = cli("remove", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert [row(result, stage)[1] for stage in ("core", "api")] == ["absent", "absent"]
    assert snapshot(repo.path.parent) == before


def test_remove_of_a_plan_that_was_never_set_up_finds_nothing(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "absent"


def test_remove_dry_run_prints_every_step_and_changes_no_byte(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    work(repo, "core")
    merge(repo, "core")
    before = snapshot(repo.path.parent)

    result = cli("remove", PLAN_ID, "--dry-run", cwd=repo.path)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split()[:3] == ["STAGE", "WOULD", "BE"]
    assert [row(result, stage)[1] for stage in ("core", "api")] == ["removed", "removed"]
    assert snapshot(repo.path.parent) == before


def test_ignored_files_and_the_pointer_do_not_block_remove(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", "build/\n")
    ready(repo, cli, "core")
    repo.stage(PLAN_ID, "core").write("build/output.bin", "made\n")

    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"

    assert not repo.stage(PLAN_ID, "core").path.exists()


def test_remove_takes_the_folders_it_leaves_empty_and_no_more(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    folder = repo.stage(PLAN_ID, "core").path.parent

    cli("remove", PLAN_ID, "core", cwd=repo.path)
    assert sorted(path.name for path in folder.iterdir()) == ["api"]
    (folder.parent / "notes.txt").write_text("somebody's\n")
    cli("remove", PLAN_ID, "api", cwd=repo.path)

    assert [path.name for path in folder.parent.iterdir()] == ["notes.txt"]


def test_remove_never_takes_the_folder_around_home(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, Stage("core", worktree_path="../core"))

    cli("remove", PLAN_ID, cwd=repo.path)

    assert [path.name for path in repo.path.parent.iterdir()] == ["project"]


def test_remove_inside_home_takes_only_the_empty_folder(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", "/trees/\n")
    ready(repo, cli, Stage("core", worktree_path="trees/core"))

    cli("remove", PLAN_ID, cwd=repo.path)

    assert not (repo.path / "trees").exists()
    assert repo.read("README.md") == "# A project\n"


def test_remove_leaves_the_folders_of_another_root_alone(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-trees"
    repo.git("config", "planWorktree.root", str(outside))
    ready(repo, cli, Stage("core", worktree_path=str(outside / "deep/core")))

    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"

    assert not (outside / "deep/core").exists()
    assert outside.is_dir()


def test_remove_of_a_missing_directory_drops_its_entry_and_branch(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)

    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"

    assert repo.worktrees() == []
    assert repo.branches() == ["main"]


def test_remove_finds_a_worktree_that_was_moved(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")
    moved = repo.path.parent / "moved"
    repo.git("worktree", "move", str(repo.stage(PLAN_ID, "core").path), str(moved))

    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"

    assert not moved.exists()


def test_remove_from_inside_the_stages_worktree_works(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")

    result = cli("remove", cwd=repo.stage(PLAN_ID, "core").path)

    assert row(result, "core")[1] == "removed"
    assert repo.worktrees() == []


def test_remove_gone_drops_only_entries_without_directory_and_keeps_branches(
    repo: Repo, cli: Cli
) -> None:
    ready(repo, cli, "core", "api")
    commit = work(repo, "core")
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)

    result = cli("remove", PLAN_ID, "--gone", cwd=repo.path)

    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [["core", "removed"]]
    assert repo.worktrees() == [repo.stage(PLAN_ID, "api").path]
    assert refs(repo)[f"refs/heads/{branch('core')}"] == commit


def test_remove_gone_without_a_plan_looks_at_all_plans(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")
    other = "2026-02-03-other"
    repo.plan(other, "one")
    cli("setup", other, cwd=repo.path)
    repo.write(".claude/plans/notes.md", "# Just notes\n")
    shutil.rmtree(repo.path.parent / "worktrees")

    result = cli("remove", "--gone", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["core", "one"]
    assert repo.worktrees() == []


def test_remove_gone_dry_run_and_nothing_gone(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")

    assert cli("remove", "--gone", cwd=repo.path).stderr == "nothing to remove\n"

    shutil.rmtree(repo.stage(PLAN_ID, "core").path)
    before = snapshot(repo.path.parent)
    assert row(cli("remove", "--gone", "--dry-run", cwd=repo.path), "core")[1] == "removed"
    assert snapshot(repo.path.parent) == before


def test_remove_gone_leaves_a_locked_entry(repo: Repo, cli: Cli) -> None:
    """The lock says that the directory is away for now, say on another disk."""
    ready(repo, cli, "core")
    repo.git("worktree", "lock", str(repo.stage(PLAN_ID, "core").path))
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)

    assert cli("remove", "--gone", cwd=repo.path).stderr == "nothing to remove\n"

    assert len(repo.worktrees()) == 1


def test_remove_gone_outside_any_repository_asks_for_a_plan(cli: Cli, tmp_path: Path) -> None:
    result = cli("remove", "--gone", cwd=tmp_path)

    assert result.exit_code == 1
    assert result.stderr == f"refused: {tmp_path} is not in a git repository: name a plan\n"


# What happens between the look and the act: the functions are given facts that are out of date.


def look(repo: Repo) -> tuple[Facts, Opened]:
    opened = open_plan(PLAN_ID, repo.path)
    return read_facts(opened.require_home(), opened.plan), opened


def decide(repo: Repo) -> tuple[Facts, list[RemoveStep]]:
    facts, opened = look(repo)
    return facts, plan_remove(
        facts, read_status(facts, opened.graph), opened.plan.stages, RemoveOptions()
    )


def test_a_commit_that_arrives_after_the_look_is_not_lost(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")
    facts, steps = decide(repo)
    commit = work(repo, "core")
    told: list[RemoveStep] = []

    results = execute_remove(facts, steps, RemoveOptions(), lambda _: None, told.append)

    assert [step.action for step in results] == [Removal.FAILED]
    assert told == results
    assert refs(repo)[f"refs/heads/{branch('core')}"] == commit
    assert base_ref("core") in refs(repo)
    assert "was changed while it was being removed: run remove again" in str(results[0].error)


@pytest.mark.parametrize("name", ("README.md", "new.txt"))
def test_an_edit_that_arrives_after_the_look_is_not_lost(repo: Repo, cli: Cli, name: str) -> None:
    ready(repo, cli, "core")
    facts, steps = decide(repo)
    repo.stage(PLAN_ID, "core").write(name, "half a sentence")

    results = execute_remove(facts, steps, RemoveOptions(), lambda _: None, lambda _: None)

    assert results[0].action is Removal.FAILED
    assert "was changed while it was being removed: run remove again" in str(results[0].error)
    assert repo.stage(PLAN_ID, "core").read(name) == "half a sentence"
    assert branch("core") in repo.branches()


def test_one_stages_failure_does_not_stop_the_others(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    facts, steps = decide(repo)
    repo.stage(PLAN_ID, "core").write("new.txt", "half a sentence")

    results = execute_remove(facts, steps, RemoveOptions(), lambda _: None, lambda _: None)

    assert [step.action for step in results] == [Removal.FAILED, Removal.REMOVED]
    assert repo.branches() == [branch("core"), "main"]


def test_a_lock_that_arrives_after_the_look_is_respected(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")
    facts, steps = decide(repo)
    repo.git("worktree", "lock", str(repo.stage(PLAN_ID, "core").path))

    results = execute_remove(facts, steps, RemoveOptions(), lambda _: None, lambda _: None)

    assert results[0].action is Removal.FAILED
    assert repo.stage(PLAN_ID, "core").path.is_dir()


def test_a_directory_that_comes_back_after_the_look_is_kept_with_its_files(
    repo: Repo, cli: Cli
) -> None:
    ready(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")
    away = there.path.rename(repo.path.parent / "away")
    facts, opened = look(repo)
    steps = plan_remove_gone(facts, opened.plan.stages)
    away.rename(there.path)
    there.write("new.txt", "half a sentence")

    results = execute_remove(facts, steps, RemoveOptions(), lambda _: None, lambda _: None)

    assert results[0].action is Removal.FAILED
    assert there.read("new.txt") == "half a sentence"


def test_remove_json_says_whether_the_branch_was_deleted(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    cli("remove", PLAN_ID, "api", cwd=repo.path)

    result = cli("remove", PLAN_ID, "--json", cwd=repo.path).json()

    assert result == {
        "kind": "remove",
        "version": 1,
        "dry_run": False,
        "stages": [
            {
                "id": "core",
                "action": "removed",
                "branch": branch("core"),
                "worktree": str(repo.stage(PLAN_ID, "core").path),
                "branch_deleted": True,
                "saved": None,
                "error": None,
                "why": None,
            },
            {
                "id": "api",
                "action": "absent",
                "branch": branch("api"),
                "worktree": None,
                "branch_deleted": False,
                "saved": None,
                "error": None,
                "why": None,
            },
        ],
    }
