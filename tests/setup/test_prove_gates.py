"""setup --prove-gates: gates that pass before the work are reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Repo, Stage
from tests.world import PLAN_ID, Cli, set_up, shop, work

PASSES, FAILS = "test -f README.md", "test -f src/core.txt"


def gates(repo: Repo, cli: Cli, *args: str) -> dict[str, tuple[bool, str | None]]:
    """Return for each stage whose gates ran: whether PW604 was reported, and what failed."""
    result = cli("setup", PLAN_ID, "--prove-gates", "--json", *args, cwd=repo.path)
    assert result.exit_code == 0, result.output
    stages = {stage["id"]: stage["gates"] for stage in result.json()["stages"]}
    return {
        stage: (f'PW604 every gate of stage "{stage}"' in result.stderr, found["failed"])
        for stage, found in stages.items()
        if found
    }


def test_a_stage_none_of_whose_gates_fails_is_reported(repo: Repo, cli: Cli) -> None:
    repo.write("README.md", "there\n")
    repo.commit()
    shop(
        repo,
        Stage("core", verify=(PASSES, FAILS, "touch ../never")),
        Stage("api", verify=(PASSES, PASSES)),
        "ui",
    )

    assert gates(repo, cli) == {"core": (False, FAILS), "api": (True, None)}
    assert not repo.stage(PLAN_ID, "never").path.exists()


def test_a_gate_that_takes_too_long_does_not_pass(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core", verify=("sleep 600",)))

    assert gates(repo, cli, "--timeout", "0.5") == {"core": (False, "sleep 600")}


def test_where_somebody_has_worked_gates_prove_nothing_and_do_not_run(repo: Repo, cli: Cli) -> None:
    repo.write("README.md", "there\n")
    repo.commit()
    set_up(repo, cli, Stage("core", verify=(FAILS,)), Stage("api", verify=(FAILS,)))
    work(repo, "core", "src/core.txt")

    assert gates(repo, cli) == {"api": (False, FAILS)}
    repo.stage(PLAN_ID, "api").write("README.md", "begun\n")
    assert gates(repo, cli) == {}


def test_a_dry_run_runs_no_gate(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core", verify=("touch ../told",)))

    assert gates(repo, cli, "--dry-run") == {}
    assert repo.worktrees() == []


def test_gates_come_after_the_command_of_each_and_what_they_leave_is_named(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, Stage("core", verify=("test -f installed && touch report && false",)))

    result = cli("setup", PLAN_ID, "--each", "touch installed", "--prove-gates", cwd=repo.path)

    assert "stage core: fails before the work, as it should, after " in result.stderr
    assert "report is untracked now in core: " in result.stderr
    (log,) = (repo.path / ".git/plan-worktree/logs" / PLAN_ID / "core").glob("*-gate.log")
    assert log.read_text() == ""
    assert cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path).exit_code == 0


@pytest.mark.parametrize("args", ((), ("--timeout", "300", "--jobs", "2")))
def test_limits_may_be_given_for_gates_alone(repo: Repo, cli: Cli, args: tuple[str, ...]) -> None:
    shop(repo, Stage("core", verify=(FAILS,)))

    result = cli("setup", PLAN_ID, "--prove-gates", *args, cwd=repo.path)

    assert (result.exit_code, Path(repo.stage(PLAN_ID, "core").path).exists()) == (0, True)
    assert result.stderr.startswith("in 1 worktree: the gates before the work\n")
