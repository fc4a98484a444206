"""How close run comes to the time that a plan must take, and what the supervisor costs.

Run: just bench (or python this file). Agents sleep known times and commit. The makespan is held
against the better of two list schedules of the same graph, in which a stage takes what its agent
sleeps: the longest chain first, and the plan's order. The supervisor's processor time is its own,
without its workers (proc(5), utime and stime), while agents sleep.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import finish

STAGES = 30
PLAN = "2026-01-02-bench"
# The makespan may be so many times the better schedule, and so much more for each stage (seconds).
LIMIT_FACTOR, LIMIT_STAGE = 1.1, 0.5
# Of a core, while agents are at work.
LIMIT_SHARE = 0.03

AGENT = """#!/bin/sh
cat > /dev/null
sleep "$(cat "$PLAN_WORKTREE_HOME/../times/$PLAN_WORKTREE_STAGE")"
mkdir -p src && echo x > "src/$PLAN_WORKTREE_STAGE.txt"
git add -A && git commit -qm "Work on $PLAN_WORKTREE_STAGE"
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        kept = [makespan(Path(name) / str(workers), workers) for workers in (2, 4)]
        kept.append(overhead(Path(name) / "overhead"))
    finish(kept)


def makespan(folder: Path, workers: int) -> bool:
    dice = random.Random(7)  # noqa: S311 - the same graph every time
    names = [f"s{n}" for n in range(STAGES)]
    needs = {n: dice.sample(names[:i], min(i, dice.choice((0, 1, 2)))) for i, n in enumerate(names)}
    times = {n: dice.uniform(1.0, 5.0) for n in names}
    repository = project(folder, needs, times)
    began = time.monotonic()
    result = run(repository, workers)
    took = time.monotonic() - began
    assert result.returncode == 0, result.stderr
    best = min(schedule(needs, times, workers, longest) for longest in (True, False))
    allowed = LIMIT_FACTOR * best + LIMIT_STAGE * STAGES
    verdict = "ok" if took <= allowed else "TOO SLOW"
    print(
        f"{STAGES} stages, {workers} workers: {took:.1f} s; the better schedule {best:.1f} s "
        f"(limit {allowed:.1f} s) {verdict}"
    )
    return took <= allowed


def overhead(folder: Path) -> bool:
    needs: dict[str, list[str]] = {f"s{n}": [] for n in range(4)}
    repository = project(folder, needs, dict.fromkeys(needs, 30.0))
    process = subprocess.Popen(
        command("run", PLAN, "--agent", str(folder / "agent"), "--workers", "4", "--yes"),
        cwd=repository, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(10.0)  # all agents sleep now
    shares = []
    for _ in range(3):
        before = used(process.pid)
        time.sleep(4.0)
        shares.append((used(process.pid) - before) / 4.0)
    process.terminate()
    process.wait()
    share = sorted(shares)[1]
    kept = share < LIMIT_SHARE
    verdict = "ok" if kept else "TOO MUCH"
    print(f"supervisor of 4 agents: {share:.2%} of a core (limit {LIMIT_SHARE:.0%}) {verdict}")
    return kept


def used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def schedule(
    needs: dict[str, list[str]], times: dict[str, float], workers: int, longest: bool
) -> float:
    """Return how long a list schedule takes."""
    rank: dict[str, float] = {}
    for name in reversed(list(needs)):
        after = [rank[other] for other, needed in needs.items() if name in needed]
        rank[name] = times[name] + max(after, default=0.0)
    order = sorted(needs, key=lambda name: -rank[name]) if longest else list(needs)
    free, ends = [0.0] * workers, dict[str, float]()
    while len(ends) < len(needs):
        place = min(range(workers), key=lambda n: free[n])
        now = free[place]
        done = {name for name, end in ends.items() if end <= now}
        ready = [n for n in order if n not in ends and done.issuperset(needs[n])]
        if ready:
            ends[ready[0]] = free[place] = now + times[ready[0]]
        else:
            free[place] = min(end for end in ends.values() if end > now)
    return max(ends.values())


def project(folder: Path, needs: dict[str, list[str]], times: dict[str, float]) -> Path:
    repository = folder / "project"
    plans = repository / ".claude/plans"
    plans.mkdir(parents=True)
    (folder / "times").mkdir()
    for name, seconds in times.items():
        (folder / "times" / name).write_text(f"{seconds:.2f}")
    agent = folder / "agent"
    agent.write_text(AGENT)
    agent.chmod(0o755)
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.support import Stage, plan_text

    stages = [Stage(name, tuple(needed)) for name, needed in needs.items()]
    (plans / f"{PLAN}.md").write_text(plan_text(PLAN, *stages, status="approved"))
    for words in (
        ("init", "-q", "-b", "main"), ("config", "user.name", "A"), ("config", "user.email", "a@b"),
        ("add", "-A"), ("commit", "-qm", "a plan"),
    ):  # fmt: skip
        subprocess.run(["git", *words], cwd=repository, check=True)
    return repository


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "plan_worktree", *words]


def run(repository: Path, workers: int) -> subprocess.CompletedProcess[str]:
    agent = str(repository.parent / "agent")
    words = command("run", PLAN, "--agent", agent, "--workers", str(workers), "--yes", "--json")
    result = subprocess.run(words, cwd=repository, capture_output=True, text=True, check=False)
    assert json.loads(result.stdout.splitlines()[-1])["outcome"] == "done"
    return result


if __name__ == "__main__":
    main()
