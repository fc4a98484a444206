"""What fails half-way: one stage's failure stops no other, and the next run goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plan_worktree.worktrees.deletion import drop_entry
from tests.slots import slot_ref
from tests.support import Repo, run
from tests.world import (
    LOCK,
    PLAN_ID,
    POINTER,
    STAGES,
    Cli,
    base_ref,
    branch,
    hook,
    keep_from_checkout,
    kill,
    refs,
    row,
    set_up,
    shop,
    start,
    wait_for,
)


def assert_whole(repo: Repo, *stages: str) -> None:
    """Every stage has a worktree with all files, unlocked, and the pointer."""
    assert set(repo.worktrees()) == {repo.stage(PLAN_ID, stage).path for stage in stages}
    assert "\nlocked" not in repo.git("worktree", "list", "--porcelain")
    for stage in stages:
        there = repo.stage(PLAN_ID, stage)
        assert there.git("status", "--porcelain") == "", stage
        assert (there.path / POINTER).is_symlink(), stage


def test_a_failing_checkout_fails_its_stage_and_no_other(repo: Repo, cli: Cli) -> None:
    shop(repo)
    keep_from_checkout(repo, "ui")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert {stage: row(result, stage)[1] for stage in STAGES} == {
        stage: "failed" if stage == "ui" else "created" for stage in STAGES
    }
    assert result.stderr.startswith("stage ui failed: git read-tree")
    assert "the store is away" in result.stderr


def test_setup_goes_on_after_a_failing_checkout_is_fixed(repo: Repo, cli: Cli) -> None:
    shop(repo)
    keep_from_checkout(repo, "ui")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 3
    repo.git("config", "filter.store.smudge", "cat")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert {path.name for path in repo.worktrees()} == set(STAGES)
    assert repo.stage(PLAN_ID, "ui").git("status", "--porcelain") == ""


def test_setup_gives_the_pointer_to_a_stage_whose_hook_failed(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    hook(repo, "post-checkout", "exit 1")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert_whole(repo, "core")


def test_a_checkout_that_fails_takes_branch_and_base_back(repo: Repo, cli: Cli) -> None:
    repo.write(".gitattributes", "*.big filter=store\n")
    repo.write("file.big", "content\n")
    repo.git("config", "filter.store.clean", "cat")
    shop(repo, "core", "api")
    repo.git("config", "filter.store.smudge", "echo 'the store is away' >&2; exit 1")
    repo.git("config", "filter.store.required", "true")
    before = refs(repo)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert "the store is away" in result.stderr
    assert repo.branches() == ["main"]
    assert repo.worktrees() == []
    assert set(refs(repo)) == {*before, f"refs/plan-worktree/{PLAN_ID}/target"}
    repo.git("config", "filter.store.smudge", "cat")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    assert_whole(repo, "core", "api")


def stored(repo: Repo) -> None:
    """Let every checkout fail: a file is kept in a store that is away."""
    repo.write(".gitattributes", "*.big filter=store\n")
    repo.write("file.big", "content\n")
    repo.git("config", "filter.store.clean", "cat")
    repo.commit("a file in a store")
    repo.git("config", "filter.store.smudge", "exit 1")
    repo.git("config", "filter.store.required", "true")


def test_a_checkout_that_fails_leaves_a_base_that_was_there_before(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    cli("setup", PLAN_ID, cwd=repo.path)
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.git("branch", "-D", branch("core"))
    stored(repo)
    before = refs(repo)
    before.pop(slot_ref("core"))  # of the worktree that is gone

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 3

    assert refs(repo) == before


def test_setup_goes_on_that_was_killed_over_taking_a_branch_back(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    stored(repo)
    name = f"refs/heads/{branch('core')}"
    deleted = f'grep -q "0000 {name}$" && ! git show-ref --quiet --verify {name}'
    deadly = hook(repo, "reference-transaction", f"if {deleted}; then kill -KILL 0; fi")
    process = start("setup", PLAN_ID, cwd=repo.path)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert (base_ref("core") in refs(repo), name in refs(repo)) == (True, False)
    deadly.unlink()
    repo.git("config", "filter.store.smudge", "cat")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert_whole(repo, "core")


def test_a_branch_with_work_survives_a_checkout_that_fails(repo: Repo, cli: Cli) -> None:
    repo.write(".gitattributes", "*.big filter=store\n")
    repo.write("file.big", "content\n")
    repo.git("config", "filter.store.clean", "cat")
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")
    there.write("work.txt", "work\n")
    commit = there.commit()
    shutil.rmtree(there.path)
    repo.git("config", "filter.store.smudge", "exit 1")
    repo.git("config", "filter.store.required", "true")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 3

    assert refs(repo)[f"refs/heads/{branch('core')}"] == commit
    assert base_ref("core") in refs(repo)


def test_a_hook_that_vetoes_the_refs_leaves_nothing(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    hook(
        repo,
        "reference-transaction",
        '[ "$1" != prepared ] || ! grep -q /core$ || { echo "no core here" >&2; exit 1; }',
    )

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert "no core here" in result.stderr
    assert repo.branches() == [branch("api"), "main"]
    assert base_ref("core") not in refs(repo)


@pytest.mark.parametrize("refuses", ("a hook", "a ref"))
def test_a_target_that_cannot_be_recorded_fails_the_stages(
    repo: Repo, cli: Cli, refuses: str
) -> None:
    shop(repo, "core", "api")
    target = f"refs/plan-worktree/{PLAN_ID}/target"
    if refuses == "a ref":
        repo.git("update-ref", f"{target}/foreign", "HEAD")
    else:
        hook(repo, "reference-transaction", f"! grep {target} >&2")
        if run("git", "symbolic-ref", target, "refs/heads/main", cwd=repo.path).exit_code == 0:
            pytest.skip("this git starts no hook for a symbolic ref")

    result = cli("setup", PLAN_ID, "--json", cwd=repo.path)

    assert result.exit_code == 3
    stages = json.loads(result.stdout)["stages"]
    assert [(s["id"], s["action"]) for s in stages] == [("core", "failed"), ("api", "failed")]
    for stage in stages:
        assert stage["error"].startswith(f"git symbolic-ref {target} refs/heads/main\n")
    assert (repo.branches(), repo.worktrees()) == (["main"], [])
    if refuses == "a ref":
        repo.git("update-ref", "-d", f"{target}/foreign")
    else:
        (repo.path / ".git/hooks/reference-transaction").unlink()
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    assert_whole(repo, "core", "api")


@pytest.mark.second
def test_setup_killed_in_a_hook_is_finished_by_the_next_run(repo: Repo, cli: Cli) -> None:
    shop(repo)
    waiting = repo.path / ".git/waiting"
    slow = hook(repo, "post-checkout", f"case $PWD in */ui) touch '{waiting}'; sleep 600;; esac")
    process = start("setup", PLAN_ID, cwd=repo.path)
    wait_for(waiting.exists)
    kill(process)
    slow.unlink()

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert {path.name for path in repo.worktrees()} == set(STAGES)
    # Stages are set up side by side: the kill may have found another one unfinished as well.
    assert row(result, "core")[1] in ("kept", "repaired")
    assert row(result, "ui")[1] == "repaired"
    assert repo.stage(PLAN_ID, "ui").git("status", "--porcelain") == ""


def test_setup_killed_in_a_checkout_is_finished_by_the_next_run(repo: Repo, cli: Cli) -> None:
    repo.write(".gitattributes", "*.big filter=store\n")
    repo.write("file.big", "content\n")
    repo.git("config", "filter.store.clean", "cat")
    shop(repo, "core", "api")
    waiting = repo.path / ".git/waiting"
    repo.git("config", "filter.store.smudge", f"touch '{waiting}'; sleep 600; cat")
    process = start("setup", PLAN_ID, cwd=repo.path)
    wait_for(waiting.exists)
    kill(process)
    repo.git("config", "filter.store.smudge", "cat")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert_whole(repo, "core", "api")


def test_edits_in_a_half_made_worktree_survive_its_completion(repo: Repo, cli: Cli) -> None:
    repo.write(".gitattributes", "*.big filter=store\n")
    repo.write("file.big", "content\n")
    repo.git("config", "filter.store.clean", "cat")
    shop(repo, "core")
    waiting = repo.path / ".git/waiting"
    repo.git("config", "filter.store.smudge", f"touch '{waiting}'; sleep 600; cat")
    process = start("setup", PLAN_ID, cwd=repo.path)
    wait_for(waiting.exists)
    kill(process)
    repo.git("config", "filter.store.smudge", "cat")
    repo.stage(PLAN_ID, "core").write("README.md", "half a sentence")

    cli("setup", PLAN_ID, cwd=repo.path)

    assert repo.stage(PLAN_ID, "core").read("README.md") == "half a sentence"


def test_an_unusable_lock_is_an_error_of_the_environment(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    (repo.path / ".git" / LOCK).mkdir()

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert LOCK in result.stderr
    assert repo.branches() == ["main"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_git_directory_is_an_error_of_the_environment(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    git_directory = repo.path / ".git"
    git_directory.chmod(0o555)
    try:
        result = cli("setup", PLAN_ID, cwd=repo.path)
    finally:
        git_directory.chmod(0o755)

    assert result.exit_code == 3
    assert "Permission denied" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_is_refused(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    shop(repo, "core")
    closed = tmp_path / "worktrees"
    closed.mkdir(mode=0o555)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert f"{closed} is not writable" in result.stderr


@pytest.mark.parametrize("command", ("setup", "status", "remove"))
def test_a_directory_that_is_no_worktree_any_more_is_not_taken_for_one(
    repo: Repo, cli: Cli, command: str
) -> None:
    """Somebody deleted the worktree, and put something else there."""
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")
    shutil.rmtree(there.path)
    there.write("theirs.txt", "theirs\n")

    result = cli(command, PLAN_ID, cwd=repo.path)

    assert there.read("theirs.txt") == "theirs\n"
    if command == "status":
        assert "missing" in row(result, "core")
    else:
        assert result.exit_code == 1
        assert f"{there.path} exists and is no worktree of this plan" in result.stderr


@pytest.mark.parametrize("command", ("setup", "remove"))
def test_a_file_where_a_worktree_was_is_refused(repo: Repo, cli: Cli, command: str) -> None:
    set_up(repo, cli, "core")
    path = repo.stage(PLAN_ID, "core").path
    shutil.rmtree(path)
    path.write_text("theirs\n")

    result = cli(command, PLAN_ID, cwd=repo.path)

    assert path.read_text() == "theirs\n"
    assert result.exit_code == 1
    assert f"{path} is a file" in result.stderr


def test_a_worktree_that_was_renamed_by_hand_keeps_what_is_staged(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")
    there.write("staged.txt", "half a sentence")
    there.git("add", "staged.txt")
    moved = Repo(there.path.rename(repo.path.parent / "moved"))

    cli("setup", PLAN_ID, cwd=repo.path)

    repo.git("worktree", "repair", str(moved.path))
    assert moved.git("status", "--porcelain") == "A  staged.txt"


def test_entries_of_several_stages_can_be_dropped_at_once(tmp_path: Path) -> None:
    for name in STAGES:
        entry = tmp_path / "worktrees" / name
        entry.mkdir(parents=True)
        (entry / "gitdir").write_text(f"/nowhere/{name}/.git\n")

    with ThreadPoolExecutor(len(STAGES)) as pool:
        dropped = [pool.submit(drop_entry, tmp_path, Path("/nowhere", name)) for name in STAGES]

    assert [one.exception() for one in dropped] == [None] * len(STAGES)
    assert list(tmp_path.iterdir()) == []
