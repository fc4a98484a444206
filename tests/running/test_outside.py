"""What counts as a change outside of an agent's worktree."""

from __future__ import annotations

from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.running.outside import Look, Settled, look, strayed
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, finish, set_up, work


def test_our_own_edits_and_commits_of_plans_are_none(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    opened = open_plan(PLAN_ID, repo.path)
    before = look(opened)
    finish(repo, cli, "core")
    work(repo, "api")
    assert strayed(before, look(opened), opened, {"core", "api"}) == []
    repo.commit("the plan says more")
    repo.write(f"{PLANS}/another.md", "not a plan yet")
    assert strayed(before, look(opened), opened, {"core", "api"}) == []


def test_files_commits_and_other_stages_are_named(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    opened = open_plan(PLAN_ID, repo.path)
    before = look(opened)
    finish(repo, cli, "core")
    work(repo, "core", "more.txt")  # after it was completed
    work(repo, "api")
    repo.write("one.txt", "1")
    repo.git("add", "one.txt")
    repo.git("commit", "-qm", "one")
    repo.write("two.txt", "2")
    told = strayed(before, look(opened), opened, {"core"})
    assert [text.partition(":")[0] for text in told[:1]] == [f"in {repo.path}, in no commit"]
    assert "two.txt" in told[0]
    assert told[1].endswith("which changes one.txt")
    assert told[2].startswith("stage core, which nobody works on, has moved from")
    assert told[3].startswith("stage api, which nobody works on, has moved from")
    # It is told once.
    assert strayed(look(opened), look(opened), opened, ()) == []


def test_a_stage_that_somebody_worked_on_is_where_it_was_completed(repo: Repo, cli: Cli) -> None:
    opened = open_plan(PLAN_ID, set_up(repo, cli, "core", "api").path)
    before = Look(repo.head(), frozenset(), {"core": Settled("a" * 40, None)})
    now = before._replace(settled={"core": Settled("b" * 40, "b" * 40)})
    assert strayed(before, now, opened, ()) == []
    moved = before._replace(settled={"core": Settled("c" * 40, "b" * 40)})
    assert len(strayed(before, moved, opened, {"core"})) == 1
