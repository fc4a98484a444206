"""How long landing takes that is proved first. Run: just bench (or python this file).

Eight independent stages whose gates sleep. Times are ratios to the same gates one after the other,
and to the same run without a culprit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from timing import finish

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import Repo, Stage, new_repo

PLAN = "2026-01-02-eight"
COUNT = 8
SECONDS = float(os.environ.get("GATE_SECONDS", "10"))
# A gate sleeps where merged results are proved, and passes at once in a stage's own worktree.
SLEEP = f'case "$PWD" in *scratch*) sleep {SECONDS}; {{end}};; esac'


def main() -> None:
    os.environ |= {
        **{f"GIT_{role}_NAME": "Ada Example" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    with tempfile.TemporaryDirectory() as name:
        finish(list(_checks(Path(name))))


def _checks(folder: Path) -> Iterator[bool]:
    apart = COUNT * SECONDS
    whole = _land(_repo(folder / "whole"), 0)
    yield _said("two at once, to one after the other", whole / apart, 0.55)
    culprit = _land(_repo(folder / "culprit", "s4"), 1)
    yield _said("with a culprit, to without", culprit / whole, 1.3)
    again = _repo(folder / "again")
    _land(again, 0)
    again.git("reset", "--quiet", "--hard", "start")
    for ref in again.git(
        "for-each-ref", "--format=%(refname)", f"refs/plan-worktree/{PLAN}/landed"
    ).split():
        again.git("update-ref", "-d", ref)
    yield _said("seconds when all was proved before", _land(again, 0), 2.0)


def _said(what: str, found: float, limit: float) -> bool:
    print(f"{what}: {found:.2f} (limit {limit}) {'ok' if found <= limit else 'TOO SLOW'}")
    return found <= limit


def _land(repo: Repo, code: int) -> float:
    start = time.perf_counter()
    _run(repo, "merge", PLAN, "--verify", "--jobs", "2", code=code)
    return time.perf_counter() - start


def _repo(path: Path, culprit: str = "") -> Repo:
    repo = new_repo(path / "project")
    ends = {f"s{number}": "true" for number in range(COUNT)} | (
        {culprit: "false"} if culprit else {}
    )
    stages = [Stage(name, verify=(SLEEP.format(end=end),)) for name, end in ends.items()]
    repo.plan(PLAN, *stages)
    repo.commit("a plan")
    _run(repo, "setup", PLAN)
    repo.write("moved.txt", "on\n")
    repo.commit("the target moves on")
    repo.git("tag", "start")
    for name in ends:
        there = repo.stage(PLAN, name)
        there.write(f"src/{name}.txt", "work\n")
        there.commit(name)
        _run(repo, "complete", PLAN, name)
    return repo


def _run(repo: Repo, *words: str, code: int = 0) -> None:
    command = (sys.executable, "-m", "plan_worktree", *words)
    done = subprocess.run(command, cwd=repo.path, capture_output=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr


if __name__ == "__main__":
    main()
