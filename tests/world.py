"""What many tests share: a plan of six stages, and ways to tell that nothing changed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests import copies
from tests.result import Result
from tests.support import PLANS, Repo, Stage, run

PLAN_ID = "2026-01-02-shop"
POINTER = ".claude/plans/CURRENT_STAGE.md"
# Four waves: one stage, three beside each other, one that needs two of them, and the last.
DIAMOND = ("core", "api:core", "ui:core", "docs:core", "search:api,ui", "release:search,docs")
STAGES = tuple(text.partition(":")[0] for text in DIAMOND)
LOCK = "plan-worktree.lock"
# Where a git directory has the record of plans that were checked.
RECORDS = "plan-worktree"

Cli = Callable[..., Result]


def shop(repo: Repo, *stages: str | Stage, **metadata: object) -> Repo:
    """Commit the plan, by default the diamond."""
    repo.plan(PLAN_ID, *(stages or DIAMOND), **metadata)
    repo.commit("a plan")
    return repo


def branch(stage: str) -> str:
    return f"feature/{PLAN_ID}-{stage}"


def base_ref(stage: str) -> str:
    return f"refs/plan-worktree/{PLAN_ID}/base/{stage}"


def claim_ref(stage: str) -> str:
    return f"refs/plan-worktree/{PLAN_ID}/claim/{stage}"


def completed_ref(stage: str) -> str:
    return f"refs/plan-worktree/{PLAN_ID}/completed/{stage}"


def verified_ref(stage: str) -> str:
    return f"refs/plan-worktree/{PLAN_ID}/verified/{stage}"


def keep_from_checkout(repo: Repo, *stages: str) -> None:
    """Let the checkouts of some stages fail: a file is kept in a store that is away for them."""
    repo.write(".gitattributes", "*.big filter=store\n")
    repo.write("file.big", "content\n")
    repo.git("config", "filter.store.clean", "cat")
    repo.commit("a file in a store")
    away = "|".join(f"*/{stage}" for stage in stages)
    smudge = f"case $PWD in {away}) echo the store is away >&2; exit 1;; esac; cat"
    repo.git("config", "filter.store.smudge", smudge)
    repo.git("config", "filter.store.required", "true")


def set_up(repo: Repo, cli: Cli, *stages: str | Stage, **metadata: object) -> Repo:
    """Commit a plan, by default the diamond, and give its stages their worktrees."""

    def fill() -> None:
        shop(repo, *stages, **metadata)
        result = cli("setup", PLAN_ID, cwd=repo.path)
        assert result.exit_code == 0, result.output

    once(repo, fill, stages, metadata)
    return repo


def once(repo: Repo, fill: Callable[[], object], *what: object) -> None:
    """Have what `fill` makes of a project, and beside it; `what` tells apart what is made.

    A folder that holds nothing but the project is a copy when the same was done before.
    """
    folder = repo.path.parent
    if list(folder.iterdir()) == [repo.path] and (repo.path / ".git").is_dir():
        copies.made((what, contents(repo)), folder, lambda _: fill())
    else:
        fill()


def contents(repo: Repo) -> dict[str, bytes]:
    """Return what a project holds, by relative paths; the index says when files changed, too."""
    top = f"{repo.path}{os.sep}"
    found = {path.removeprefix(top): held for path, held in snapshot(repo.path).items()}
    return {path: held for path, held in found.items() if path != ".git/index"}


def finish(repo: Repo, cli: Cli, stage: str) -> str:
    """Do a stage's work, complete it, and return the commit."""
    commit = work(repo, stage, f"src/{stage}.txt")
    result = cli("complete", PLAN_ID, stage, cwd=repo.stage(PLAN_ID, stage).path)
    assert result.exit_code == 0, result.output
    return commit


def declared(repo: Repo) -> dict[str, str]:
    """Read what the plan says of its stages, and under "" of itself."""
    text = repo.read(f"{PLANS}/{PLAN_ID}.md").partition("```json metadata\n")[2]
    metadata = json.loads(text.partition("\n```")[0])
    return {stage["id"]: stage["status"] for stage in metadata["stages"]} | {"": metadata["status"]}


def refs(repo: Repo) -> dict[str, str]:
    """Every ref with its object, in the whole repository."""
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ", 1) for line in lines)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every path below a folder with its kind and content, git directories included.

    The lock file is left out: it holds nothing, and taking the lock makes it. So is the record of
    plans that were checked, which every command may make.
    """
    found = {}
    for parent, folders, files in os.walk(folder):
        if RECORDS in folders and "HEAD" in files:
            folders.remove(RECORDS)
        for name in folders + files:
            path = Path(parent, name)
            if path.is_symlink():
                found[str(path)] = b"link " + os.fsencode(path.readlink())
            elif path.is_dir():
                found[str(path)] = b"folder"
            elif name != LOCK:
                found[str(path)] = b"file " + path.read_bytes()
    return found


def work(repo: Repo, stage: str, name: str = "", content: str = "work\n") -> str:
    """Commit a file in a stage's worktree and return the commit."""
    there = repo.stage(PLAN_ID, stage)
    there.write(name or f"{stage}.txt", content)
    return there.commit(f"work on {stage}")


def merge(repo: Repo, stage: str, *flags: str) -> None:
    """Land a stage's branch in the branch that home has checked out."""
    repo.git("merge", "--quiet", *(flags or ("--no-ff", "-m", f"land {stage}")), branch(stage))


def row(result: Result, stage: str) -> list[str]:
    """Return the cells of a stage's row in a printed table."""
    lines = [line for line in result.stdout.splitlines() if line.split()[:1] == [stage]]
    assert len(lines) == 1, result.output
    return lines[0].split()


def cell(result: Result, stage: str, column: str) -> str:
    """Return what a stage's row has in a column; a dash where the column was left out."""
    header = next(line for line in result.stdout.splitlines() if line.startswith("STAGE "))
    starts = [found.start() for found in re.finditer(r"(?:^|(?<=  ))\S", header)]
    (line,) = (line for line in result.stdout.splitlines() if line.split()[:1] == [stage])
    for start, end in pairwise([*starts, None]):
        if header[start:end].strip() == column:
            return line[start:end].strip()
    return "-"


def suggested(result: Result, start: str) -> list[str]:
    """Return the command that a message ends with, as a shell would split it."""
    lines = [line for line in result.output.splitlines() if start in line]
    assert len(lines) == 1, result.output
    return shlex.split(lines[0][lines[0].index(start) :])


def follow(result: Result, start: str, cwd: Path) -> Result:
    """Do what a refusal advises, in a real shell."""
    line = next(line for line in result.stderr.splitlines() if start in line)
    return run("sh", "-c", line[line.index(start) :], cwd=cwd)


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def git_that_fails(folder: Path, verb: str, *, after: Path) -> str:
    """Return a PATH on which a verb of git fails once a file is there."""
    git = shutil.which("git")
    script = f"""case " $* " in *" {verb} "*)
    if [ -e '{after}' ]; then echo "fatal: broken" >&2; exit 128; fi;; esac
exec '{git}' "$@\""""
    return f"{executable(folder / 'bin/git', script).parent}{os.pathsep}{os.environ['PATH']}"


def hook(repo: Repo, name: str, script: str) -> Path:
    return executable(repo.path / ".git/hooks" / name, script)


def _heed_signals() -> None:
    """Undo what a run that was started in the background ignores, and so would its children."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(*args: str, cwd: Path, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start the command in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "plan_worktree", *args],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_signals,  # noqa: PLW1509
    )


def wait_for(condition: Callable[[], bool], seconds: float = 300) -> None:
    """Wait until something is true; the limit is for what would never be."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process and everything it started, with no chance to tidy up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
