"""Agents that know nothing of each other, and what they report: for projects played in small.

Each agent starts what it gets, commits, and completes it, at random speed and killed at random
moments.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.forks import Forks
from tests.result import Result
from tests.support import Repo, run

Edges = dict[str, tuple[str, ...]]


@dataclass
class Reports:
    """What the agents report; `lock` guards it. `dead` are clones that were deleted."""

    edges: Edges
    lock: threading.Lock = field(default_factory=threading.Lock)
    holders: dict[str, str] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    completed: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    kills: int = 0
    failed: threading.Event = field(default_factory=threading.Event)

    def ancestors(self, stage: str) -> set[str]:
        found = set(self.edges[stage])
        return found.union(*(self.ancestors(needed) for needed in self.edges[stage]))

    def began(self, agent: str, stage: str, there: Repo) -> None:
        """See that no living agent has the stage, and that it starts from all that it needs."""
        with self.lock:
            holder = self.holders.setdefault(stage, agent)
            assert holder == agent or clone_of(holder) in self.dead, (holder, agent, stage)
            self.holders[stage] = agent
            assert stage not in self.completed, f"{stage} was complete when {agent} got it"
            needed = {name: self.commits[name] for name in self.ancestors(stage)}
        for name, commit in needed.items():
            inside = run("git", "merge-base", "--is-ancestor", commit, "HEAD", cwd=there.path)
            assert inside.exit_code == 0, f"{stage} was started without the commit of {name}"
            assert there.read(f"src/{name}.txt") == f"{name}\n"

    def ends(self, agent: str, stage: str, commit: str) -> bool:
        """Note a commit before the stage is completed with it: somebody may start from it then.

        Tell whether the agent's clone is still there to complete it.
        """
        with self.lock:
            if clone_of(agent) in self.dead:
                return False
            self.commits[stage] = commit
            self.completed.append(stage)
        return True

    def check_order(self) -> None:
        """See that every stage was completed once, after all that it needs."""
        assert sorted(self.completed) == sorted(self.edges)
        place = {name: index for index, name in enumerate(self.completed)}
        assert all(place[n] < place[stage] for stage in self.edges for n in self.ancestors(stage))


def clone_of(agent: str) -> str:
    """Return the clone that an agent is in, which its name begins with."""
    return agent.partition("/")[0]


@dataclass
class Agent:
    """One agent: a process that forks, and dice for how fast it is, and when it is killed.

    The odds are those of a kill, which comes within so many seconds (`soon`).
    """

    name: str
    repo: Repo
    reports: Reports
    forked: Forks
    dice: random.Random
    odds: float
    soon: float

    def work(self, build_all: Callable[[Agent], None]) -> None:
        """Build stages until none is left; who fails ends the others, who would wait for ever."""
        try:
            build_all(self)
        except BaseException:
            if clone_of(self.name) not in self.reports.dead:  # its folder went away under it
                self.reports.failed.set()
                raise

    def is_over(self) -> bool:
        """Tell whether another agent failed, or the clone is gone."""
        return self.reports.failed.is_set() or clone_of(self.name) in self.reports.dead

    def build(self, plan_id: str, stage: str, worktree: Path) -> None:
        there = Repo(worktree)
        self.reports.began(self.name, stage, there)
        time.sleep(self.dice.uniform(0, 0.1))
        there.write(f"src/{stage}.txt", f"{stage}\n")
        if self.reports.ends(self.name, stage, there.commit(f"{stage} by {self.name}")):
            result = self.do("complete", plan_id, stage, "--owner", self.name)
            assert result.exit_code == 0, result.output

    def do(self, *args: str) -> Result:
        """Run a command; as often as the dice want it is killed first, and run again."""
        while self.dice.random() < self.odds:
            leader = self.forked.start(*args, cwd=self.repo.path)
            time.sleep(self.dice.uniform(0, self.soon))
            with suppress(ProcessLookupError):
                os.killpg(leader, signal.SIGKILL)
            result = self.forked.finish()
            if result.exit_code != -signal.SIGKILL:
                return result
            with self.reports.lock:
                self.reports.kills += 1
        return self.forked.run(*args, cwd=self.repo.path)
