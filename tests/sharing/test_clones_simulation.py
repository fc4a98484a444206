"""A project in small, worked on by clones that know of each other only through the remote.

Each clone has agents that start what they get, commit, and complete it, at random speed. They are
killed at random moments; the remote dies in the middle of pushes, and is away for moments; clones
are deleted for good, and their stages taken over. What must be true then is in `Project.check`.
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

from tests.clones import bare, clone, do, records, shared
from tests.forks import Forks, forks
from tests.result import Result
from tests.support import Repo, Stage, run
from tests.world import PLAN_ID, branch, declared, executable

Edges = dict[str, tuple[str, ...]]
PATIENCE = 600

# What the remote's hooks do one time in so many: $PPID is the process that takes the push.
DIE = """[ $(($(od -An -N2 -tu2 /dev/urandom) % {one_in})) = 0 ] && kill -{signal} $PPID
exit 0"""
BETWEEN = '[ "$1" = prepared ] || exit 0\n' + DIE


@dataclass
class Project:
    """What the agents report; `lock` guards it. `dead` are clones that were deleted."""

    folder: Path
    edges: Edges
    lock: threading.Lock = field(default_factory=threading.Lock)
    holders: dict[str, str] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    completed: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    kills: int = 0
    takeovers: int = 0
    failed: threading.Event = field(default_factory=threading.Event)

    def ancestors(self, stage: str) -> set[str]:
        found = set(self.edges[stage])
        return found.union(*(self.ancestors(needed) for needed in self.edges[stage]))

    def began(self, agent: str, stage: str, there: Repo) -> None:
        """See that no living agent has the stage, and that it starts from all that it needs."""
        with self.lock:
            holder = self.holders.setdefault(stage, agent)
            assert holder == agent or holder.partition("/")[0] in self.dead, (holder, agent, stage)
            self.holders[stage] = agent
            assert stage not in self.completed, f"{stage} was complete when {agent} got it"
            needed = {name: self.commits[name] for name in self.ancestors(stage)}
        for name, commit in needed.items():
            inside = run("git", "merge-base", "--is-ancestor", commit, "HEAD", cwd=there.path)
            assert inside.exit_code == 0, f"{stage} was started without the commit of {name}"

    def check(self, clones: list[Repo]) -> None:
        for _ in range(2):  # the second time all have heard of all
            for one in clones:
                do(one, "status", PLAN_ID, "--fetch")
        remote = bare(clones[0])
        done = {f"{kind}/{stage}" for stage in self.edges for kind in ("completed", "verified")}
        assert set(records(remote)) == done
        for one in clones:
            assert records(one) == records(remote)
            statuses = {stage: status for stage, status in declared(one).items() if stage}
            assert statuses == dict.fromkeys(self.edges, "complete")
            one.git("fsck", "--strict", "--connectivity-only")
        assert sorted(self.completed) == sorted(self.edges)
        for stage, commit in self.commits.items():
            assert records(remote)[f"verified/{stage}"] == commit
            assert remote.head(f"refs/heads/{branch(stage)}") == commit
            for needed in self.ancestors(stage):
                assert self.completed.index(needed) < self.completed.index(stage)


@dataclass
class Agent:
    """One agent in one clone, with dice for how fast it is, and when it and its clone end."""

    name: str
    repo: Repo
    project: Project
    forked: Forks
    dice: random.Random

    @property
    def clone(self) -> str:
        return self.name.partition("/")[0]

    def work(self) -> None:
        try:
            self.build_all()
        except BaseException:
            if self.clone not in self.project.dead:  # its folder went away under it
                self.project.failed.set()
                raise

    def build_all(self) -> None:
        for _ in range(PATIENCE):
            if self.project.failed.is_set() or self.clone in self.project.dead:
                return
            result = self.do("start", PLAN_ID, "--setup", "--owner", self.name, "--json")
            if result.exit_code == 0:
                self.build(json.loads(result.stdout)["brief"])
            elif result.exit_code == 5:
                return
            elif result.exit_code == 4:
                self.take_over()
                time.sleep(self.dice.uniform(0, 0.3))
            else:  # the remote was away, or died
                assert self.is_remote(result), result.output
                time.sleep(self.dice.uniform(0, 0.2))
        raise AssertionError(f"{self.name} waits for ever: {result.output}")

    def is_remote(self, result: Result) -> bool:
        known = "does not answer", "does not take", "others were quicker", "taken meanwhile"
        return self.clone in self.project.dead or any(one in result.output for one in known)

    def take_over(self) -> None:
        """Take a stage whose clone is gone for good."""
        with self.project.lock:
            left = [
                stage
                for stage, holder in self.project.holders.items()
                if holder.partition("/")[0] in self.project.dead
                and stage not in self.project.completed
            ]
        for stage in left[:1]:
            words = ("start", PLAN_ID, stage, "--setup", "--takeover", "--owner", self.name)
            with self.project.lock:  # who takes over knows of nobody else who does
                result = self.forked.run(*words, "--json", cwd=self.repo.path)
                if result.exit_code == 0:
                    self.project.holders[stage] = self.name
                    self.project.takeovers += 1
            if result.exit_code == 0:
                self.build(json.loads(result.stdout)["brief"])

    def build(self, brief: dict[str, str]) -> None:
        stage, there = brief["id"], Repo(Path(brief["worktree"]))
        self.project.began(self.name, stage, there)
        time.sleep(self.dice.uniform(0, 0.1))
        there.write(f"src/{stage}.txt", f"{stage}\n")
        commit = there.commit(f"{stage} by {self.name}")
        with self.project.lock:
            if self.clone in self.project.dead:
                return
            self.project.commits[stage] = commit
            self.project.completed.append(stage)
        result = self.do("complete", PLAN_ID, stage, "--owner", self.name)
        assert result.exit_code == 0, result.output

    def do(self, *args: str) -> Result:
        """Run a command; as often as the dice want it is killed first, and run again."""
        while self.dice.random() < 0.3:
            leader = self.forked.start(*args, cwd=self.repo.path)
            time.sleep(self.dice.uniform(0, 0.4))
            with suppress(ProcessLookupError):
                os.killpg(leader, signal.SIGKILL)
            result = self.forked.finish()
            if result.exit_code != -signal.SIGKILL:
                return result
            with self.project.lock:
                self.project.kills += 1
        return self.forked.run(*args, cwd=self.repo.path)


def doom(project: Project, one: Repo, ends: threading.Event, dice: random.Random) -> None:
    """Let the remote be away for moments, and delete a clone for good once it has a stage."""
    name, remote = one.path.parent.name, bare(one).path
    while not ends.wait(dice.uniform(0.5, 2)):
        away = remote.with_name("away.git")
        remote.rename(away)
        time.sleep(dice.uniform(0, 0.3))
        for lock in away.rglob(
            "*.lock"
        ):  # a git that is killed may leave one: its keeper tidies up
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > 5:
                    lock.unlink()
        away.rename(remote)
        with project.lock:
            held = [s for s, h in project.holders.items() if h.startswith(f"{name}/")]
            if name not in project.dead and any(s not in project.completed for s in held):
                project.dead.add(name)
    if name in project.dead:
        shutil.rmtree(one.path.parent, ignore_errors=True)


def simulate(folder: Path, edges: Edges, count: int, workers: int, seed: int) -> Project:
    """Let clones with some workers each work a plan to its end; the first of them is deleted."""
    verify = "test -f src/{0}.txt"
    stages = tuple(Stage(s, needs, verify=(verify.format(s),)) for s, needs in edges.items())
    (first,) = shared(folder, "clone-0", stages=stages)
    place = folder / "shared"
    clones = [first, *(clone(place, f"clone-{number}") for number in range(1, count))]
    for one in clones if shutil.which("setsid") else ():
        # A server does not die with its clients, which would leave locks on refs in it for ever.
        one.git("config", "remote.origin.receivepack", "setsid git-receive-pack")
    hooks = bare(first).path / "hooks"
    executable(hooks / "pre-receive", DIE.format(one_in=12, signal="KILL"))
    executable(hooks / "post-receive", DIE.format(one_in=12, signal="KILL"))
    executable(hooks / "reference-transaction", BETWEEN.format(one_in=30, signal="TERM"))
    project, ends = Project(place, edges), threading.Event()
    with ExitStack() as stack, ThreadPoolExecutor(count * workers + 1) as pool:
        team = [
            Agent(
                f"{one.path.parent.name}/agent-{number}",
                one,
                project,
                stack.enter_context(forks()),
                random.Random(f"{seed} {one.path.parent.name} {number}"),  # noqa: S311
            )
            for one in clones
            for number in range(workers)
        ]
        chance = pool.submit(doom, project, first, ends, random.Random(seed))  # noqa: S311
        at_work = [pool.submit(agent.work) for agent in team]
        try:
            for ended in at_work:
                ended.result()
        finally:
            ends.set()
            chance.result()
    for name in ("pre-receive", "post-receive", "reference-transaction"):
        (hooks / name).unlink()
    project.check([one for one in clones if one.path.parent.name not in project.dead])
    return project


def random_edges(dice: random.Random, least: int, most: int) -> Edges:
    names = [f"s{number:02}" for number in range(dice.randint(least, most))]
    return {
        name: tuple(sorted(dice.sample(names[:n], min(n, dice.randint(0, 2)))))
        for n, name in enumerate(names)
    }


@pytest.mark.thorough
def test_clones_work_a_plan_to_its_end(tmp_path: Path) -> None:
    project = simulate(tmp_path, random_edges(random.Random(3), 6, 6), 3, 2, 3)  # noqa: S311
    assert project.kills


@pytest.mark.soak
@pytest.mark.timeout(36_000)
def test_many_clones_work_large_plans_to_their_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(int(os.environ.get("PROJECTS", "100"))):
        seed = int(os.environ.get("SEED", random.randrange(2**32)))  # noqa: S311
        dice = random.Random(seed)  # noqa: S311
        edges = random_edges(dice, 5, int(os.environ.get("STAGES", "30")))
        folder = tmp_path / str(number)
        folder.mkdir()
        clones = int(os.environ.get("CLONES", "8"))
        with capfd.disabled():
            sys.stderr.write(f"\n{number}: {len(edges)} stages, seed {seed}: ")
            project = simulate(folder, edges, clones, 2, seed)
            said = f"{project.kills} kills, {len(project.dead)} deleted, "
            sys.stderr.write(said + f"{project.takeovers} taken over: complete\n")
        shutil.rmtree(folder)
