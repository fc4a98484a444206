"""How fast an agent gets to work. Run: just bench (or python this file).

A plan of fifty stages, half of them done, the rest waiting to be taken, each behind one of those.
Times are ratios to importing the three packages that every plan needs; git processes are counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from timing import finish, process, python, ratio, report

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import Repo, new_repo, plan_text

PLAN = "2026-01-02-fifty"
HALF = 25
IMPORTS = "import click, mistune, jsonschema"


def main() -> None:
    os.environ |= {
        **{f"GIT_{role}_NAME": "Ada Example" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    with tempfile.TemporaryDirectory() as name:
        fifty = _fifty(Path(name, "fifty"))
        small = new_repo(Path(name, "small/project"))
        _plan(small, "one", "two:one")
        _run(small, "setup", PLAN)
        finish([*_counts(fifty, Path(name)), *_times(fifty, small)])


def _counts(repo: Repo, folder: Path) -> Iterator[bool]:
    commands = {
        "ready": ("ready", PLAN),
        "brief": ("brief", PLAN, "late-1"),
        "start of a stage that stands where it should": ("start", PLAN, "late-0"),
        "start of a stage that is moved first": ("start", PLAN, "late-1"),
        "start of the first that is ready, moved": ("start", PLAN),
        "start by the owner again": ("start", PLAN, "late-0"),
    }
    _run(repo, "sync", PLAN, "late-0")
    for what, words in commands.items():
        log = folder / "trace.json"
        log.unlink(missing_ok=True)
        owner = ("--owner", "bob" if words == ("start", PLAN) else "ada")
        _run(repo, *words, *(owner if words[0] == "start" else ()), GIT_TRACE2_EVENT=str(log))
        count = log.read_text().count('"event":"start"')
        kept = count <= 12
        print(f"git processes of {what}: {count} (limit 12) {'ok' if kept else 'TOO MANY'}")
        yield kept


def _times(fifty: Repo, small: Repo) -> Iterator[bool]:
    imports = process(sys.executable, "-c", IMPORTS)
    for repo, what, stage in ((small, "small repository", "one"), (fifty, "50 stages", "late-0")):
        for words in (("start", PLAN, stage, "--owner", "ada"), ("brief", PLAN, stage), ("ready",)):
            ours = python("-m", "plan_worktree", *words, cwd=str(repo.path))
            figures = ratio(ours, imports, 15)
            yield report(f"{words[0]} in a {what}, to the imports", figures, 2)


def _fifty(folder: Path) -> Repo:
    repo = new_repo(folder / "project")
    names = [f"done-{n}" for n in range(HALF)]
    _plan(repo, *names, *(f"late-{n}:done-{n}" for n in range(HALF)))
    _run(repo, "setup", PLAN)
    for name in names:
        there = repo.stage(PLAN, name)
        there.write(f"src/{name}.txt", "work\n")
        there.commit(name)
        _run(repo, "complete", PLAN, name)
    return repo


def _plan(repo: Repo, *stages: str) -> None:
    repo.write(f".claude/plans/{PLAN}.md", plan_text(PLAN, *stages, status="approved"))
    repo.commit("a plan")


def _run(repo: Repo, *words: str, **variables: str) -> None:
    command = [sys.executable, "-m", "plan_worktree", *words]
    env = {**os.environ, **variables}
    done = subprocess.run(command, cwd=repo.path, env=env, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


if __name__ == "__main__":
    main()
