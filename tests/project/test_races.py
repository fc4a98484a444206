"""Many processes at once: each either does a thing or finds it done."""

from __future__ import annotations

import subprocess
from collections import Counter

import pytest
from filelock import FileLock

from tests.support import Repo
from tests.world import LOCK, PLAN_ID, STAGES, base_ref, branch, refs, shop, start


def finished(process: subprocess.Popen[str]) -> tuple[str, str]:
    stdout, stderr = process.communicate(timeout=500)
    assert process.returncode == 0, stdout + stderr
    return stdout, stderr


def test_eight_setups_at_once_make_every_worktree_exactly_once(repo: Repo) -> None:
    shop(repo)

    processes = [start("setup", PLAN_ID, cwd=repo.path) for _ in range(8)]
    outputs = [finished(process)[0] for process in processes]

    rows = [line.split()[:2] for output in outputs for line in output.splitlines()[1:]]
    assert Counter(map(tuple, rows)) == Counter(
        {**{(s, "created"): 1 for s in STAGES}, **{(s, "kept"): 7 for s in STAGES}}
    )
    assert sorted(path.name for path in repo.worktrees()) == sorted(STAGES)
    for stage in STAGES:
        assert refs(repo)[base_ref(stage)] == refs(repo)[f"refs/heads/{branch(stage)}"]
        assert repo.stage(PLAN_ID, stage).git("status", "--porcelain") == ""
    repo.git("fsck", "--strict", "--connectivity-only")
    assert repo.read(".git/info/exclude").count("CURRENT_STAGE.md") == 1


@pytest.mark.thorough
def test_setups_of_different_stages_at_once_do_not_hinder_each_other(repo: Repo) -> None:
    shop(repo)

    processes = [start("setup", PLAN_ID, stage, cwd=repo.path) for stage in STAGES]
    for process in processes:
        finished(process)

    assert sorted(path.name for path in repo.worktrees()) == sorted(STAGES)


@pytest.mark.thorough
def test_setup_and_remove_at_once_end_in_one_of_both(repo: Repo) -> None:
    shop(repo)
    finished(start("setup", PLAN_ID, cwd=repo.path))

    commands = ("setup", "remove", "setup", "remove")
    for process in [start(command, PLAN_ID, cwd=repo.path) for command in commands]:
        finished(process)

    there = {path.name for path in repo.worktrees()}
    assert there in (set(), set(STAGES))
    branches = {branch(stage) for stage in there}
    assert set(repo.branches()) == branches | {"main"}
    assert {name for name in refs(repo) if "/base/" in name} == {base_ref(s) for s in there}


def test_who_waits_for_the_lock_says_so_and_then_does_its_work(repo: Repo) -> None:
    shop(repo, "core")
    with FileLock(repo.path / ".git" / LOCK):
        process = start("setup", PLAN_ID, cwd=repo.path)
        assert process.stderr
        said = process.stderr.readline()
        assert repo.worktrees() == []

    stdout, _ = finished(process)

    assert said == "waiting for another plan-worktree that is changing this repository…\n"
    assert stdout.splitlines()[1].split()[:2] == ["core", "created"]


@pytest.mark.thorough
def test_looking_does_not_wait_for_the_lock(repo: Repo) -> None:
    shop(repo, "core")
    with FileLock(repo.path / ".git" / LOCK):
        for command in (("status", PLAN_ID), ("setup", PLAN_ID, "--dry-run"), ("ls",)):
            finished(start(*command, cwd=repo.path))
