"""A command that is killed anywhere loses nothing, and the same command run again ends the work."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.forks import Forks, forks
from tests.kills import Kill, Scene, Stand, goes_on, is_taken_back, play
from tests.sampling import sampled
from tests.support import Repo, Shared, Stage, new_repo, plan_worktree
from tests.world import PLAN_ID, hook, merge, shop, work

STAGES = ("core", "api:core", "ui:core", "search:api,ui")
LANDING: dict[str, tuple[str, ...]] = {"core": (), "api": ("core",), "docs": ()}
# Else what a killed run and another one make differ by the second in which they do.
DATES = {f"GIT_{who}_DATE": "2026-01-02T03:04:05Z" for who in ("AUTHOR", "COMMITTER")}


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with pytest.MonkeyPatch.context() as patch:
        for name, date in DATES.items():
            patch.setenv(name, date)
        with forks() as found:
            yield found


def setup(repo: Repo, *stages: str) -> None:
    begin(repo, "setup", PLAN_ID, *stages)


def new(path: Path) -> Repo:
    """Make a project with a plan, whose hook leaves a mark in every worktree it has run in."""
    repo = new_repo(path / "project")
    for name in ["changed", "deleted", "dropped", "moved", "program", "both", "type"]:
        repo.write(f"{name}.txt", f"{name}\n" * 20)
    repo.write("deleted too.txt", "")
    hook(repo, "post-checkout", ': >"$(git rev-parse --git-dir)/hooked"')
    return shop(repo, *STAGES)


def begun(path: Path) -> None:
    """Make what the next stage needs: two with commits, one of them changed, the other gone."""
    repo = new(path)
    setup(repo, "core")
    work(repo, "core")
    setup(repo, "api", "ui")
    work(repo, "api")
    work(repo, "ui")
    soil(repo, "api")
    shutil.rmtree(repo.stage(PLAN_ID, "ui").path)


def landed(path: Path) -> None:
    repo = new(path)
    setup(repo)
    for stage in ("core", "api", "ui"):
        work(repo, stage)
        merge(repo, stage)


def dirty(path: Path) -> None:
    """Make four stages: with commits and changes, with either, and with neither."""
    repo = new(path)
    setup(repo)
    work(repo, "core")
    soil(repo, "core")
    work(repo, "api")
    soil(repo, "ui")


def moved(path: Path) -> None:
    """Make a stage that others are behind: one untouched, one with commits."""
    repo = new(path)
    setup(repo)
    there = repo.stage(PLAN_ID, "core")
    there.git("mv", "moved.txt", "folder.txt")
    there.git("rm", "--quiet", "deleted.txt")
    there.write("changed.txt", "changed\n" * 2000)
    there.write("new folder/größe 大小.txt", "new\n" * 500)
    work(repo, "core", "src/core.txt")
    work(repo, "ui", "src/ui.txt")
    begin(repo, "mark", PLAN_ID, "core", "complete")


def worked(path: Path) -> None:
    """Make a stage that is ready to be completed."""
    repo = new(path)
    setup(repo)
    begin(repo, "start", PLAN_ID, "core", "--owner", "ada")
    work(repo, "core", "src/core.txt")
    work(repo, "core", "src/other.txt")


def done(path: Path) -> None:
    """Make stages that can land: one behind another, which moved files, and one beside them."""
    repo = new_repo(path / "project")
    for name in ("changed", "deleted", "moved", "program"):
        repo.write(f"{name}.txt", f"{name}\n" * 20)
    shop(repo, *(Stage(name, needs, verify=("true",)) for name, needs in LANDING.items()))
    setup(repo)
    there = repo.stage(PLAN_ID, "core")
    there.git("mv", "moved.txt", "folder.txt")
    there.git("rm", "--quiet", "deleted.txt")
    there.write("changed.txt", "changed\n" * 2000)
    there.write("new folder/größe 大小.txt", "new\n" * 500)
    (there.path / "program.txt").chmod(0o755)
    for stage in LANDING:
        if stage == "api":
            begin(repo, "sync", PLAN_ID, stage)
        work(repo, stage, f"src/{stage}.txt")
        begin(repo, "complete", PLAN_ID, stage, "--accept-scope", "as it came")
    repo.write("untracked.txt", "in home\n")


def done_elsewhere(path: Path) -> None:
    done(path)
    Repo(path / "project").git("switch", "--quiet", "--detach")


def begin(repo: Repo, *args: str) -> None:
    result = plan_worktree(*args, cwd=repo.path)
    assert result.exit_code == 0, result.output


def soil(repo: Repo, stage: str) -> None:
    """Leave every kind of uncommitted work in a stage's worktree."""
    there = repo.stage(PLAN_ID, stage)
    there.write("staged.txt", "staged\n")
    there.write("both.txt", "staged\n")
    there.git("add", "staged.txt", "both.txt")
    there.write("both.txt", "and changed again\n")
    there.write("changed.txt", "changed\n")
    (there.path / "deleted.txt").unlink()
    there.git("rm", "--quiet", "deleted too.txt")
    there.git("rm", "--quiet", "--cached", "dropped.txt")
    there.git("mv", "moved.txt", "moved away.txt")
    (there.path / "program.txt").chmod(0o755)
    (there.path / "type.txt").unlink()
    (there.path / "type.txt").symlink_to("changed.txt")
    there.write("new folder/größe 大小.txt", "new\n")
    there.write("empty.txt", "")
    there.write("new program", "#!/bin/sh\n").chmod(0o755)
    (there.path / "dangling").symlink_to("no such file")
    if sys.platform == "linux":
        there.write(os.fsdecode(b"caf\xe9.txt"), "latin 1\n")


DIRT = ("core", "ui")
START = ("start", PLAN_ID, "api", "--owner", "ada")
COMPLETE = ("complete", PLAN_ID, "core", "--owner", "ada", "--accept-scope", "as it came")
MERGE = ("merge", PLAN_ID)
MARK = ("mark", PLAN_ID, "core", "not-started")
FORCED = ("remove", PLAN_ID, "--force", "--delete-branch")
SCENES: dict[str, tuple[Callable[[Path], object], Callable[[Path], Scene]]] = {
    "setup-new": (new, lambda path: Scene(path, ("setup", PLAN_ID))),
    "setup-begun": (begun, lambda path: Scene(path, ("setup", PLAN_ID), ("api",))),
    "remove": (landed, lambda path: Scene(path, ("remove", PLAN_ID))),
    "force": (dirty, lambda path: Scene(path, ("remove", PLAN_ID, "--force"), DIRT)),
    "force-branch": (dirty, lambda path: Scene(path, FORCED, DIRT)),
    "start-setup": (new, lambda path: Scene(path, (*START[:2], "core", *START[3:], "--setup"))),
    "start": (moved, lambda path: Scene(path, START)),
    "sync": (moved, lambda path: Scene(path, ("sync", PLAN_ID))),
    "complete": (worked, lambda path: Scene(path, COMPLETE)),
    "mark": (worked, lambda path: Scene(path, MARK)),
    "todo": (worked, lambda path: Scene(path, ("todo", PLAN_ID, "core", "1", "2"))),
    "merge": (done, lambda path: Scene(path, MERGE)),
    "squash": (done, lambda path: Scene(path, (*MERGE, "--squash"))),
    "rebase": (done, lambda path: Scene(path, (*MERGE, "--rebase"))),
    "proved": (done, lambda path: Scene(path, (*MERGE, "--verify", "--jobs", "2"))),
    "detached": (done_elsewhere, lambda path: Scene(path, (*MERGE, "--detached"))),
    "restore": (dirty, lambda path: Scene(path, ("restore", PLAN_ID, "core"), DIRT[:1], FORCED)),
}


# What the others show as well is left to the soak.
SUITE = [n for n in SCENES if n not in ("force", "start-setup", "rebase", "detached")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("kills")
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def stands() -> dict[str, Stand]:
    """Keep the scenes that were played in this process."""
    return {}


@pytest.fixture
def stand(
    shared: Shared, forked: Forks, folder: Path, stands: dict[str, Stand]
) -> Callable[[str], Stand]:
    def make(name: str) -> Stand:
        if name in stands:
            return stands[name]
        fill, scene = SCENES[name]

        def pack(path: Path) -> None:
            fill(path)
            Repo(path / "project").git("repack", "-a", "-d", "--quiet")

        stands[name] = play(forked, scene(shared(f"kills-{fill.__name__}", pack)), folder)
        return stands[name]

    return make


def count_hits(kill: Callable[[Kill], bool], how: str, first: int, step: int) -> int:
    """Kill at one number after the other, until the command ends before."""
    numbers = itertools.count(first, step)
    return sum(1 for _ in itertools.takewhile(lambda at: kill(Kill(how, at)), numbers))


# A scene of four like stages shows in any of them what it shows; the short ones are gone through.
BRIEF = ("start", "sync", "complete", "mark", "todo")
SHORT = ("setup-begun", "restore", *BRIEF)
# Those of one scene follow each other, so that a process plays few scenes.
STEPS = [(name, "before", 1, 20 if name in SHORT else 72) for name in SUITE]
STEPS += [(name, "after", 2, 24 if name in BRIEF else 72) for name in SUITE]
STEPS += [(name, "orphan", 4, 24 if name in BRIEF else 72) for name in SUITE]
STEPS += [(name, "change", 1, 22 if name in BRIEF else 144) for name in SUITE]
STEPS.sort()


@sampled("name", ("setup-begun", "force-branch", "sync", "complete", "merge"), one_in=2)
def test_what_was_killed_in_the_middle_is_finished_by_the_next_run(
    stand: Callable[[str], Stand], name: str
) -> None:
    assert goes_on(stand(name), Kill("before", 6))


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "how", "first", "step"), STEPS)
def test_what_was_killed_at_any_step_is_finished_by_the_next_run(
    stand: Callable[[str], Stand], name: str, how: str, first: int, step: int
) -> None:
    there = stand(name)

    assert count_hits(lambda kill: goes_on(there, kill), how, first, step) >= 1


@pytest.mark.thorough
@pytest.mark.parametrize(("how", "step"), (("before", 20), ("change", 60)))
def test_what_a_killed_removal_took_is_brought_back_at_once(
    stand: Callable[[str], Stand], how: str, step: int
) -> None:
    there = stand("force-branch")

    assert count_hits(lambda kill: is_taken_back(there, kill), how, 1, step) >= 2


# A removal that finds somebody at work in a worktree refuses, and a late git is somebody.
LATE = [(name, "late") for name in SCENES if not name.startswith(("remove", "force"))]
EVERY = [(name, how) for name in SCENES for how in ("before", "after", "orphan", "change")] + LATE


@pytest.mark.soak
@pytest.mark.parametrize(("name", "how"), EVERY)
def test_every_single_step_may_be_the_last(
    stand: Callable[[str], Stand], name: str, how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    there = stand(name)

    hits = count_hits(lambda kill: goes_on(there, kill), how, 1, 1)

    with capfd.disabled():
        sys.stderr.write(f"\n{name}: {hits} kills, {how} each step\n")


@pytest.mark.thorough
@pytest.mark.parametrize("name", SUITE)
def test_what_was_killed_again_and_again_is_finished_by_the_next_run(
    stand: Callable[[str], Stand], name: str
) -> None:
    there, dice = stand(name), random.Random(name)  # noqa: S311

    for _ in range(2):
        goes_on(there, *(Kill("instant", dice.uniform(0, there.seconds)) for _ in range(3)))


@pytest.mark.soak
@pytest.mark.parametrize("name", SCENES)
def test_thousands_of_kills_lose_nothing(
    stand: Callable[[str], Stand], name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    there, seed = stand(name), random.randrange(2**32)  # noqa: S311
    dice, count = random.Random(seed), Counter[str]()  # noqa: S311
    sys.stderr.write(f"seed {seed}\n")

    def kill() -> Kill:
        how = dice.choice(["instant", *(how for scene, how in EVERY if scene == name)])
        count[how] += 1
        return Kill(how, there.seconds * dice.random() if how == "instant" else dice.randint(1, 40))

    for _ in range(int(os.environ.get("KILLS", "500"))):
        goes_on(there, *(kill() for _ in range(dice.randint(1, 3))))
        for world in there.folder.iterdir():
            shutil.rmtree(world)

    with capfd.disabled():
        sys.stderr.write(f"\n{name}: seed {seed}: {count.total()} kills: {dict(count)}\n")
