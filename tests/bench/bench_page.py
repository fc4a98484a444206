"""What a plan's page costs beside its table. Run: just bench (or python this file).

Both commands are whole processes in the same repository with a plan of fifty stages: in one nobody
has begun, in the other every stage has its worktree, into each of which git has to look.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from timing import finish, python, ratio, report

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import Repo, new_repo, plan_text

PLAN = "2026-01-02-fifty"
ROUNDS = 21


def main() -> None:
    os.environ |= {
        **{f"GIT_{role}_NAME": "Ada Example" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    with tempfile.TemporaryDirectory() as name:
        finish(list(_times(_fifty(Path(name, "fifty")))))


def _times(repo: Repo) -> Iterator[bool]:
    show = ("-m", "plan_worktree", "show", PLAN)
    where = str(repo.path)
    table, page = python(*show, cwd=where), python(*show, "--format", "html", cwd=where)
    yield report("page of 50 stages, to the table", ratio(page, table, ROUNDS), 1.5)
    setup = python("-m", "plan_worktree", "setup", PLAN, cwd=where)
    setup()
    status = python("-m", "plan_worktree", "status", PLAN, cwd=where)
    what = "page of 50 stages with worktrees, to status"
    yield report(what, ratio(page, status, ROUNDS), 1.5)


def _fifty(folder: Path) -> Repo:
    repo = new_repo(folder / "project")
    stages = [f"s{n}" + (f":s{n - 25}" if n >= 25 else "") for n in range(50)]
    repo.write(f".claude/plans/{PLAN}.md", plan_text(PLAN, *stages, status="approved"))
    repo.commit("a plan")
    return repo


if __name__ == "__main__":
    main()
