"""Where stages stand where nobody can ask git."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.plan.graph import stage_graph
from plan_worktree.plan.model import read_plan
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.state.declared import declared, read_standing
from tests.support import Repo, plan_text
from tests.world import PLAN_ID, Cli, set_up, work


def test_declared_statuses_are_believed_and_the_rest_follows() -> None:
    stages = [
        {"id": "a", "status": "complete"},
        {"id": "b", "status": "in-progress", "depends_on": ["a"]},
        {"id": "c", "status": "not-started", "depends_on": ["a"]},
        {"id": "d", "status": "not-started", "depends_on": ["b"]},
        {"id": "e", "status": "blocked"},
    ]
    plan = read_plan({"plan_id": "x", "base": "trunk", "stages": stages})

    report = declared(plan, stage_graph(plan))

    states = {entry.stage.id: entry.state.value for entry in report.stages}
    assert states == {
        "a": "complete",
        "b": "in-progress",
        "c": "ready",
        "d": "waiting",
        "e": "blocked",
    }
    assert report.target == "trunk"


def test_outside_of_a_repository_the_plan_is_believed(tmp_path: Path) -> None:
    (tmp_path / f"{PLAN_ID}.md").write_text(plan_text(PLAN_ID, "core", "api:core"))

    standing = read_standing(open_plan(str(tmp_path / f"{PLAN_ID}.md"), tmp_path))

    assert not standing.from_git
    assert [entry.state.value for entry in standing.report.stages] == ["ready", "waiting"]


def test_in_a_repository_git_is_asked(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    work(repo, "core")

    standing = read_standing(open_plan(PLAN_ID, repo.path))

    assert standing.from_git
    assert [entry.state.value for entry in standing.report.stages] == ["in-progress", "waiting"]
