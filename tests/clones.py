"""Several clones of one bare repository that share a plan through it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests import copies
from tests.result import Result
from tests.support import Repo, Stage, new_repo, plan_worktree, run
from tests.world import PLAN_ID, branch, shop

# The places of a record, by how a clone calls them.
LIVE = f"refs/plan-worktree/{PLAN_ID}"
MIRROR = f"refs/plan-worktree-remote/origin/{PLAN_ID}"


def shared(
    folder: Path, *names: str, stages: tuple[str | Stage, ...] = ("core", "api:core")
) -> list[Repo]:
    """Make a bare repository with a plan, and clones of it that share, each in its own folder.

    The stages of the plan have their worktrees in the first clone.
    """

    def fill(place: Path) -> None:
        place.mkdir()
        seed = shop(new_repo(place / "seed"), *stages, status="approved")
        seed.git("clone", "--quiet", "--bare", ".", str(place / "origin.git"))
        shutil.rmtree(seed.path)

    place = folder / "shared"
    copies.made(("clones", stages), place, fill)
    return [clone(place, name) for name in names]


def clone(place: Path, name: str, url: str = "") -> Repo:
    """Clone what a folder's bare repository has, so that the clone shares."""
    there = place / name / "project"
    there.parent.mkdir()
    made = run("git", "clone", "--quiet", url or str(place / "origin.git"), str(there), cwd=place)
    assert made.exit_code == 0, made.output
    Repo(there).git("config", "planWorktree.remote", "origin")
    return Repo(there)


def bare(repo: Repo) -> Repo:
    """Return the bare repository of a clone."""
    return Repo(repo.path.parent.parent / "origin.git")


def do(repo: Repo, *args: str, code: int = 0, **env: str) -> Result:
    """Run a command in a clone, which must end with a code."""
    result = plan_worktree(*args, cwd=repo.path, env=env)
    assert result.exit_code == code, f"{args}: {result.exit_code}\n{result.output}"
    return result


def take(repo: Repo, stage: str, owner: str = "agent", *flags: str, code: int = 0) -> Result:
    """Start a stage in a clone."""
    return do(repo, "start", PLAN_ID, stage, "--setup", "--owner", owner, *flags, code=code)


def finish(repo: Repo, stage: str, owner: str = "agent", *flags: str) -> str:
    """Do a stage's work, complete it, and return the commit."""
    there = repo.stage(PLAN_ID, stage)
    there.write(f"src/{stage}.txt", f"{stage}\n")
    commit = there.commit(f"{stage} by {owner}")
    do(repo, "complete", PLAN_ID, stage, "--owner", owner, *flags)
    return commit


def records(repo: Repo, prefix: str = LIVE) -> dict[str, str]:
    """Return what others need of the plan by short names, such as claim/core, with the objects.

    The claim of a completed stage, which a remote has, is none.
    """
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
    found = dict(line.removeprefix(f"{prefix}/").split(" ") for line in lines)
    kinds = ("claim/", "completed/", "verified/", "blocked/", "landed/")
    return {
        name: value
        for name, value in found.items()
        if name.startswith(kinds)
        and (name[:6] != "claim/" or value != found.get(f"completed/{name[6:]}"))
    }


def claim_of(repo: Repo, stage: str) -> str:
    """Return who has a stage as a repository has it, "" where nobody has."""
    claim = records(repo).get(f"claim/{stage}")
    return str(json.loads(repo.git("cat-file", "blob", claim))["owner"]) if claim else ""


def tip(repo: Repo, stage: str) -> str:
    return repo.head(f"refs/heads/{branch(stage)}")
