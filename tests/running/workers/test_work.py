"""work: one worker takes stages, runs agents on them, proves them; whatever the agents do."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from plan_worktree.project.processes import processes_with
from tests.clones import bare, do, records, shared
from tests.output.test_schemas import validate_line
from tests.running.scripted import approved, counts, scripted, statuses, tries
from tests.support import Repo
from tests.world import PLAN_ID, Cli, refs, start, wait_for

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the agents are shell scripts")


def events(stdout: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [json.loads(line) for line in stdout.splitlines()]
    for one in found:
        validate_line("run-event", one)
    return found


def left_running(repo: Repo) -> list[int]:
    return processes_with({"PLAN_WORKTREE_HOME": str(repo.path)})


def test_agents_that_die_fail_meet_limits_and_do_nothing(repo: Repo, cli: Cli) -> None:
    agent = scripted(approved(repo, "crash", "fails:crash", "limit", "nothing", "last:nothing"))
    work = ("work", PLAN_ID, "--agent", agent, "--owner", "ada", "--json")
    done = cli(*work, cwd=repo.path)

    assert done.exit_code == 1, done.output
    assert statuses(repo) == {
        "crash": "complete",
        "fails": "complete",
        "limit": "complete",
        "nothing": "blocked",
        "last": "not-started",
    }
    assert [tries(repo, s) for s in ("crash", "fails", "limit", "nothing")] == [2, 3, 3, 3]
    told = events(done.stdout)
    attempts = {one["stage"]: one["attempt"] for one in told if one["event"] == "complete"}
    assert attempts == {"crash": 2, "fails": 3, "limit": 1}  # a limit uses up no attempt
    assert told[-1]["event"] == "left"
    assert "nothing is declared blocked" in str(told[-1]["text"])
    # What the agent of the second attempt was told, beside the brief.
    brief = (counts(repo) / "fails.brief").read_text()
    assert "# Stage fails" in brief
    assert "exit code 1: grep -q . src/fails.txt" in brief
    assert "- create src/fails.txt" in brief
    # Why the third one is blocked is said where people look, and its claim has ended.
    status = cli("status", PLAN_ID, cwd=repo.path)
    assert "stage nothing is blocked: after 3 attempts: it has no commits" in status.stderr
    assert not [name for name in refs(repo) if "/claim/" in name]
    again = cli("mark", PLAN_ID, "nothing", "in-progress", cwd=repo.path)
    assert again.exit_code == 0
    brief = cli("brief", PLAN_ID, "nothing", cwd=repo.path).stdout
    assert "> This stage was blocked before: after 3 attempts" in brief
    assert left_running(repo) == []


def test_an_agent_that_cannot_be_started_ends_the_worker(repo: Repo, cli: Cli) -> None:
    approved(repo, "core", "api")
    work = ("work", PLAN_ID, "--agent", "./no-such-agent", "--owner", "ada")
    done = cli(*work, cwd=repo.path)
    assert done.exit_code == 1
    assert "the agent cannot be started (exit code 127): ./no-such-agent" in done.output
    assert statuses(repo) == {"core": "in-progress", "api": "not-started"}


def test_once_tells_by_exit_code_where_there_is_nothing_to_take(repo: Repo, cli: Cli) -> None:
    agent = scripted(approved(repo, "core", "api:core"))
    once = ("work", PLAN_ID, "--agent", agent, "--once", "--owner")
    assert cli("start", PLAN_ID, "core", "--setup", "--owner", "ada", cwd=repo.path).exit_code == 0
    assert cli(*once, "bob", cwd=repo.path).exit_code == 4
    assert cli(*once, "ada", cwd=repo.path).exit_code == 0
    assert statuses(repo) == {"core": "complete", "api": "not-started"}
    assert cli(*once, "bob", cwd=repo.path).exit_code == 0
    assert cli(*once, "bob", cwd=repo.path).exit_code == 5


@pytest.mark.thorough
def test_a_hanging_agent_is_ended_and_children_and_floods_do_no_harm(repo: Repo, cli: Cli) -> None:
    agent = scripted(approved(repo, "hang", "kids", "flood", "gives-up", "proves"))
    work = ("work", PLAN_ID, "--agent", agent, "--owner", "ada", "--attempts", "1")
    silent = cli(*work, "--stage", "hang", "--idle", "1", "--grace", "0", cwd=repo.path)
    assert silent.exit_code == 1
    assert "after 1 attempt: the agent printed nothing for 1 s" in silent.output
    done = cli(*work, cwd=repo.path)
    assert done.exit_code == 1
    assert statuses(repo) == {
        "hang": "blocked",
        "kids": "complete",
        "flood": "complete",
        "gives-up": "blocked",
        "proves": "complete",
    }
    assert "its agent declared it blocked: the key is missing" in done.output
    assert "stage proves is complete, as its agent had it proved" in done.output
    logs = repo.path / ".git/plan-worktree/logs" / PLAN_ID
    (log,) = (logs / "flood").glob("*-agent.log")
    assert log.stat().st_size < 10_000_000
    assert [str(path) for path in logs.rglob("*.md")] == []
    assert left_running(repo) == []


@pytest.mark.thorough
def test_an_interrupted_worker_keeps_its_claim_and_goes_on_under_its_name(
    repo: Repo, cli: Cli
) -> None:
    agent = scripted(approved(repo, "slow", "good"))
    words = ("work", PLAN_ID, "--agent", str(agent), "--owner", "ada", "--grace", "0")
    worker = start(*words, cwd=repo.path)
    wait_for((counts(repo) / "slow.began").exists)
    worker.send_signal(signal.SIGTERM)
    out, _ = worker.communicate()
    assert worker.returncode == 130, out
    assert statuses(repo)["slow"] == "in-progress"
    assert left_running(repo) == []
    (counts(repo) / "go").touch()
    # Somebody else gets another stage.
    assert cli(*words[:4], "--owner", "bob", "--once", cwd=repo.path).exit_code == 0
    assert statuses(repo) == {"slow": "in-progress", "good": "complete"}
    assert cli(*words, cwd=repo.path).exit_code == 0
    assert statuses(repo) == {"slow": "complete", "good": "complete"}


@pytest.mark.thorough
def test_what_agents_of_a_killed_worker_still_do_is_ended(repo: Repo, cli: Cli) -> None:
    agent = scripted(approved(repo, "slow"))
    words = ("work", PLAN_ID, "--agent", str(agent), "--owner", "ada")
    worker = start(*words, cwd=repo.path)
    wait_for((counts(repo) / "slow.began").exists)
    worker.kill()
    worker.communicate()
    before = left_running(repo)
    assert before
    (counts(repo) / "slow.began").unlink()
    again = start(*words, cwd=repo.path)
    wait_for((counts(repo) / "slow.began").exists)
    assert not set(before) & set(left_running(repo))
    (counts(repo) / "go").touch()
    out, _ = again.communicate()
    assert again.returncode == 0, out
    assert tries(repo, "slow") == 2


@pytest.mark.thorough
def test_a_worker_waits_for_a_remote_that_is_away_for_a_while(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one", stages=("slow", "good:slow"))
    agent, remote = scripted(one), bare(one).path
    words = ("work", PLAN_ID, "--agent", str(agent), "--owner", "ada", "--json")
    with start(*words, cwd=one.path) as worker:
        wait_for((counts(one) / "slow.began").exists)
        remote.rename(remote.with_name("away"))
        (counts(one) / "go").touch()
        lines = worker.stdout or ()
        told = (str(json.loads(line)["text"]) for line in lines)
        assert next(text for text in told if "origin does not answer" in text)
        assert tries(one, "good") == 0
        remote.with_name("away").rename(remote)
        said, _ = worker.communicate()
    assert worker.returncode == 0, said
    do(one, "status", PLAN_ID, "--fetch")
    assert statuses(one) == {"slow": "complete", "good": "complete"}
    assert records(one) == records(bare(one))
