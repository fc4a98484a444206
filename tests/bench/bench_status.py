"""How fast `status` is. Run: just bench (or python this file).

Thirty stages with a worktree and a commit each. What a person would type instead takes turns with
it: `git status` and `git rev-list` in each worktree, one after the other. What a worktree costs
grows with its files, so there is a repository with next to none and one with two thousand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from timing import finish, python, ratio, report

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import Repo, new_repo, plan_text

PLAN = "2026-01-02-thirty"
STAGES = [f"stage-{n}" for n in range(30)]
BY_HAND = (("status", "--porcelain=v2", "--branch"), ("rev-list", "--count", "main..HEAD"))


def main() -> None:
    os.environ |= {
        **{f"GIT_{role}_NAME": "Ada Example" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "init.defaultBranch",
        "GIT_CONFIG_VALUE_0": "main",
    }
    with tempfile.TemporaryDirectory() as name:
        finish(list(_times(Path(name))))


def _times(folder: Path) -> Iterator[bool]:
    for files in (1, 2000):
        repo = _thirty(folder / str(files), files)
        ours = python("-m", "plan_worktree", "status", PLAN, cwd=str(repo.path))
        figures = ratio(ours, partial(_by_hand, repo), 15)
        yield report(f"status of 30 stages with {files} files, to git in each", figures, 0.9)


def _by_hand(repo: Repo) -> None:
    for stage in STAGES:
        folder = repo.stage(PLAN, stage).path
        for words in BY_HAND:
            subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def _thirty(folder: Path, files: int) -> Repo:
    repo = new_repo(folder / "project")
    for n in range(files):
        repo.write(f"src/{n % 40}/module_{n}.py", f"VALUE = {n}\n")
    repo.write(f".claude/plans/{PLAN}.md", plan_text(PLAN, *STAGES, status="approved"))
    repo.commit("a plan")
    setup = [sys.executable, "-m", "plan_worktree", "setup", PLAN]
    subprocess.run(setup, cwd=repo.path, check=True, capture_output=True)
    for stage in STAGES:
        there = repo.stage(PLAN, stage)
        there.write(f"work/{stage}.txt", "work\n")
        there.commit(stage)
    return repo


if __name__ == "__main__":
    main()
