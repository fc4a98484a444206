"""What tests of `merge` share: a file that all stages change, and what is asked of the target."""

from __future__ import annotations

from pathlib import Path

from tests.result import Result
from tests.support import PLANS, Repo, Stage
from tests.world import PLAN_ID, Cli, finish, refs, set_up, snapshot, work

PLAN = f"{PLANS}/{PLAN_ID}.md"
WAYS = ((), ("--squash",), ("--rebase",))
FILE = "src/shared.txt"
LINES = "".join(f"line {number:02}\n" for number in range(20))


def landed_ref(stage: str) -> str:
    return f"refs/plan-worktree/{PLAN_ID}/landed/{stage}"


def land(repo: Repo, cli: Cli, *args: str, code: int = 0) -> Result:
    result = cli("merge", PLAN_ID, *args, cwd=repo.path)
    assert result.exit_code == code, result.output
    return result


def names(repo: Repo) -> list[str]:
    """Return what landed, the first first: the stage that each commit of the target names."""
    flags = (
        "--first-parent",
        "--reverse",
        "--format=%(trailers:key=Stage,valueonly,separator=%x20)",
    )
    return repo.git("log", *flags).split()


def edit(repo: Repo, cli: Cli, stage: str, line: str) -> str:
    """Change a line of the file that all stages share, and complete the stage."""
    there = repo.stage(PLAN_ID, stage)
    there.write(FILE, there.read(FILE).replace(f"line {line}", f"{stage} {line}"))
    commit = there.commit(f"{stage} changes {line}")
    result = cli("complete", PLAN_ID, stage, "--accept-scope", "it is shared", cwd=there.path)
    assert result.exit_code == 0, result.output
    return commit


def replacing(repo: Repo, cli: Cli, owner: str) -> Repo:
    """Complete a stage, and let another one take out the file that the first has made.

    Return the other one's worktree, in which the work of `owner` is committed and not complete.
    """
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    assert cli("start", PLAN_ID, "api", "--owner", owner, cwd=repo.path).exit_code == 0
    api = repo.stage(PLAN_ID, "api")
    api.git("rm", "--quiet", "src/core.txt")
    work(repo, "api", "src/api.txt")
    return api


def shared(repo: Repo, cli: Cli, *stages: str | Stage) -> Repo:
    repo.write(FILE, LINES)
    return set_up(repo, cli, *stages)


def untouched(repo: Repo) -> tuple[dict[str, bytes], dict[str, str], str]:
    """Home's files, all refs and the state of the index: what a refusal leaves as it is."""
    git = repo.path / ".git"
    files = {
        name: raw for name, raw in snapshot(repo.path).items() if not Path(name).is_relative_to(git)
    }
    return files, refs(repo), repo.git("status", "--porcelain=v2", "--branch")
