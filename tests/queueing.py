"""What tests of `merge --verify` share: stages that are complete, and what came of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.merging import land
from tests.support import Repo, Stage
from tests.world import PLAN_ID, Cli, finish, once, set_up


def complete(repo: Repo, cli: Cli, *stages: str | Stage, **metadata: object) -> Repo:
    """Set stages up and complete each of them: a file of its own, `src/STAGE.txt`."""

    def fill() -> None:
        set_up(repo, cli, *stages, **metadata)
        for stage in map(Stage.of, stages):
            if stage.depends_on:
                assert cli("sync", PLAN_ID, stage.id, cwd=repo.path).exit_code == 0
            finish(repo, cli, stage.id)

    once(repo, fill, "complete", stages, metadata)
    return repo


def prove(repo: Repo, cli: Cli, *args: str, code: int = 0) -> dict[str, Any]:
    """Land what passes, and return what is said of it."""
    said: dict[str, Any] = land(repo, cli, "--verify", "--json", *args, code=code).json()
    return said


def landed(said: dict[str, Any]) -> list[str]:
    return [one["stage"] for one in said["landed"]]


def culprits(said: dict[str, Any]) -> list[str]:
    return [one["stage"] for one in said["culprits"]]


def scratches(repo: Repo) -> list[Path]:
    """Return what there is of scratch worktrees: their directories, and git's entries."""
    folder = repo.path.parent / "worktrees" / PLAN_ID
    entries = [path for path in repo.worktrees() if "scratch" in path.name]
    return [*folder.glob("plan-worktree-scratch-*"), *entries]


def unless(*stages: str) -> str:
    """Make a gate that fails where the work of all of some stages is."""
    return "! (" + " && ".join(f"test -e src/{stage}.txt" for stage in stages) + ")"
