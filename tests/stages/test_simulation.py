"""A whole project in small: agents that know nothing of each other work a plan to its end.

Each agent is a process that starts what it gets, commits, and completes it, at random speed and
killed at random moments. What must be true at the end is in `check`.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.agents import Agent, Edges, Reports
from tests.forks import forks
from tests.support import Repo, Stage, new_repo, plan_worktree
from tests.world import PLAN_ID, branch, claim_ref, declared, refs, shop, verified_ref

# Times that an agent asks in vain; counted, because a machine may stand still for a minute.
PATIENCE = 400


def check(repo: Repo, reports: Reports) -> None:
    assert declared(repo) == {"": "in-progress"} | dict.fromkeys(reports.edges, "complete")
    found = refs(repo)
    assert [name for name in found if name.startswith(claim_ref(""))] == []
    for stage, commit in reports.commits.items():
        assert found[verified_ref(stage)] == commit == found[f"refs/heads/{branch(stage)}"]
        assert repo.stage(PLAN_ID, stage).git("status", "--porcelain") == ""
    marks = (repo.path / ".git").glob("worktrees/*/plan-worktree.*")
    assert {mark.suffix for mark in marks} <= {".seen"}
    repo.git("fsck", "--strict", "--connectivity-only")
    reports.check_order()


def build_all(agent: Agent) -> None:
    asked = 0
    while (asked := asked + 1) < PATIENCE and not agent.is_over():
        result = agent.do("start", PLAN_ID, "--owner", agent.name, "--json")
        if result.exit_code == 0:
            brief = result.json()["brief"]
            agent.build(PLAN_ID, brief["id"], Path(brief["worktree"]))
            asked = 0
        elif result.exit_code == 5:
            return
        else:
            assert result.exit_code == 4, result.output
            time.sleep(agent.dice.uniform(0, 0.3))
    assert agent.is_over(), f"{agent.name} waits for ever: {result.output}"


@st.composite
def graphs(draw: st.DrawFn, most: int) -> Edges:
    count = draw(st.integers(3, most))
    names = [f"s{n}" for n in range(count)]
    return {
        name: tuple(sorted(draw(st.sets(st.sampled_from(names[:n] or ["-"]), max_size=2)) - {"-"}))
        for n, name in enumerate(names)
    }


def simulate(folder: Path, edges: Edges, agents: int, seed: int) -> Reports:
    repo = new_repo(folder / "project")
    verify = "test -f src/{0}.txt"
    stages = [Stage(s, needs, verify=(verify.format(s),)) for s, needs in edges.items()]
    shop(repo, *stages, status="approved")
    assert plan_worktree("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    reports = Reports(edges)
    with ExitStack() as stack, ThreadPoolExecutor(agents) as pool:
        team = [
            Agent(
                f"agent-{number}",
                repo,
                reports,
                stack.enter_context(forks()),
                random.Random(seed + number),  # noqa: S311
                odds=0.4,
                soon=0.15,
            )
            for number in range(agents)
        ]
        for ended in [pool.submit(agent.work, build_all) for agent in team]:
            ended.result()
    check(repo, reports)
    return reports


@pytest.mark.soak
@given(graphs(6), st.integers(0, 2**20))
@settings(
    max_examples=3,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_agents_work_a_plan_to_its_end(
    tmp_path_factory: pytest.TempPathFactory, edges: Edges, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("project")
    simulate(folder, edges, 3, seed)
    shutil.rmtree(folder)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_agents_work_large_plans_to_their_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for round_ in range(int(os.environ.get("PROJECTS", "10"))):
        seed = random.randrange(2**32)  # noqa: S311
        dice = random.Random(seed)  # noqa: S311
        names = [f"s{n:02}" for n in range(dice.randint(5, 30))]
        edges = {
            name: tuple(sorted(dice.sample(names[:n], min(n, dice.randint(0, 3)))))
            for n, name in enumerate(names)
        }
        folder = tmp_path / str(round_)
        reports = simulate(folder, edges, dice.randint(2, 6), seed)
        with capfd.disabled():
            text = f"{len(edges)} stages, {reports.kills} kills, seed {seed}"
            sys.stderr.write(f"\n{text}: complete\n")
        shutil.rmtree(folder)
