"""Many plans, many commands and strangers' locks at once: everybody gets what was asked for."""

from __future__ import annotations

import random
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kills import assert_sound, contents
from tests.result import Result
from tests.support import Repo, plan_worktree
from tests.world import PLAN_ID, STAGES, branch, row, shop, start, work

pytestmark = pytest.mark.thorough

PLANS = tuple(f"2026-01-02-plan-{number:02}" for number in range(16))


def finished(process: subprocess.Popen[str]) -> Result:
    stdout, stderr = process.communicate(timeout=500)
    assert process.returncode == 0, f"exit code {process.returncode}\n{stdout}{stderr}"
    return Result(process.returncode, stdout, stderr)


def at_once(repo: Repo, *commands: tuple[str, ...]) -> list[Result]:
    """Run all commands at the same time; every one must succeed."""
    processes = [start(*command, cwd=repo.path) for command in commands]
    try:
        return [finished(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def must(repo: Repo, *command: str) -> Result:
    result = plan_worktree(*command, cwd=repo.path)
    assert result.exit_code == 0, result.output
    return result


@contextmanager
def held(repo: Repo, name: str, seconds: float) -> Iterator[None]:
    """Hold one of git's locks, as a git that is busy would, and let go of it after a while."""
    lock = repo.write(f".git/{name}.lock", "")
    timer = threading.Timer(seconds, lock.unlink)
    timer.start()
    yield
    timer.join()


@pytest.mark.thorough
def test_sixteen_plans_of_one_repository_are_set_up_at_once(repo: Repo) -> None:
    for plan in PLANS:
        repo.plan(plan, "core", "api:core")
    repo.commit("sixteen plans")

    results = at_once(repo, *(("setup", plan) for plan in PLANS))

    for result in results:
        assert [row(result, stage)[1] for stage in ("core", "api")] == ["created", "created"]
    expected = {repo.stage(plan, stage).path for plan in PLANS for stage in ("core", "api")}
    assert sorted(repo.worktrees()) == sorted(expected)
    for plan in PLANS:
        for stage in ("core", "api"):
            there = repo.stage(plan, stage)
            assert there.git("status", "--porcelain") == ""
            assert there.git("symbolic-ref", "--short", "HEAD") == f"feature/{plan}-{stage}"


@pytest.mark.soak
def test_sixteen_plans_are_set_up_while_others_are_removed(repo: Repo) -> None:
    for plan in PLANS:
        repo.plan(plan, "core")
    repo.commit("sixteen plans")
    old, new = PLANS[:8], PLANS[8:]
    at_once(repo, *(("setup", plan) for plan in old))

    at_once(repo, *(("remove", plan) for plan in old), *(("setup", plan) for plan in new))

    assert sorted(repo.worktrees()) == sorted(repo.stage(plan, "core").path for plan in new)
    assert repo.branches() == sorted([*(f"feature/{plan}-core" for plan in new), "main"])


@pytest.mark.soak
def test_forced_removals_and_setups_at_once_lose_nothing(repo: Repo) -> None:
    shop(repo)
    must(repo, "setup", PLAN_ID)
    commit = work(repo, "core")
    there = repo.stage(PLAN_ID, "core")
    there.write("staged.txt", "staged\n")
    there.git("add", "staged.txt")
    there.write("staged.txt", "and changed again\n")
    there.write("new.txt", "new\n")
    before = contents(there)

    at_once(repo, *[("remove", PLAN_ID, "--force"), ("setup", PLAN_ID)] * 8)

    assert_sound(repo)
    left = {path.name for path in repo.worktrees()}
    assert left in (set(), set(STAGES))
    assert repo.head(branch("core")) == commit
    must(repo, "remove", PLAN_ID, "--force")
    saved = repo.git(
        "for-each-ref", "--format=%(refname)", f"refs/plan-worktree/{PLAN_ID}/saved/core"
    )
    # The first removal had the work; later ones saved a worktree that was made anew, if at all.
    for name in saved.splitlines()[1:]:
        repo.git("update-ref", "-d", name)
    must(repo, "restore", PLAN_ID, "core")
    assert contents(there) == before


@pytest.mark.soak
def test_setup_and_remove_race_for_many_rounds(repo: Repo) -> None:
    shop(repo, "core", "api:core")
    dice = random.Random(4)  # noqa: S311

    for _ in range(5):
        commands = [(dice.choice(("setup", "remove")), PLAN_ID) for _ in range(4)]
        at_once(repo, *commands)

        assert_sound(repo)
        left = {path.name for path in repo.worktrees()}
        assert left in (set(), {"core", "api"})
        assert set(repo.branches()) == {"main", *map(branch, left)}


@pytest.mark.parametrize("name", ("config", "packed-refs", "index", "HEAD"))
def test_setup_succeeds_while_somebody_else_holds_a_lock_of_git(repo: Repo, name: str) -> None:
    shop(repo, "core", "api:core")

    with held(repo, name, 1):
        must(repo, "setup", PLAN_ID)

    assert {path.name for path in repo.worktrees()} == {"core", "api"}
    assert_sound(repo)


@pytest.mark.parametrize("name", ("config", "packed-refs", "index", "HEAD"))
def test_remove_succeeds_while_somebody_else_holds_a_lock_of_git(repo: Repo, name: str) -> None:
    shop(repo, "core", "api:core")
    must(repo, "setup", PLAN_ID)
    repo.git("pack-refs", "--all")

    with held(repo, name, 1):
        must(repo, "remove", PLAN_ID)

    assert repo.worktrees() == []
    assert repo.branches() == ["main"]
    assert_sound(repo)


def test_a_lock_that_plan_worktree_does_not_hold_is_never_deleted(
    repo: Repo, tmp_path: Path
) -> None:
    """Whoever holds a lock of git in home is alive, as far as anybody can know."""
    shop(repo, "core")
    locks = [repo.write(f".git/{name}.lock", "held\n") for name in ("index", "config")]

    must(repo, "setup", PLAN_ID)

    assert [lock.read_text() for lock in locks] == ["held\n", "held\n"]
