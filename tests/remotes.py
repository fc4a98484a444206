"""A remote that others push to: a bare repository, a clone that plays the forge, another clone."""

from __future__ import annotations

from pathlib import Path

from tests.support import Repo, run
from tests.world import PLAN_ID, Cli, branch, finish, once, shop


def origin(repo: Repo) -> Path:
    """Make a bare repository that a project's main branch is pushed to and follows."""
    bare = repo.path.parent / "origin.git"
    assert run("git", "init", "-q", "--bare", "-b", "main", str(bare), cwd=repo.path).exit_code == 0
    repo.git("remote", "add", "origin", str(bare))
    repo.git("push", "--quiet", "-u", "origin", "main")
    return bare


def clone(repo: Repo, name: str) -> Repo:
    """Clone what a project's remote has, into a folder of the clone's own."""
    place = repo.path.parent / name / "project"
    place.parent.mkdir()
    repo.git("clone", "--quiet", repo.git("remote", "get-url", "origin").strip(), str(place))
    return Repo(place)


def shared(repo: Repo, cli: Cli, *stages: str) -> Repo:
    """Set a plan up in a project with a remote that has the plan; return the forge's clone."""

    def fill() -> None:
        shop(repo, *stages)
        origin(repo)
        assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
        clone(repo, "forge")

    once(repo, fill, "shared", stages)
    return Repo(repo.path.parent / "forge/project")


def pushed(repo: Repo, cli: Cli, stage: str) -> str:
    """Do a stage's work, complete it, push its branch, and return the commit."""
    commit = finish(repo, cli, stage)
    repo.git("push", "--quiet", "origin", branch(stage))
    return commit


def review(forge: Repo, stage: str, name: str, content: str) -> str:
    """Change a file of a stage's branch on the forge, and return the commit."""
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", branch(stage), f"origin/{branch(stage)}")
    forge.write(name, content)
    commit = forge.commit("a reviewer's change")
    forge.git("push", "--quiet", "origin", branch(stage))
    forge.git("switch", "--quiet", "main")
    return commit


def squashed(forge: Repo, stage: str) -> str:
    """Land a stage's branch on the forge as one commit, and return that."""
    forge.git("fetch", "--quiet")
    forge.git("merge", "--quiet", "--squash", f"origin/{branch(stage)}")
    commit = forge.commit(f"{stage} (#12)")
    forge.git("push", "--quiet", "origin", "main")
    return commit


def moved(forge: Repo, name: str = "other.txt") -> str:
    """Commit something else to main on the forge, and return the commit."""
    forge.git("pull", "--quiet", "--ff-only", "origin", "main")
    forge.write(name, "somebody else's\n")
    commit = forge.commit("something else")
    forge.git("push", "--quiet", "origin", "main")
    return commit
