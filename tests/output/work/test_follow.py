"""status --follow: one line for each change of a stage's state."""

from __future__ import annotations

import re
import signal
import subprocess

from plan_worktree.output.work.follow import changes
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, set_up, start, work


def test_only_what_is_different_is_told() -> None:
    before = {"core": "ready", "api": "waiting", "old": "ready"}
    after = {"core": "in-progress (ada)", "api": "waiting", "new": "ready"}

    assert list(changes(before, after)) == [
        "core ready -> in-progress (ada)", "new ready", "old ready -> no stage"
    ]  # fmt: skip
    assert list(changes(after, after)) == []


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    moment, _, said = process.stdout.readline().rstrip("\n").partition(" ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
    return said


def test_who_follows_reads_every_change_at_once_until_interrupted(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")

    process = start("status", PLAN_ID, "--follow", cwd=repo.path)
    try:
        assert [next_line(process), next_line(process)] == ["core ready", "api waiting"]
        cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
        assert next_line(process) == "core ready -> in-progress (ada)"
        work(repo, "core", "src/core.txt")  # no other state: no line
        repo.write(f"{PLANS}/notes.md", "a note\n")
        cli("complete", PLAN_ID, "core", cwd=repo.stage(PLAN_ID, "core").path)
        assert {next_line(process), next_line(process)} == {
            "core in-progress (ada) -> complete", "api waiting -> ready"
        }  # fmt: skip
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()

    assert (process.returncode, out) == (130, "")
    assert err.endswith("interrupted; run the same command again to go on\n")


def test_a_plan_that_is_not_there_is_not_followed(repo: Repo, cli: Cli) -> None:
    result = cli("status", "nothing", "--follow", cwd=repo.path)

    assert result.exit_code == 2
    assert 'no plan matches "nothing"' in result.stderr
