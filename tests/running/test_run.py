"""run: a plan from approved to landed, whatever happens to agents, workers and the run itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plan_worktree.project.processes import processes_with
from tests.output.test_schemas import validate_line
from tests.running.scripted import approved, counts, scripted, statuses, tries
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, refs, start, wait_for

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the agents are shell scripts")


def summary(stdout: str) -> dict[str, Any]:
    *events, last = [json.loads(line) for line in stdout.splitlines()]
    for one in events:
        validate_line("run-event", one)
    validate_line("run", last)
    found: dict[str, Any] = last
    return found


Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Start runs; each is returned once a stage's agent is at work, and ends with the test."""
    begun: list[subprocess.Popen[str]] = []

    def call(repo: Repo, *words: str, stage: str = "slow") -> subprocess.Popen[str]:
        agent = scripted(repo)
        command = ("run", PLAN_ID, "--agent", str(agent), "--yes", "--grace", "0", "--json", *words)
        begun.append(start(*command, cwd=repo.path))
        at_work = counts(repo) / f"{stage}.began"
        wait_for(lambda: at_work.exists() or begun[-1].poll() is not None)
        return begun[-1]

    yield call
    for one in begun:
        if one.poll() is None:
            one.terminate()
            one.communicate()


def left_running(repo: Repo) -> list[int]:
    return processes_with({"PLAN_WORKTREE_HOME": str(repo.path)})


def again(repo: Repo, cli: Cli, *words: str) -> Any:
    agent = repo.path.parent / "agents/agent"
    return cli("run", PLAN_ID, "--agent", agent, "--yes", *words, cwd=repo.path)


def test_a_plan_goes_from_approved_to_landed_and_removed(repo: Repo, cli: Cli) -> None:
    agent = scripted(approved(repo, "fails", "crash", "top:fails,crash"))
    asked = ("run", PLAN_ID, "--agent", agent, "--workers", "2", "--land", "--remove", "--json")

    unsure = cli(*asked, cwd=repo.path)
    assert unsure.exit_code == 1
    assert f"is started with this command: {agent}" in unsure.stderr
    assert unsure.json()["reasons"][0]["text"].startswith("nobody is here to agree")

    done = cli(*asked, "--yes", cwd=repo.path)
    assert done.exit_code == 0, done.output
    told = summary(done.stdout)
    assert told["outcome"] == "done"
    assert {one["id"]: (one["state"], one["attempts"]) for one in told["stages"]} == {
        "fails": ("merged", 3),
        "crash": ("merged", 2),
        "top": ("merged", 1),
    }
    assert told["chain"][-1] == "top"
    assert told["removed"] == ["fails", "crash", "top"]
    assert repo.worktrees() == []
    assert {repo.read(f"src/{name}.txt") for name in ("fails", "crash", "top")}
    assert repo.git("status", "--porcelain").split() == ["M", f"{PLANS}/{PLAN_ID}.md"]
    assert "<html" in Path(told["page"]).read_text()
    assert left_running(repo) == []
    # Who has agreed once is not asked again; and there is nothing to be done any more.
    more = cli(*asked[:-1], cwd=repo.path)
    assert (more.exit_code, "is started with this command" in more.stderr) == (0, False)


@pytest.mark.thorough
def test_blocked_stages_are_named_and_go_on_once_they_are_opened(repo: Repo, cli: Cli) -> None:
    scripted(approved(repo, "fails", "good"))
    done = again(repo, cli, "--attempts", "2", "--workers", "2")
    assert done.exit_code == 1, done.output
    assert "stage fails: after 2 attempts: exit code 1: grep -q . src/fails.txt" in done.stdout
    assert "blocked: 2 stages: 1 blocked, 1 complete" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "plan-worktree mark" in line]
    words = line.partition("plan-worktree ")[2].split()
    assert cli(*words, cwd=repo.path).exit_code == 0
    assert again(repo, cli, "--attempts", "2").exit_code == 0
    assert statuses(repo) == {"fails": "complete", "good": "complete"}


@pytest.mark.parametrize(
    ("status", "said"),
    (("draft", "nobody has approved it"), ("abandoned", "the plan is abandoned")),
)
def test_a_plan_that_nobody_wants_built_is_refused(
    repo: Repo, cli: Cli, status: str, said: str
) -> None:
    scripted(approved(repo, "good"))
    cli("mark", PLAN_ID, status, cwd=repo.path)
    done = again(repo, cli)
    assert done.exit_code == 1
    assert said in done.stderr
    assert tries(repo, "good") == 0


def test_gates_that_are_in_no_commit_are_named_first(repo: Repo, cli: Cli) -> None:
    agent = scripted(approved(repo, "good"))
    asked = ("run", PLAN_ID, "--agent", agent)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace("grep -q", "grep -qs"))
    repo.git("config", "planWorktree.agreed", "another one")
    done = cli(*asked, cwd=repo.path)
    assert done.exit_code == 1
    assert "gates of the plan are in no commit" in done.stderr
    assert "  grep -qs . src/good.txt" in done.stderr


@pytest.mark.thorough
def test_no_attempt_begins_once_the_budget_is_used_up(repo: Repo, cli: Cli) -> None:
    scripted(approved(repo, "costs-1", "costs-2:costs-1", "costs-3:costs-2"))
    done = again(repo, cli, "--budget", "1", "--json")
    assert done.exit_code == 1, done.output
    told = summary(done.stdout)
    assert (round(told["cost"], 6), told["reasons"]) == (1.2, ["the budget of 1 USD is used up"])
    assert [one["turns"] for one in told["stages"]] == [2, 2, None]
    assert statuses(repo)["costs-3"] == "not-started"
    assert again(repo, cli).exit_code == 0


@pytest.mark.thorough
def test_what_people_have_is_not_waited_for(repo: Repo, cli: Cli) -> None:
    scripted(approved(repo, "good", "top:good"))
    cli("start", PLAN_ID, "good", "--setup", "--owner", "ada", cwd=repo.path)
    done = again(repo, cli)
    assert done.exit_code == 1
    assert "what is left waits for others: good (claimed by ada)" in done.stdout


@pytest.mark.thorough
@pytest.mark.parametrize("stage", ("outside", "sibling"))
def test_a_change_outside_of_the_worktree_stops_the_run(repo: Repo, cli: Cli, stage: str) -> None:
    scripted(approved(repo, "good", f"{stage}:good", f"top:{stage}"))
    done = again(repo, cli, "--json")
    assert done.exit_code == 1, done.output
    told = summary(done.stdout)
    assert told["outcome"] == "outside"
    expected = {"outside": "oops.txt", "sibling": "stage good, which nobody works on, has moved"}
    assert expected[stage] in told["reasons"][0]
    assert tries(repo, "top") == 0


@pytest.mark.thorough
def test_a_second_run_says_where_the_first_is_and_stop_ends_that(
    repo: Repo, cli: Cli, begin: Begin
) -> None:
    process = begin(approved(repo, "slow", "top:slow"))
    second = again(repo, cli)
    assert second.exit_code == 1
    assert f"a run of {PLAN_ID} is at work already (process {process.pid}" in second.stderr
    words = second.stderr.partition("to end it: plan-worktree ")[2].split()
    ended = cli(*words, cwd=repo.path)
    assert ended.stdout.startswith(f"the run of {PLAN_ID} has ended: process {process.pid}")
    out, _ = process.communicate()
    assert process.returncode == 130
    assert summary(out)["outcome"] == "interrupted"
    assert left_running(repo) == []
    (claim,) = [name for name in refs(repo) if "/claim/" in name]
    assert claim.endswith("/slow")
    (counts(repo) / "go").touch()
    assert again(repo, cli).exit_code == 0
    assert statuses(repo) == {"slow": "complete", "top": "complete"}
    none = cli("run", PLAN_ID, "--stop", cwd=repo.path)
    assert (none.exit_code, none.stderr) == (0, f"no run of {PLAN_ID} is at work here\n")


@pytest.mark.thorough
def test_workers_of_a_killed_run_end_and_fewer_go_on_with_all_claims(
    repo: Repo, cli: Cli, begin: Begin
) -> None:
    process = begin(approved(repo, "slow-1", "slow-2", "top:slow-1,slow-2"), stage="slow-1")
    wait_for((counts(repo) / "slow-2.began").exists)
    process.kill()
    process.communicate()
    wait_for(lambda: not left_running(repo))
    (counts(repo) / "go").touch()
    done = again(repo, cli, "--workers", "1")
    assert done.exit_code == 0, done.output
    assert set(statuses(repo).values()) == {"complete"}


@pytest.mark.thorough
def test_a_worker_that_is_killed_is_replaced_and_its_agent_ended(
    repo: Repo, cli: Cli, begin: Begin
) -> None:
    process = begin(approved(repo, "slow"))
    (agent,) = [pid for pid in left_running(repo) if os.getsid(pid) == pid]
    stat = Path(f"/proc/{agent}/stat").read_text()
    worker = int(stat.rpartition(")")[2].split()[1])
    (counts(repo) / "slow.began").unlink()
    os.kill(worker, signal.SIGKILL)
    wait_for((counts(repo) / "slow.began").exists)
    assert agent not in left_running(repo)
    (counts(repo) / "go").touch()
    out, _ = process.communicate()
    assert process.returncode == 0, out
    assert '"event": "died"' in out
    assert summary(out)["stages"][0]["attempts"] == 2
