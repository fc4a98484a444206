"""Random plans, finished in random order and landed bit by bit: dependencies first, each once."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.sampling import sampled
from tests.support import Repo, Stage, new_repo
from tests.world import PLAN_ID, Cli, branch, declared, set_up

pytestmark = pytest.mark.thorough

WAYS = ((), ("--squash",), ("--rebase",))
LINES = "".join(f"line {number:02}\n" for number in range(60))


def play(folder: Path, cli: Cli, seed: int) -> int:
    """Work a random plan to its end; return how many times merge was run."""
    dice = random.Random(seed)  # noqa: S311
    flags = WAYS[seed % len(WAYS)]
    repo = new_repo(folder / "project")
    repo.write("shared.txt", LINES)
    count = dice.randint(4, 8)
    needs = {
        f"s{place}": tuple(f"s{n}" for n in range(place) if dice.random() < 0.35)
        for place in range(count)
    }
    set_up(repo, cli, *(Stage(name, found) for name, found in needs.items()))
    start, landed, heads, merges = repo.head(), list[str](), dict[str, str](), 0
    while len(landed) < count:
        ready = [n for n in needs if n not in heads and all(m in heads for m in needs[n])]
        for name in dice.sample(ready, dice.randint(min(1, len(ready)), len(ready))):
            heads[name] = work(repo, cli, name)
        possible = [n for n in heads if n not in landed and set(needs[n]) <= {*landed, *heads}]
        wanted = possible if dice.random() < 0.6 else []
        said = cli("merge", PLAN_ID, *by_need(wanted, needs), *flags, "--json", cwd=repo.path)
        assert said.exit_code == 0, said.output
        merges += 1
        landed += [one["stage"] for one in said.json()["landed"]]
        assert len(set(landed)) == len(landed)
        for place, name in enumerate(landed):
            assert set(needs[name]) <= set(landed[:place])
    assert declared(repo)[""] == "complete"
    repo.git("switch", "--quiet", "--detach", start)
    for name in landed:
        repo.git("merge", "--quiet", "--no-ff", "-m", name, heads[name])
    assert repo.git("diff", "--stat", "HEAD", "main", "--", "src", "shared.txt") == ""
    return merges


def work(repo: Repo, cli: Cli, name: str) -> str:
    """Finish a stage: a file of its own, and a line of one that all share."""
    there = repo.stage(PLAN_ID, name)
    assert cli("sync", PLAN_ID, name, cwd=repo.path).exit_code == 0
    there.write(f"src/{name}.txt", f"{name}\n")
    line = f"line {int(name[1:]) * 7:02}"
    there.write("shared.txt", there.read("shared.txt").replace(line, f"{name} was here"))
    there.commit(name)
    result = cli("complete", PLAN_ID, name, "--accept-scope", "shared", cwd=there.path)
    assert result.exit_code == 0, result.output
    return there.head(branch(name))


def by_need(names: list[str], needs: dict[str, tuple[str, ...]]) -> list[str]:
    """Put stages behind what they need; a stage's number is higher than those of its needs."""
    assert all(int(m[1:]) < int(n[1:]) for n in names for m in needs[n])
    return sorted(names, key=lambda name: int(name[1:]))


@sampled("seed", range(6), one_in=6)
def test_random_plans_land_whole(tmp_path: Path, cli: Cli, seed: int) -> None:
    assert play(tmp_path, cli, seed) >= 1


@pytest.mark.soak
def test_many_random_plans_land_whole(
    tmp_path: Path, cli: Cli, capfd: pytest.CaptureFixture[str]
) -> None:
    first, count = int(os.environ.get("SEED", "3")), int(os.environ.get("PLANS", "60"))

    merges = [play(tmp_path / str(seed), cli, seed) for seed in range(first, first + count)]

    with capfd.disabled():
        sys.stderr.write(f"\n{count} plans, {sum(merges)} runs of merge\n")
