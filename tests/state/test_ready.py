"""ready: what can be taken now, and what the rest waits for most."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.graph import stage_graph
from plan_worktree.plan.model import read_plan
from plan_worktree.project.home import Home
from plan_worktree.state.ready import find_ready
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.status import Report, State, Work, derive
from tests.support import Repo, Stage
from tests.world import PLAN_ID, Cli, branch, finish, merge, row, set_up, shop, work


def test_ready_lists_what_unblocks_most_first(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    first = cli("ready", PLAN_ID, cwd=repo.path)
    assert row(first, "core")[1:] == ["5", branch("core"), str(repo.stage(PLAN_ID, "core").path)]
    assert (
        first.stdout.splitlines()[-1] == f"to take the next: plan-worktree start {PLAN_ID} --wait"
    )
    assert "critical path" not in first.stdout  # over api or over ui, it is as long
    finish(repo, cli, "core")

    found = cli("ready", PLAN_ID, "--json", cwd=repo.path).json()

    assert [(s["id"], s["unblocks"]) for s in found["stages"]] == [
        ("api", 2),
        ("ui", 2),
        ("docs", 1),
    ]
    assert found["critical_path"] == ["api", "search", "release"]
    assert [s["id"] for s in found["waiting"]] == ["search", "release"]
    assert found["waiting"][0]["waiting_for"] == ["api", "ui"]


def test_what_is_claimed_begun_blocked_or_done_is_not_ready(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "a", "b", Stage("c", status="blocked"), Stage("d", status="complete"), "e")
    cli("start", PLAN_ID, "a", "--owner", "ada", cwd=repo.path)
    repo.git("config", "planWorktree.quiet", "0")
    work(repo, "b")
    work(repo, "e")
    merge(repo, "e")

    result = cli("ready", PLAN_ID, cwd=repo.path)

    assert (result.exit_code, result.stderr) == (4, "")
    seen = "claimed by ada, seen N s ago, last change N s ago, no process inside"
    said = f"a, which is in-progress ({seen}); b, which is in-progress; c, which is blocked"
    later = f"to wait for it: plan-worktree start {PLAN_ID} --wait"
    gone = f"if ada is gone: plan-worktree start {PLAN_ID} a --takeover"
    told = re.sub(r"\d+ s ago", "N s ago", result.stdout)
    assert told == f"nothing is ready, waiting for {said}; {later}; {gone}\n"


def test_nobody_hears_of_a_takeover_while_the_owner_is_at_work(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)

    assert "--takeover" not in cli("ready", PLAN_ID, cwd=repo.path).stdout


def test_nobody_hears_of_taking_over_from_themselves(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    repo.git("config", "planWorktree.quiet", "0")
    for stage, owner in (("core", "ada"), ("api", "bob")):
        cli("start", PLAN_ID, stage, "--owner", owner, cwd=repo.path)
    cli("mark", PLAN_ID, "core", "blocked", cwd=repo.path)

    of_others = cli("start", PLAN_ID, "--owner", "cyd", cwd=repo.path)
    own = cli("start", PLAN_ID, "--owner", "bob", cwd=repo.path)

    assert f"if bob is gone: plan-worktree start {PLAN_ID} api --takeover" in of_others.stdout
    assert "--takeover" not in own.output


def test_the_critical_path_is_shown_where_it_is_longer_than_all_others(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api:core", "ui:core", "search:api")

    shown = cli("ready", PLAN_ID, cwd=repo.path)

    assert "\ncritical path: core > api > search\n" in shown.stdout


def test_when_all_is_done_it_says_so(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("a", status="complete"))

    result = cli("ready", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 5
    first = "stop where somebody leads you, else land what is complete (two at once do no harm)"
    land = f"{first}: plan-worktree merge {PLAN_ID} --verify"
    said = "nothing is left to build, 1 of 1 stages is to land"
    assert result.stdout == f"{said}; {land}\n"


def test_a_stage_without_a_worktree_can_be_ready(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    assert cli("ready", "--json", cwd=repo.path).json()["stages"][0]["worktree"] is None


@st.composite
def plans(draw: st.DrawFn) -> dict[str, object]:
    count = draw(st.integers(1, 9))
    stages = []
    for n in range(count):
        needs = draw(st.sets(st.sampled_from([f"s{m}" for m in range(n)] or ["-"]), max_size=3))
        status = draw(st.sampled_from(("not-started", "complete", "blocked", "in-progress")))
        fields = {"id": f"s{n}", "status": status, "depends_on": sorted(needs - {"-"})}
        stages.append(fields | {"branch": f"b{n}", "worktree_path": f"../w/{n}", "name": "x"})
    return {"plan_id": "2026-01-02-x", "stages": stages}


@given(plans())
def test_ready_is_what_the_states_say_and_the_critical_path_is_a_longest_one(
    metadata: dict[str, object],
) -> None:
    plan = read_plan(metadata)
    graph = stage_graph(plan)
    report = Report(plan, "main", tuple(derive(plan, graph, {s.id: Work() for s in plan.stages})))
    home = Home(Path("/h"), Path("/h/.git"))

    found = find_ready(Facts(home, plan, {}, {}, None), graph, report)

    states = {entry.stage.id: entry.state for entry in report.stages}
    names = [one.entry.stage.id for one in found.stages]
    assert set(names) == {name for name, state in states.items() if state is State.READY}
    left = {name for name, state in states.items() if state is not State.COMPLETE}
    edges = {s.id: {n for n in s.depends_on if n in left} for s in plan.stages if s.id in left}
    after: dict[str, set[str]] = {name: set() for name in edges}
    depth: dict[str, int] = {}
    for name in TopologicalSorter(edges).static_order():
        depth[name] = 1 + max((depth[n] for n in edges[name]), default=0)
    for name in reversed(list(TopologicalSorter(edges).static_order())):
        for needed in edges[name]:
            after[needed] |= {name} | after[name]
    for one in found.stages:
        assert one.unblocks >= len(after[one.entry.stage.id])
    assert [one.unblocks for one in found.stages] == sorted(
        (one.unblocks for one in found.stages), reverse=True
    )
    path = found.critical_path
    assert len(path) == max(depth.values(), default=0)
    assert all(first in edges[second] for first, second in pairwise(path))
    chains: list[tuple[str, ...]] = [(name,) for name in edges]
    longest = chains
    while chains:
        longest, chains = chains, [(n, *c) for c in chains for n in edges[c[0]]]
    assert found.has_rivals == (len(longest) > 1)
