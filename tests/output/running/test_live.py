"""What a terminal shows of a run: rows, how far the plan is, and lines of what happened."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.output.running.lines import event_words
from plan_worktree.output.running.live import Live, latest_line
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.running.record import Record
from plan_worktree.running.run import read_now
from plan_worktree.running.schedule import Standing, Worker
from plan_worktree.running.workers.events import Event, Kind, event
from tests.support import Repo
from tests.world import PLAN_ID, Cli, finish, set_up


def test_a_row_for_each_worker_at_work_and_a_line_for_the_plan(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    live = Live(read_now(open_plan(PLAN_ID, repo.path)))
    log = tmp_path / "agent.log"
    log.write_bytes(b"first\n\x1b[31mthinking\x1b[0m about \xff it\n\n")
    standing, record = Standing((Worker(), Worker())), Record()
    for one in (
        event(Kind.STARTED, "got it", worker="w", stage="api"),
        event(Kind.ATTEMPT, "began", worker="w", stage="api", attempt=1, log=str(log)),
    ):
        live.take(one)
        record.add(one)
        standing = standing.started(1).heard(1, one)
    ((stage, doing, worker, attempt, _, latest),) = live.rows(standing, record)
    assert (stage, doing, worker, attempt) == ("api", "agent", "2", "1")
    assert latest.startswith("thinking about")
    assert "\x1b" not in latest
    assert live.progress(standing, record).startswith("1 of 2 stages complete, 1 at work, ")
    assert latest_line(str(tmp_path / "gone.log")) == ""


def test_a_line_says_who_where_what_and_how_long() -> None:
    one = Event(
        "failed", "it failed", "2026-01-02T03:04:05Z", "w", "api", 1, 2.0, 0.5, 3, None, "/a.log"
    )
    assert event_words(one) == "03:04:05 w api: it failed (2.0 s, 0.50 USD, 3 turns); log: /a.log"
    named = Event("failed", "see /a.log", "2026-01-02T03:04:05Z", stage="api", log="/a.log")
    assert event_words(named) == "03:04:05 api: see /a.log"
    assert event_words(Event("stopping", "x", "2026-01-02T03:04:05Z")) == "03:04:05 x"
