"""A whole project in small: agents that know nothing of each other work a plan to its end.

Each agent is a process that starts what it gets, commits, and completes it, at random speed and
killed at random moments. What must be true at the end is in `Project.check`.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.forks import Forks, forks
from tests.result import Result
from tests.support import Repo, Stage, new_repo, plan_worktree, run
from tests.world import PLAN_ID, branch, claim_ref, declared, refs, shop, verified_ref

Edges = dict[str, tuple[str, ...]]
# Times that an agent asks in vain; counted, because a machine may stand still for a minute.
PATIENCE = 400


@dataclass
class Project:
    """A repository, its graph, and what the agents report; `lock` guards the latter."""

    repo: Repo
    edges: Edges
    lock: threading.Lock = field(default_factory=threading.Lock)
    holders: dict[str, str] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    completed: list[str] = field(default_factory=list)
    kills: int = 0
    failed: threading.Event = field(default_factory=threading.Event)

    def ancestors(self, stage: str) -> set[str]:
        found = set(self.edges[stage])
        for needed in self.edges[stage]:
            found |= self.ancestors(needed)
        return found

    def began(self, agent: str, stage: str, worktree: Repo) -> None:
        """See that nobody else has the stage, and that it starts from all that it needs."""
        with self.lock:
            assert self.holders.setdefault(stage, agent) == agent
            assert stage not in self.completed
            needed = {name: self.commits[name] for name in self.ancestors(stage)}
        for name, commit in needed.items():
            inside = run("git", "merge-base", "--is-ancestor", commit, "HEAD", cwd=worktree.path)
            assert inside.exit_code == 0, f"{stage} was started without the commit of {name}"
            assert worktree.read(f"src/{name}.txt") == f"{name}\n"

    def ends(self, stage: str, commit: str) -> None:
        """Note a commit before the stage is completed with it: somebody may start from it then."""
        with self.lock:
            self.commits[stage] = commit
            self.completed.append(stage)

    def check(self) -> None:
        assert sorted(self.completed) == sorted(self.edges)
        place = {name: index for index, name in enumerate(self.completed)}
        assert all(place[n] < place[stage] for stage, needs in self.edges.items() for n in needs)
        assert declared(self.repo) == {"": "in-progress"} | dict.fromkeys(self.edges, "complete")
        found = refs(self.repo)
        assert [name for name in found if name.startswith(claim_ref(""))] == []
        for stage, commit in self.commits.items():
            assert found[verified_ref(stage)] == commit == found[f"refs/heads/{branch(stage)}"]
            assert self.repo.stage(PLAN_ID, stage).git("status", "--porcelain") == ""
        marks = (self.repo.path / ".git").glob("worktrees/*/plan-worktree.*")
        assert {mark.suffix for mark in marks} <= {".seen"}
        self.repo.git("fsck", "--strict", "--connectivity-only")


@dataclass
class Agent:
    """One agent: a process that forks, and dice for how fast it is and when it is killed."""

    name: str
    project: Project
    forked: Forks
    dice: random.Random

    def work(self) -> None:
        """Build stages until none is left; who fails ends the others, who would wait for ever."""
        try:
            self.build_all()
        except BaseException:
            self.project.failed.set()
            raise

    def build_all(self) -> None:
        asked = 0
        while (asked := asked + 1) < PATIENCE and not self.project.failed.is_set():
            result = self.do("start", PLAN_ID, "--owner", self.name, "--json")
            if result.exit_code == 0:
                self.build(json.loads(result.stdout)["brief"])
                asked = 0
            elif result.exit_code == 5:
                return
            else:
                assert result.exit_code == 4, result.output
                time.sleep(self.dice.uniform(0, 0.3))
        assert self.project.failed.is_set(), f"{self.name} waits for ever: {result.output}"

    def build(self, brief: dict[str, str]) -> None:
        stage, there = brief["id"], Repo(Path(brief["worktree"]))
        self.project.began(self.name, stage, there)
        time.sleep(self.dice.uniform(0, 0.1))
        there.write(f"src/{stage}.txt", f"{stage}\n")
        commit = there.commit(f"{stage} by {self.name}")
        self.project.ends(stage, commit)
        result = self.do("complete", PLAN_ID, stage, "--owner", self.name)
        assert result.exit_code == 0, result.output

    def do(self, *args: str) -> Result:
        """Run a command; as often as the dice want it is killed first, and run again."""
        while self.dice.random() < 0.4:
            leader = self.forked.start(*args, cwd=self.project.repo.path)
            time.sleep(self.dice.uniform(0, 0.15))
            with suppress(ProcessLookupError):
                os.killpg(leader, signal.SIGKILL)
            result = self.forked.finish()
            if result.exit_code != -signal.SIGKILL:
                return result
            with self.project.lock:
                self.project.kills += 1
        return self.forked.run(*args, cwd=self.project.repo.path)


@st.composite
def graphs(draw: st.DrawFn, most: int) -> Edges:
    count = draw(st.integers(3, most))
    names = [f"s{n}" for n in range(count)]
    return {
        name: tuple(sorted(draw(st.sets(st.sampled_from(names[:n] or ["-"]), max_size=2)) - {"-"}))
        for n, name in enumerate(names)
    }


def simulate(folder: Path, edges: Edges, agents: int, seed: int) -> Project:
    repo = new_repo(folder / "project")
    verify = "test -f src/{0}.txt"
    stages = [Stage(s, needs, verify=(verify.format(s),)) for s, needs in edges.items()]
    shop(repo, *stages, status="approved")
    assert plan_worktree("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    project = Project(repo, edges)
    with ExitStack() as stack, ThreadPoolExecutor(agents) as pool:
        team = [
            Agent(f"agent-{n}", project, stack.enter_context(forks()), random.Random(seed + n))  # noqa: S311
            for n in range(agents)
        ]
        for ended in [pool.submit(agent.work) for agent in team]:
            ended.result()
    project.check()
    return project


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
        project = simulate(folder, edges, dice.randint(2, 6), seed)
        with capfd.disabled():
            text = f"{len(edges)} stages, {project.kills} kills, seed {seed}"
            sys.stderr.write(f"\n{text}: complete\n")
        shutil.rmtree(folder)
