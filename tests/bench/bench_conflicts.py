"""How much sooner than git alone conflicts knows. Run: just bench (or python this file).

Ten stages in a repository of 20,000 files: 45 pairs, each of which changes files in common, 50 or
500 of them. The same merges, one after another, are `git merge-tree` for each. Times are ratios,
measured in turn; each of ours is a whole command, which starts Python and checks the plan.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from timing import finish, python, ratio, report

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import Repo, new_repo, plan_text

PLAN = "2026-01-02-ten"
NAMES = [f"stage-{number}" for number in range(10)]


def main() -> None:
    os.environ |= {
        **{f"GIT_{role}_NAME": "Ada Example" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    finish([kept for common in (50, 500) for kept in _measured(common)])


def _measured(common: int) -> Iterator[bool]:
    with tempfile.TemporaryDirectory() as name:
        repo = _ten(Path(name, "project"), common)
        ours = python("-m", "plan_worktree", "conflicts", PLAN, cwd=str(repo.path))
        what = f"45 pairs with {common} files in common, to git alone"
        yield report(what, ratio(ours, _one_by_one(repo), 7), 0.65)


def _one_by_one(repo: Repo) -> Callable[[], None]:
    branches = [f"feature/{PLAN}-{name}" for name in NAMES]

    def run() -> None:
        for one, other in combinations(branches, 2):
            command = ["git", "merge-tree", "--write-tree", one, other]
            subprocess.run(command, cwd=repo.path, check=False, capture_output=True)

    return run


def _ten(folder: Path, common: int) -> Repo:
    repo = new_repo(folder)
    repo.git("branch", "--move", "main")
    for number in range(20_000):
        lines = "".join(f"{number} line {line}\n" for line in range(40))
        repo.write(f"dir-{number % 200}/file-{number // 200}.txt", lines)
    repo.write(f".claude/plans/{PLAN}.md", plan_text(PLAN, *NAMES, status="approved"))
    repo.commit("20,000 files")
    repo.git("repack", "-a", "-d", "--quiet")
    for place, name in enumerate(NAMES):
        repo.git("switch", "--quiet", "--create", f"feature/{PLAN}-{name}", "main")
        for number in range(common):
            path = f"dir-{number % 200}/file-{number // 200}.txt"
            changed = repo.read(path).replace(f"line {place * 3}\n", f"{name}\n")
            repo.write(path, changed)
        for number in range(50):
            repo.write(f"dir-{number}/{name}.txt", f"{name}\n")
        repo.commit(name)
        repo.git("update-ref", f"refs/plan-worktree/{PLAN}/base/{name}", "main")
    repo.git("switch", "--quiet", "main")
    return repo


if __name__ == "__main__":
    main()
