"""What a status line costs. Run: just bench (or python this file).

It is asked for after every message of a session, so it may cost half more than `--help`, which
costs what Python and click do.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench_waiting import PLAN, project
from timing import finish, python, ratio, report


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = project(Path(name), 16)
        stage = home.parent / "worktrees" / PLAN / "s00"
        helps = python("-m", "plan_worktree", "--help", cwd=str(home))
        kept = []
        for what, folder in (("a stage's worktree", stage), ("home, of 17 stages", home)):
            line = python("-m", "plan_worktree", "status", "--line", cwd=str(folder))
            kept.append(report(f"status --line in {what}, to --help", ratio(line, helps, 21), 1.5))
    finish(kept)


if __name__ == "__main__":
    main()
