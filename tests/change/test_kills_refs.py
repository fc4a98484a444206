"""What is killed while git changes several refs at once is finished by the next run.

Git changes them one after the other. Each change of several refs that a command makes is ended
after each of its refs, and the same command run again comes to where it comes without a kill.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.forks import Forks, forks
from tests.kills import Kill, Scene, goes_on, play
from tests.support import Repo, Shared, Stage, new_repo, plan_worktree
from tests.world import PLAN_ID, base_ref, branch, shop, work

pytestmark = pytest.mark.thorough

# Else what a killed run and another one make differ by the second in which they do.
DATES = {f"GIT_{who}_DATE": "2026-01-02T03:04:05Z" for who in ("AUTHOR", "COMMITTER")}
OWNER = ("--owner", "ada")


def does(repo: Repo, command: str, *args: str) -> None:
    result = plan_worktree(command, PLAN_ID, *args, cwd=repo.path)
    assert result.exit_code == 0, result.output


def planned(path: Path, *stages: str | Stage) -> Repo:
    return shop(new_repo(path / "project"), *(stages or ("core", "api:core")))


def ready(path: Path, *stages: str | Stage) -> Repo:
    repo = planned(path, *stages)
    does(repo, "setup")
    return repo


def begun_again(path: Path) -> None:
    """Make a stage whose branch somebody has deleted, and the target has moved since."""
    repo = ready(path, "core")
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.git("branch", "-D", branch("core"))
    repo.commit("other work")


def moved(path: Path) -> Repo:
    """Make a stage that another one, which nobody has touched, needs."""
    repo = ready(path)
    work(repo, "core")
    does(repo, "mark", "core", "complete")
    return repo


def rewritten(path: Path) -> None:
    """Let a stage stand on commits that its dependency has written anew since."""
    repo = moved(path)
    does(repo, "start", "api", "--owner", "bob")
    there = repo.stage(PLAN_ID, "core")
    there.write("core.txt", "better\n")
    there.git("commit", "--quiet", "--all", "--amend", "--message", "better work")


def squashed(path: Path) -> None:
    """Let a stage have own commits on those of one that has landed as another commit."""
    repo = ready(path)
    work(repo, "core")
    does(repo, "sync", "api")
    work(repo, "api")
    repo.git("merge", "--quiet", "--squash", branch("core"))
    repo.commit("land core")


def worked(path: Path) -> Repo:
    """Make a stage that somebody has begun and that is ready to be completed."""
    repo = ready(path, Stage("core", verify=("true",)))
    does(repo, "start", "core", *OWNER)
    work(repo, "core", "src/core.txt")
    return repo


def reopened(path: Path) -> None:
    """Make a stage that was completed, and worked on again by nobody who said so."""
    repo = worked(path)
    does(repo, "complete", "core", *OWNER)
    work(repo, "core", "src/more.txt")
    does(repo, "mark", "core", "in-progress")


def done(path: Path) -> None:
    """Make a stage that can land where home has another branch."""
    repo = worked(path)
    does(repo, "complete", "core", *OWNER)
    repo.git("switch", "--quiet", "--detach")


def landed(path: Path) -> None:
    repo = worked(path)
    does(repo, "complete", "core", *OWNER)
    does(repo, "merge")


def landed_packed(path: Path) -> None:
    landed(path)
    Repo(path / "project").git("pack-refs", "--all")


def untouched(path: Path) -> Repo:
    return ready(path, "core")


def half_packed(path: Path) -> None:
    """Make a stage of which git has packed the base, and not the branch."""
    repo = untouched(path)
    other = repo.git("commit-tree", "-p", "HEAD", "-m", "other", "HEAD^{tree}")
    there = repo.stage(PLAN_ID, "core")
    there.git("reset", "--quiet", "--hard", other)
    repo.git("pack-refs", "--all")
    there.git("reset", "--quiet", "--hard", repo.head())


def taken(path: Path) -> None:
    """Make a stage of which nothing is left but what was saved."""
    repo = untouched(path)
    work(repo, "core")
    does(repo, "remove", "core", "--force", "--delete-branch")
    repo.git("update-ref", "-d", base_ref("core"))


@dataclass(frozen=True)
class Case:
    """A world, the command that is killed in it, and how many refs it changes at once."""

    make: Callable[[Path], object]
    command: tuple[str, ...]
    refs: int


CASES = {
    "setup": Case(lambda path: planned(path, "core"), ("setup",), 2),
    "setup-again": Case(begun_again, ("setup",), 2),
    "start": Case(moved, ("start", "api", *OWNER), 3),
    "start-takeover": Case(rewritten, ("start", "api", *OWNER, "--takeover"), 4),
    "sync": Case(moved, ("sync",), 2),
    "sync-rewritten": Case(rewritten, ("sync", "api"), 3),
    "sync-onto-target": Case(squashed, ("sync", "api", "--onto-target"), 3),
    "complete": Case(worked, ("complete", "core", *OWNER), 3),
    "complete-again": Case(
        reopened, ("complete", "core", *OWNER, "--accept-scope", "it came with it"), 2
    ),
    "complete-unproved": Case(worked, ("complete", "core", *OWNER, "--no-verify"), 2),
    "land": Case(done, ("merge", "--detached"), 2),
    "land-squashed": Case(done, ("merge", "--detached", "--squash"), 2),
    "remove-landed": Case(landed, ("remove",), 2),
    "remove-landed-packed": Case(landed_packed, ("remove",), 2),
    "remove-untouched": Case(untouched, ("remove",), 2),
    "remove-half-packed": Case(half_packed, ("remove",), 2),
    "restore": Case(taken, ("restore", "core"), 2),
}


# Another way to change the same refs.
ALIKE = ("complete-unproved", "land-squashed", "remove-landed-packed")
SWEEPS = [pytest.param(name, marks=[pytest.mark.soak] * (name in ALIKE)) for name in CASES]


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with pytest.MonkeyPatch.context() as patch:
        for name, date in DATES.items():
            patch.setenv(name, date)
        with forks() as found:
            yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("refs")
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize("name", SWEEPS)
def test_refs_that_belong_together_all_change_whichever_was_the_last(
    shared: Shared, forked: Forks, folder: Path, name: str
) -> None:
    case = CASES[name]
    command, *args = case.command
    world = shared(f"refs-{name}", case.make)
    stand = play(forked, Scene(world, (command, PLAN_ID, *args)), folder)

    kills = (Kill("ref", at) for at in itertools.count(1))
    hits = sum(1 for _ in itertools.takewhile(lambda kill: goes_on(stand, kill), kills))

    assert hits > case.refs
