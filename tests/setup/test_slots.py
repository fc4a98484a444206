"""Slots: numbers and ports that no other worktree of the repository has."""

from __future__ import annotations

import subprocess

import pytest

from tests.result import Result
from tests.slots import OTHER, give, slot_ref
from tests.support import Repo, Stage
from tests.world import PLAN_ID, Cli, refs, set_up, shop, start, work


def slots(repo: Repo, cli: Cli, plan: str = PLAN_ID) -> dict[str, int | None]:
    """Return what status says of the stages' slots."""
    return {
        s["id"]: s["slot"] for s in cli("status", plan, "--json", cwd=repo.path).json()["stages"]
    }


def forget(repo: Repo, *stages: str) -> None:
    """Make worktrees as an older version has left them."""
    for stage in stages:
        repo.git("update-ref", "-d", slot_ref(stage))


def test_setup_gives_every_worktree_the_smallest_number_that_is_free_and_keeps_it(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api", "ui")
    repo.plan(OTHER, "shelf")
    give(repo, 1)
    first = cli("setup", PLAN_ID, "core", "api", "--json", cwd=repo.path).json()["stages"]

    cli("setup", OTHER, cwd=repo.path)
    again = cli("setup", PLAN_ID, "--json", cwd=repo.path).json()["stages"]

    assert [stage["slot"] for stage in first] == [0, 2]
    assert slots(repo, cli, OTHER) == {"shelf": 3}
    assert [(stage["action"], stage["slot"]) for stage in again] == [
        ("kept", 0), ("kept", 2), ("created", 4),
    ]  # fmt: skip
    before = refs(repo)
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    assert refs(repo) == before


def test_a_slot_is_free_again_when_its_worktree_was_removed_by_whoever(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api", "ui", "docs")
    assert cli("remove", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "api").path))
    there = repo.stage(PLAN_ID, "ui").path
    there.rename(there.with_name("elsewhere"))
    assert slots(repo, cli) == {"core": None, "api": None, "ui": None, "docs": 3}
    gone = cli("remove", "--gone", PLAN_ID, cwd=repo.path)
    assert gone.exit_code == 0, gone.output
    assert [name for name in refs(repo) if "/slot/" in name] == [slot_ref("api"), slot_ref("docs")]

    cli("setup", PLAN_ID, "ui", "core", cwd=repo.path)

    assert slots(repo, cli) == {"core": 0, "api": None, "ui": 1, "docs": 3}


def test_a_worktree_that_was_moved_keeps_its_slot(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    there = repo.stage(PLAN_ID, "api").path
    repo.git("worktree", "move", str(there), str(there.with_name("moved")))

    assert slots(repo, cli) == {"core": 0, "api": 1}


@pytest.mark.second
def test_what_an_older_version_has_set_up_gets_slots_from_setup_and_from_start(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api", "ui")
    forget(repo, "core", "api", "ui")
    repo.git("config", "planWorktree.envFile", ".env.stage")

    started = cli("start", PLAN_ID, "api", "--owner", "ada", "--json", cwd=repo.path)
    text = cli("start", PLAN_ID, "ui", "--owner", "ada", cwd=repo.path).stdout

    brief = started.json()["brief"]
    assert (brief["slot"], brief["port"]) == (0, 10000)
    assert "- Slot: 1, ports 10100 to 10199\n" in text
    assert "PLAN_WORKTREE_SLOT=0\n" in repo.stage(PLAN_ID, "api").read(".env.stage")
    assert repo.stage(PLAN_ID, "api").git("status", "--porcelain") == ""
    assert slots(repo, cli) == {"core": None, "api": 0, "ui": 1}
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    assert slots(repo, cli) == {"core": 2, "api": 0, "ui": 1}


def test_start_with_setup_and_restore_give_a_slot(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    repo.git("config", "planWorktree.envFile", ".env.stage")
    for stage in ("core", "api"):
        begun = cli("start", PLAN_ID, stage, "--setup", "--owner", "ada", "--json", cwd=repo.path)
        assert begun.exit_code == 0, begun.output
    assert begun.json()["brief"]["slot"] == 1
    work(repo, "api")
    removed = cli("remove", PLAN_ID, "--force", "api", "core", cwd=repo.path)
    assert removed.exit_code == 0, removed.output
    assert ".env.stage" not in removed.output

    restored = cli("restore", PLAN_ID, "api", cwd=repo.path)

    assert restored.exit_code == 0, restored.output
    assert slots(repo, cli)["api"] == 0
    assert "PLAN_WORKTREE_PORT=10000\n" in repo.stage(PLAN_ID, "api").read(".env.stage")


def test_a_record_that_somebody_else_wrote_takes_no_number(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api", "ui")
    for name, target in ((slot_ref("s", OTHER), "HEAD:README.md"), (slot_ref("core"), "HEAD")):
        repo.git("update-ref", name, target)
    repo.git("symbolic-ref", slot_ref("api"), slot_ref("ui"))

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert slots(repo, cli) == {"core": 0, "api": 1, "ui": 2}


def test_gates_and_commands_of_setup_and_hooks_know_slot_and_port(repo: Repo, cli: Cli) -> None:
    line = "echo $PLAN_WORKTREE_SLOT $PLAN_WORKTREE_PORT"
    hook = repo.write(".git/hooks/post-checkout", f"#!/bin/sh\n{line} >../said\n")
    hook.chmod(0o755)
    shop(repo, Stage("core", verify=(line,), create=("core.txt",)))
    give(repo, 0)
    done = cli("setup", PLAN_ID, "--each", line, cwd=repo.path)
    assert "stage core: exit code 0, after" in done.stderr
    assert done.stderr.rstrip().endswith(": 1 10100")
    assert (repo.stage(PLAN_ID, "core").path.parent / "said").read_text() == "1 10100\n"
    work(repo, "core", "core.txt")

    # Somebody else's variables, say those of a session in another stage.
    theirs = {"PLAN_WORKTREE_SLOT": "9", "PLAN_WORKTREE_PORT": "10900"}
    completed = cli("complete", PLAN_ID, "core", "--show-output", cwd=repo.path, env=theirs)

    assert "\n1 10100\n" in completed.stderr


@pytest.mark.second
def test_a_merged_result_is_proved_with_a_slot_of_its_own(repo: Repo, cli: Cli) -> None:
    line = "echo $PLAN_WORKTREE_SLOT,$(cat .env.stage | grep -c PLAN_WORKTREE_SLOT=2)"
    gates = (f"{line}; test -f core.txt",)
    set_up(repo, cli, Stage("core", verify=gates, create=("core.txt",)), "api")
    assert cli("setup", PLAN_ID, "--env-file", ".env.stage", cwd=repo.path).exit_code == 0
    work(repo, "core", "core.txt")
    assert cli("complete", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    repo.commit("another tree")

    landed = cli("merge", PLAN_ID, "core", "--verify", "--show-output", cwd=repo.path)

    assert "[core] 2,1\n" in landed.stderr
    assert landed.exit_code == 0, landed.output
    assert slots(repo, cli) == {"core": 0, "api": 1}


@pytest.mark.second
def test_a_slot_without_ports_is_said_and_has_no_port(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    give(repo, *range(555))

    done = cli("setup", PLAN_ID, "--each", "echo ${PLAN_WORKTREE_PORT-none}", cwd=repo.path)

    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines()[-1] == (
        "stage core: warning: its slot is 555, and no ports are left for it, since ports end at "
        "65535: take a free one, port 0"
    )
    assert "s: none\n" in done.stderr
    brief = cli("brief", PLAN_ID, "core", "--json", cwd=repo.path).json()
    assert (brief["slot"], brief["port"]) == (555, None)


def test_a_gate_that_finds_a_port_taken_is_told_with_the_stage_s_own(repo: Repo, cli: Cli) -> None:
    gate = "echo 'OSError: [Errno 98] Address already in use'; exit 1"
    set_up(repo, cli, Stage("core", verify=(gate,), create=("core.txt",)))
    work(repo, "core", "core.txt")

    refused = cli("complete", PLAN_ID, "core", cwd=repo.path)

    words = "; a port is taken, and this worktree has slot 0: ports 10000 to 10099\n"
    assert (refused.exit_code, words in refused.stderr) == (1, True), refused.output


def ended(processes: list[subprocess.Popen[str]]) -> list[Result]:
    said = [(process, *process.communicate(timeout=500)) for process in processes]
    return [Result(process.returncode, out, err) for process, out, err in said]


@pytest.mark.thorough
def test_sixteen_setups_at_once_give_no_slot_twice(repo: Repo, cli: Cli) -> None:
    names = [f"stage-{n}" for n in range(8)]
    for plan in (PLAN_ID, OTHER):
        repo.plan(plan, *names)
    repo.commit("two plans")

    results = ended(
        [start("setup", plan, name, cwd=repo.path) for name in names for plan in (PLAN_ID, OTHER)]
    )

    assert [result.exit_code for result in results] == [0] * 16, results
    given = [*slots(repo, cli).values(), *slots(repo, cli, OTHER).values()]
    assert sorted(number for number in given if number is not None) == list(range(16))
