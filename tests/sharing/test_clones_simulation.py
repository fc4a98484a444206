"""A project in small, worked on by clones that know of each other only through the remote.

Each clone has agents that start what they get, commit, and complete it, at random speed. They are
killed at random moments; the remote dies in the middle of pushes, and is away for moments; clones
are deleted for good, and their stages taken over. What must be true then is in `check`.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.agents import Agent, Edges, Reports, clone_of
from tests.clones import bare, clone, do, records, shared
from tests.forks import forks
from tests.result import Result
from tests.support import Repo, Stage
from tests.world import PLAN_ID, branch, declared, executable

PATIENCE = 600

# What the remote's hooks do one time in so many: $PPID is the process that takes the push.
DIE = """[ $(($(od -An -N2 -tu2 /dev/urandom) % {one_in})) = 0 ] && kill -{signal} $PPID
exit 0"""
BETWEEN = '[ "$1" = prepared ] || exit 0\n' + DIE


def check(reports: Reports, clones: list[Repo]) -> None:
    for _ in range(2):  # the second time all have heard of all
        for one in clones:
            do(one, "status", PLAN_ID, "--fetch")
    remote = bare(clones[0])
    done = {f"{kind}/{stage}" for stage in reports.edges for kind in ("completed", "verified")}
    assert set(records(remote)) == done
    for one in clones:
        assert records(one) == records(remote)
        statuses = {stage: status for stage, status in declared(one).items() if stage}
        assert statuses == dict.fromkeys(reports.edges, "complete")
        one.git("fsck", "--strict", "--connectivity-only")
    for stage, commit in reports.commits.items():
        assert records(remote)[f"verified/{stage}"] == commit
        assert remote.head(f"refs/heads/{branch(stage)}") == commit
    reports.check_order()


def build_all(agent: Agent) -> None:
    for _ in range(PATIENCE):
        if agent.is_over():
            return
        result = agent.do("start", PLAN_ID, "--setup", "--owner", agent.name, "--json")
        if result.exit_code == 0:
            build(agent, result)
        elif result.exit_code == 5:
            return
        elif result.exit_code == 4:
            take_over(agent)
            time.sleep(agent.dice.uniform(0, 0.3))
        else:  # the remote was away, or died
            known = "does not answer", "does not take", "others were quicker", "taken meanwhile"
            assert agent.is_over() or any(one in result.output for one in known), result.output
            time.sleep(agent.dice.uniform(0, 0.2))
    raise AssertionError(f"{agent.name} waits for ever: {result.output}")


def build(agent: Agent, started: Result) -> None:
    brief = started.json()["brief"]
    agent.build(PLAN_ID, brief["id"], Path(brief["worktree"]))


def take_over(agent: Agent) -> None:
    """Take a stage whose clone is gone for good."""
    reports, result = agent.reports, None
    with reports.lock:  # who takes over knows of nobody else who does
        left = (
            stage
            for stage, holder in reports.holders.items()
            if clone_of(holder) in reports.dead and stage not in reports.completed
        )
        if stage := next(left, None):
            words = ("start", PLAN_ID, stage, "--setup", "--takeover", "--owner", agent.name)
            result = agent.forked.run(*words, "--json", cwd=agent.repo.path)
            if result.exit_code == 0:
                reports.holders[stage] = agent.name
    if result and result.exit_code == 0:
        build(agent, result)


def doom(reports: Reports, one: Repo, ends: threading.Event, dice: random.Random) -> None:
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
        with reports.lock:
            held = [s for s, h in reports.holders.items() if h.startswith(f"{name}/")]
            if name not in reports.dead and any(s not in reports.completed for s in held):
                reports.dead.add(name)
    if name in reports.dead:
        shutil.rmtree(one.path.parent, ignore_errors=True)


def simulate(folder: Path, edges: Edges, count: int, workers: int, seed: int) -> Reports:
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
    reports, ends = Reports(edges), threading.Event()
    with ExitStack() as stack, ThreadPoolExecutor(count * workers + 1) as pool:
        team = [
            Agent(
                f"{one.path.parent.name}/agent-{number}",
                one,
                reports,
                stack.enter_context(forks()),
                random.Random(f"{seed} {one.path.parent.name} {number}"),  # noqa: S311
                odds=0.3,
                soon=0.4,
            )
            for one in clones
            for number in range(workers)
        ]
        chance = pool.submit(doom, reports, first, ends, random.Random(seed))  # noqa: S311
        at_work = [pool.submit(agent.work, build_all) for agent in team]
        try:
            for ended in at_work:
                ended.result()
        finally:
            ends.set()
            chance.result()
    for name in ("pre-receive", "post-receive", "reference-transaction"):
        (hooks / name).unlink()
    check(reports, [one for one in clones if one.path.parent.name not in reports.dead])
    return reports


def random_edges(dice: random.Random, least: int, most: int) -> Edges:
    names = [f"s{number:02}" for number in range(dice.randint(least, most))]
    return {
        name: tuple(sorted(dice.sample(names[:n], min(n, dice.randint(0, 2)))))
        for n, name in enumerate(names)
    }


@pytest.mark.thorough
def test_clones_work_a_plan_to_its_end(tmp_path: Path) -> None:
    reports = simulate(tmp_path, random_edges(random.Random(3), 6, 6), 3, 2, 3)  # noqa: S311
    assert reports.kills


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
            reports = simulate(folder, edges, clones, 2, seed)
            sys.stderr.write(f"{reports.kills} kills, {len(reports.dead)} deleted: complete\n")
        shutil.rmtree(folder)
