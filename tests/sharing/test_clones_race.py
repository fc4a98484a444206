"""Many clones want one stage at the same moment: one gets it, and the others hear who."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.clones import bare, claim_of, clone, shared
from tests.forks import forks
from tests.support import Repo
from tests.world import PLAN_ID

STAGES = ("s0", "s1", "s2", "s3")


def race(clones: list[Repo], stage: str) -> None:
    """Let all clones start a stage at once."""
    words = ("start", PLAN_ID, stage, "--setup", "--owner")
    commands = [(*words, f"agent-{number}") for number in range(len(clones))]
    with forks() as forked:
        results = forked.together(*commands, cwd=[one.path for one in clones])
    codes = [result.exit_code for result in results]
    assert sorted(codes) == [0] + [1] * (len(clones) - 1), [one.output for one in results]
    winner = f"agent-{codes.index(0)}"
    assert claim_of(bare(clones[0]), stage) == winner
    for result in results:
        if result.exit_code:
            assert re.search(f"claimed by {winner} on ", result.stderr), result.stderr


def several(folder: Path, count: int) -> list[Repo]:
    stages = tuple(f"s{number}" for number in range(200))
    found = shared(folder, "clone-0", stages=stages if count == 200 else STAGES)
    place = folder / "shared"
    return [*found, *(clone(place, f"clone-{number}") for number in range(1, min(count, 16)))]


def test_of_four_clones_one_gets_a_stage(tmp_path: Path) -> None:
    race(several(tmp_path, 4), "s0")


@pytest.mark.thorough
def test_clones_that_take_any_stage_get_one_each(tmp_path: Path) -> None:
    clones = several(tmp_path, 3)
    commands = [("start", PLAN_ID, "--setup", "--owner", f"agent-{n}") for n in range(3)]
    with forks() as forked:
        results = forked.together(*commands, cwd=[one.path for one in clones])
    assert [one.exit_code for one in results] == [0, 0, 0], [one.output for one in results]
    held = [claim_of(bare(clones[0]), stage) for stage in STAGES]
    assert sorted(filter(None, held)) == ["agent-0", "agent-1", "agent-2"]


@pytest.mark.thorough
def test_of_sixteen_clones_one_gets_a_stage(tmp_path: Path) -> None:
    clones = several(tmp_path, 16)
    for stage in STAGES:
        race(clones, stage)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_of_sixteen_clones_one_gets_a_stage_two_hundred_times(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    clones = several(tmp_path, 200)
    for number in range(int(os.environ.get("ROUNDS", "200"))):
        race(clones, f"s{number}")
        with capfd.disabled():
            sys.stderr.write(f"\nround {number}: one winner")
