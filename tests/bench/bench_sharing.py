"""What sharing a plan through a remote costs a start. Run: just bench (or python this file).

The remote is a bare repository whose programs sleep before they answer. Two clones take turns: one
shares, the other does not.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import finish

ROUNDS = 5
# How long the remote thinks each time it is asked, and how much longer a start may take by it all.
DELAY = 0.2
LIMIT = 1.0

PLAN = "2026-01-02-bench"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        shares, alone = clones(Path(name))
        seconds: dict[Path, list[float]] = {shares: [], alone: []}
        for number in range(ROUNDS):
            for clone, times in seconds.items():
                begun = time.monotonic()
                run(clone, "start", PLAN, f"s{number}", "--owner", f"agent-{number}")
                times.append(time.monotonic() - begun)
    more = statistics.median(seconds[shares]) - statistics.median(seconds[alone])
    kept = more <= LIMIT
    verdict = "ok" if kept else "TOO SLOW"
    beside = f"alone {statistics.median(seconds[alone]):.2f} s"
    print(
        f"start, remote with {DELAY:g} s: {more:.2f} s more (limit {LIMIT:g} s; {beside}) {verdict}"
    )
    finish([kept])


def clones(folder: Path) -> tuple[Path, Path]:
    """Make two clones of a slow remote with a plan that is set up in both; the first shares it."""
    seed, bare = folder / "seed", folder / "origin.git"
    git(folder, "init", "--quiet", "--initial-branch=main", str(seed))
    plan = seed / f".claude/plans/{PLAN}.md"
    plan.parent.mkdir(parents=True)
    stages = [
        {
            "id": f"s{number}",
            "name": f"Stage {number}",
            "branch": f"feature/{PLAN}-s{number}",
            "worktree_path": f"../worktrees/{PLAN}/s{number}",
            "status": "not-started",
            "depends_on": [],
        }
        for number in range(ROUNDS)
    ]
    metadata = {"plan_id": PLAN, "created": "2026-01-02", "author": "Ada", "status": "approved"}
    block = json.dumps(metadata | {"stages": stages}, indent=2)
    sections = "\n".join(
        f"### Stage {number + 1}: Stage {number}\n\n**Stage ID**: `s{number}`\n"
        for number in range(ROUNDS)
    )
    plan.write_text(f"# Bench\n\n```json metadata\n{block}\n```\n\n{sections}")
    git(seed, "add", "--all")
    git(seed, "commit", "--quiet", "--message", "a plan")
    git(folder, "clone", "--quiet", "--bare", str(seed), str(bare))
    made = []
    for name in ("shares", "alone"):
        clone = folder / name / "project"
        clone.parent.mkdir()
        git(folder, "clone", "--quiet", str(bare), str(clone))
        run(clone, "setup", PLAN)
        made.append(clone)
    for setting, program in (("uploadpack", "upload-pack"), ("receivepack", "receive-pack")):
        slow = folder / f"slow-{program}"
        slow.write_text(f'#!/bin/sh\nsleep {DELAY}\nexec git-{program} "$@"\n')
        slow.chmod(0o755)
        git(made[0], "config", f"remote.origin.{setting}", str(slow))
    git(made[0], "config", "planWorktree.remote", "origin")
    return made[0], made[1]


def git(directory: Path, *args: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *who, *args], cwd=directory, check=True)


def run(clone: Path, *args: str) -> None:
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "plan_worktree", *args]
    subprocess.run(command, cwd=clone, env=variables, check=True, capture_output=True)


if __name__ == "__main__":
    main()
