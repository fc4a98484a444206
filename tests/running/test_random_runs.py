"""Random plans, random agents, random kills of agents, workers and runs: nothing is lost.

At the end every stage that can be complete is, once; blocked ones say why; nothing outside of the
worktrees has changed; and no process of ours lives.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from plan_worktree.project.processes import processes_with
from tests.running.scripted import approved, counts, scripted, statuses
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, refs, start

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs proc(5)")

KINDS = ("good", "crash", "fails", "limit", "kids", "nothing", "good", "good")


def plan_of(dice: random.Random, size: int) -> dict[str, list[str]]:
    """Return stages, called by what their agents do, and what each needs."""
    names = [f"{dice.choice(KINDS)}-{number}" for number in range(size)]
    return {
        name: dice.sample(names[:place], min(place, dice.choice((0, 1, 1, 2))))
        for place, name in enumerate(names)
    }


def of_the_run(repo: Repo) -> list[int]:
    """Return the processes of a run's agents, and its workers."""
    agents = processes_with({"PLAN_WORKTREE_HOME": str(repo.path)})
    workers = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if b"work" in words and any(str(repo.path).encode() in word for word in words):
                workers.append(int(path.parent.name))
    return [*agents, *workers]


def until_done(repo: Repo, dice: random.Random, agent: Path, kills: int) -> None:
    """Run the plan, kill something now and then, and start the run again until it is through."""
    while True:
        words = ("--workers", str(dice.randint(2, 4)), "--yes", "--grace", "0", "--attempts", "3")
        run = start("run", PLAN_ID, "--agent", str(agent), *words, cwd=repo.path)
        while run.poll() is None and kills:
            time.sleep(dice.uniform(0.2, 1.5))
            victims = [run.pid] if dice.random() < 0.3 else of_the_run(repo)
            if victims:
                kills -= 1
                with suppress(ProcessLookupError):
                    os.kill(dice.choice(victims), signal.SIGKILL)
        _, errors = run.communicate()
        assert "Traceback" not in errors, errors
        if not kills and run.returncode in (0, 1):
            return
        assert run.returncode in (0, 1, -signal.SIGKILL), errors


def check(repo: Repo, cli: Cli, plan: dict[str, list[str]]) -> None:
    declared = statuses(repo)
    for stage, needs in plan.items():
        hindered = any(declared[need] != "complete" for need in needs)
        state = declared[stage]
        if hindered:
            assert state == "not-started", (stage, declared)
        elif state != "complete":
            assert state == "blocked", (stage, declared)
    blocked = [stage for stage, state in declared.items() if state == "blocked"]
    told = cli("status", PLAN_ID, cwd=repo.path).stderr
    for stage in blocked:
        assert f"stage {stage} is blocked: " in told
    assert ".lock" not in told  # of a git that was killed with its agent
    assert not [name for name in refs(repo) if "/claim/" in name]
    completed = [name for name in refs(repo) if "/completed/" in name]
    assert len(completed) == list(declared.values()).count("complete")
    assert repo.git("status", "--porcelain").split() == ["M", f"{PLANS}/{PLAN_ID}.md"]
    assert of_the_run(repo) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(int(os.environ.get("RUN_SEEDS", "12"))))
def test_whatever_is_killed_the_plan_is_built(
    make_repo: Callable[..., Repo], cli: Cli, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same plans for a seed
    plan = plan_of(dice, dice.randint(5, 14))
    repo = approved(
        make_repo(),
        *(f"{name}:{','.join(needs)}" if needs else name for name, needs in plan.items()),
    )
    agent = scripted(repo)
    until_done(repo, dice, agent, kills=dice.randint(3, 8))
    # What a kill has left may need one more run to see the end.
    done = cli("run", PLAN_ID, "--agent", agent, "--yes", cwd=repo.path)
    assert done.exit_code in (0, 1), done.output
    assert counts(repo).exists()
    check(repo, cli, plan)
