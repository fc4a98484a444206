"""Random plans whose gates fail for combinations: what lands is what lands one by one."""

from __future__ import annotations

import os
import random
import shlex
from pathlib import Path

import pytest

from tests.queueing import culprits, landed, scratches, unless
from tests.sampling import sampled
from tests.support import Repo, Stage, new_repo, run
from tests.world import PLAN_ID, Cli, branch, executable, refs, set_up, verified_ref

pytestmark = pytest.mark.thorough

LINES = "".join(f"line {number:02}\n" for number in range(20))


def make(folder: Path, cli: Cli, dice: random.Random) -> tuple[Repo, list[Stage], list[str]]:
    """Make a plan whose stages are complete; return its stages and the gates of the whole."""
    repo = new_repo(folder / "project")
    repo.write("shared.txt", LINES)
    count = dice.randint(5, 8)
    ids = [f"s{number}" for number in range(count)]
    bad = [dice.sample(ids, dice.randint(2, 3)) for _ in range(dice.randint(1, 3))]
    flaws = dice.sample(ids, dice.randint(0, 2))  # these fail wherever another one has landed
    stages = []
    for place, name in enumerate(ids):
        needs = tuple(n for n in ids[:place] if dice.random() < 0.2)
        pairs = [one for one in bad if name in one]
        gates = [f"sleep 0.{dice.randint(0, 3)}; {unless(*one)}" for one in pairs]
        if name in flaws:
            gates.append('case "$PWD" in *scratch*) test $(ls src | wc -l) -lt 2;; esac')
        stages.append(Stage(name, needs, verify=tuple(gates)))
    whole = [unless(*dice.sample(ids, 2))]
    set_up(repo, cli, *stages, verify=whole)
    clash = dice.sample(ids, 2)
    for stage in stages:
        if stage.depends_on and cli("sync", PLAN_ID, stage.id, cwd=repo.path).exit_code:
            continue  # what it needs conflicts
        there = repo.stage(PLAN_ID, stage.id)
        if stage.id in clash:
            there.write("shared.txt", there.read("shared.txt").replace("line 05", stage.id))
        there.write(f"src/{stage.id}.txt", "work\n")
        there.commit(stage.id)
        cli("complete", PLAN_ID, stage.id, "--accept-scope", "shared", cwd=there.path)
    return repo, stages, whole


def one_by_one(
    repo: Repo, order: list[str], stages: dict[str, Stage], whole: list[str]
) -> tuple[list[str], dict[str, str]]:
    """Land stages one after the other by hand; return what lands, and why the others do not."""
    place = repo.path.parent / "by hand, as in a scratch"
    repo.git("worktree", "add", "--quiet", "--detach", str(place), "main")
    there, done, why = Repo(place), list[str](), dict[str, str]()
    for name in order:
        if any(need in why for need in stages[name].depends_on):
            why[name] = "waits"
            continue
        before = there.head()
        if run("git", "merge", "--quiet", "--no-edit", branch(name), cwd=place).exit_code:
            there.git("merge", "--abort")
            why[name] = "conflict"
            continue
        gates = [*stages[name].verify, *whole]
        failed = next((gate for gate in gates if run("sh", "-c", gate, cwd=place).exit_code), None)
        if failed:
            there.git("reset", "--quiet", "--hard", before)
            why[name] = failed
        else:
            done.append(name)
    repo.git("worktree", "remove", "--force", str(place))
    return done, why


def by_need(dice: random.Random, stages: list[Stage], proved: set[str]) -> list[str]:
    """Return the stages that can land in a random order, each behind what it needs."""
    order: list[str] = []
    left = [stage for stage in stages if stage.id in proved]
    while free := [one for one in left if set(one.depends_on) <= set(order)]:
        order.append(dice.choice(free).id)
        left = [one for one in left if one.id not in order]
    return order


def play(folder: Path, cli: Cli, seed: int) -> int:
    """Land a random plan; return how many stages did not."""
    dice = random.Random(seed)  # noqa: S311
    repo, stages, whole = make(folder, cli, dice)
    named = {stage.id: stage for stage in stages}
    proved = {name for name in named if verified_ref(name) in refs(repo)}
    order = by_need(dice, stages, proved)
    expected, why = one_by_one(repo, order, named, whole)
    seen = folder / "seen"
    executable(
        repo.path / ".git/hooks/reference-transaction",
        f'[ "$1" = committed ] && grep " refs/heads/main$" >>{shlex.quote(str(seen))}; true',
    )
    jobs = str(dice.randint(1, 4))

    result = cli("merge", PLAN_ID, *order, "--verify", "--json", "--jobs", jobs, cwd=repo.path)

    assert order, result.output
    said = result.json()
    assert result.exit_code == int(bool(why)), result.output
    assert (landed(said), said["stopped"]) == (expected, None)
    assert culprits(said) == [name for name in order if why.get(name, "waits") != "waits"]
    for one in said["culprits"]:
        assert (one["gate"] or "conflict") == why[one["stage"]]
    moved = [line.split()[1] for line in seen.read_text().splitlines()] if seen.exists() else []
    assert moved == [one["commit"] for one in said["landed"]]
    assert scratches(repo) == []
    return len(why)


@sampled("seed", range(8), one_in=4)
def test_what_lands_is_what_lands_one_by_one(tmp_path: Path, cli: Cli, seed: int) -> None:
    play(tmp_path, cli, seed)


@pytest.mark.soak
def test_many_random_plans_land_as_they_would_one_by_one(tmp_path: Path, cli: Cli) -> None:
    first, count = int(os.environ.get("SEED", "8")), int(os.environ.get("PLANS", "60"))

    assert sum(play(tmp_path / str(seed), cli, seed) for seed in range(first, first + count)) > 0
