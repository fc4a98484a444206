"""What waiting costs, and how soon who waits goes on. Run: just bench (or python this file).

Sixteen `start --wait` wait for stages that one other stage frees. Processor time is what the system
counts for the waiters and their gits (getrusage(2), RUSAGE_CHILDREN), as a share of one core.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import finish

WORKERS = 16
# How long all wait in silence, in seconds, and how much of a core each may take then.
SILENCE = 60.0
LIMIT_SHARE = 0.01
# How soon after the stage that frees it a waiter goes on, in seconds, one alone.
LIMIT_WAKE = 1.0

PLAN = "2026-01-02-bench"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        kept = [silence(Path(name) / "silence"), wake(Path(name) / "one", 1)]
        wake(Path(name) / "all", WORKERS)  # as fast as the cores allow: told, not limited
    finish(kept)


def silence(folder: Path) -> bool:
    repository = project(folder, WORKERS)
    before = used()
    # Two runs of different length: the difference is waiting alone, without beginning and end.
    shares = []
    for seconds in (1.0, 1.0 + SILENCE):
        waiters = [waiter(repository, n, f"{seconds}") for n in range(WORKERS)]
        for one in waiters:
            one.communicate()
            assert one.returncode == 4, one.returncode
        now = used()
        shares.append(now - before)
        before = now
    share = (shares[1] - shares[0]) / WORKERS / SILENCE
    kept = share < LIMIT_SHARE
    verdict = "ok" if kept else "TOO MUCH"
    print(f"waiting in silence: {share:.2%} of a core each (limit {LIMIT_SHARE:.0%}) {verdict}")
    return kept


def wake(folder: Path, workers: int) -> bool:
    repository = project(folder, workers)
    waiters = [waiter(repository, n) for n in range(workers)]
    time.sleep(5 + workers / 2)
    core = folder / "worktrees" / PLAN / "core"
    (core / "src").mkdir()
    (core / "src/core.txt").write_text("core\n")
    git(core, "add", "--all")
    git(core, "commit", "--quiet", "-m", "core")
    ours(repository, "complete", PLAN, "core", "--owner", "first")
    freed = time.monotonic()
    after = []
    for one in waiters:  # each writes its brief when it has its stage, and ends
        one.wait()
        after.append(time.monotonic() - freed)
        assert one.returncode == 0, one.returncode
    kept = after[0] < LIMIT_WAKE
    middle, last = statistics.median(after), after[-1]
    print(f"woken, {workers} at once: {middle:.2f} s in the middle, {last:.2f} s the last")
    return kept


def waiter(repository: Path, number: int, *seconds: str) -> subprocess.Popen[bytes]:
    words = ("start", PLAN, "--owner", f"worker-{number}", "--wait", *seconds)
    return subprocess.Popen(command(*words), cwd=repository, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)  # fmt: skip


def project(folder: Path, dependents: int) -> Path:
    """Make a repository whose plan has a first stage, claimed, and others that wait for it."""
    repository = folder / "project"
    plans = repository / ".claude/plans"
    plans.mkdir(parents=True)
    names = ["core", *(f"s{n:02}" for n in range(dependents))]
    stages = [
        {
            "id": name,
            "name": name,
            "branch": f"feature/{PLAN}-{name}",
            "worktree_path": f"../worktrees/{PLAN}/{name}",
            "status": "not-started",
            "depends_on": [] if name == "core" else ["core"],
        }
        for name in names
    ]
    block = {
        "plan_id": PLAN, "created": "2026-01-02", "author": "Ada", "status": "in-progress",
        "stages": stages,
    }  # fmt: skip
    sections = "\n".join(
        f"### Stage {n}: {name}\n\n**Stage ID**: `{name}`\n\n"
        f"**Files to Change**:\n\n- Create: `src/{name}.txt`\n"
        for n, name in enumerate(names, start=1)
    )
    metadata = f"```json metadata\n{json.dumps(block, indent=2)}\n```"
    text = f"# Plan\n\n{metadata}\n\n## Implementation Stages\n\n{sections}"
    (plans / f"{PLAN}.md").write_text(text)
    git(repository, "init", "--quiet", "-b", "main")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "plan")
    ours(repository, "setup", PLAN)
    ours(repository, "start", PLAN, "core", "--owner", "first")
    return repository


def git(directory: Path, *words: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *who, *words], cwd=directory, check=True)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "plan_worktree", *words]


def ours(directory: Path, *words: str) -> None:
    done = subprocess.run(command(*words), cwd=directory, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def used() -> float:
    """Return the processor time of all processes that were started and have ended."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    main()
