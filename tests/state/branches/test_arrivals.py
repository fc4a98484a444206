"""When a stage's work counts as landed, however it got into the target."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.landings import (
    LANDED,
    NOT_LANDED,
    Way,
    edit,
    overwrite,
    ready,
    shift,
    squash,
    state,
    work,
)
from tests.sampling import sampled
from tests.support import Repo, Stage
from tests.world import PLAN_ID, Cli, branch, row, shop, snapshot

# One or two for each kind of proof that status looks for.
COUNTED = (
    *("merge-commit", "squash", "squash-overwritten", "picks-overwritten", "equal-tree"),
    *("nothing", "one-of-two", "squash-with-more"),
)


@sampled("ways", LANDED.values(), ids=LANDED, one_in=2)
def test_a_stage_is_merged_however_its_work_has_landed(
    repo: Repo, cli: Cli, ways: tuple[Way, ...]
) -> None:
    ready(repo, cli, "core")
    work(repo, "core")
    for way in ways:
        way(repo, "core")
    before = snapshot(repo.path.parent)

    assert state(repo, cli) == "merged"

    assert snapshot(repo.path.parent) == before


@sampled("ways", NOT_LANDED.values(), ids=NOT_LANDED, one_in=2)
def test_a_stage_is_in_progress_while_a_part_of_its_work_is_not_in_the_target(
    repo: Repo, cli: Cli, ways: tuple[Way, ...]
) -> None:
    ready(repo, cli, "core")
    work(repo, "core")
    for way in ways:
        way(repo, "core")

    assert state(repo, cli) == "in-progress"


ODD = ("new\nline.txt", "ends\n", '"quoted".txt', " leads", "-r", ":(top)x", "ä\tb", "[a]*")


@sampled(
    ("name", "end"),
    (*((name, b"\n") for name in ODD), ("picture", b"\0")),
    ids=repr,
    one_in=3,
)
def test_a_stage_is_merged_when_odd_files_have_landed_and_were_changed_again(
    repo: Repo, cli: Cli, name: str, end: bytes
) -> None:
    there = ready(repo, cli, "core")
    there.write(name, b"one" + end)
    there.commit("an odd file")
    squash(repo, "core")
    repo.write(name, b"two" + end)
    repo.commit("other work")

    assert state(repo, cli) == "merged"


@pytest.mark.parametrize(
    ("one", "another"),
    ((b"\0one", b"\0two"), (b"if a:\n    b()\n    c()\n", b"if a:\n    b()\nc()\n")),
    ids=("binary", "indentation"),
)
def test_a_stage_is_not_merged_when_the_target_has_another_file_of_that_name(
    repo: Repo, cli: Cli, one: bytes, another: bytes
) -> None:
    there = ready(repo, cli, "core")
    there.write("file", one)
    there.commit("a file")
    repo.write("file", another)
    repo.commit("another file")

    assert state(repo, cli) == "in-progress"


def test_work_that_was_taken_back_is_merged_only_when_it_is_declared_complete(
    repo: Repo, cli: Cli
) -> None:
    there = ready(repo, cli, "core")
    edit(there, "core.txt", "line 05", "five")
    there.git("revert", "--no-edit", "HEAD")
    assert state(repo, cli) == "in-progress"

    repo.plan(PLAN_ID, Stage("core", status="complete"))

    assert state(repo, cli) == "merged"


@pytest.mark.second
@pytest.mark.parametrize("after", ((), (overwrite,)))
def test_remove_deletes_the_branch_of_a_squashed_stage_which_stays_merged(
    repo: Repo, cli: Cli, after: tuple[Way, ...]
) -> None:
    ready(repo, cli, "core", "api:core")
    work(repo, "core")
    for way in (squash, *after):
        way(repo, "core")

    result = cli("remove", PLAN_ID, "core", cwd=repo.path)

    assert row(result, "core")[1:4] == ["removed", branch("core"), "(deleted)"]
    assert repo.branches() == [branch("api"), "main"]
    assert (state(repo, cli), state(repo, cli, "api")) == ("merged", "ready")


@pytest.mark.parametrize("flags", (("--ff-only",), ("-m", "catch up"), ("--no-edit", "--stat")))
def test_a_stage_without_work_is_not_merged_by_taking_the_target_in(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    there = ready(repo, cli, "core")
    shift(repo, "core")
    there.git("merge", *flags, "main")

    assert state(repo, cli) == "ready"


def processes(repo: Repo, cli: Cli) -> tuple[int, dict[str, str]]:
    """Ask for the status; return how many gits that started, and each stage's state."""
    folder = repo.path.with_name("trace")
    folder.mkdir()
    trace = {"GIT_TRACE2_EVENT": str(folder)}
    result = cli("status", PLAN_ID, "--json", cwd=repo.path, env=trace)
    assert result.exit_code == 0, result.output
    states = {one["id"]: str(one["state"]) for one in result.json()["stages"]}
    return len(list(folder.iterdir())), states


@pytest.mark.thorough
def test_status_starts_one_git_a_worktree_and_the_same_number_besides(
    make_repo: Callable[..., Repo], cli: Cli
) -> None:
    every = LANDED | NOT_LANDED
    besides = set()
    for copies in (1, 2):
        repo = make_repo(f"{copies}/project")
        stages = {f"{name}-{n}": name for name in COUNTED for n in range(copies)}
        ready(repo, cli, *stages, *(f"after-{n}:{','.join(stages)}" for n in range(copies)))
        for stage in stages:
            work(repo, stage)
        for stage, name in stages.items():
            for way in every[name]:
                way(repo, stage)

        count, states = processes(repo, cli)

        besides.add(count - len(repo.worktrees()))
        merged = {stage: name in LANDED for stage, name in stages.items()}
        assert {stage: states[stage] == "merged" for stage in stages} == merged
    assert len(besides) == 1, besides


def test_status_of_many_stages_starts_no_more_gits_than_of_a_few(
    make_repo: Callable[..., Repo], cli: Cli
) -> None:
    found = set()
    for size in (5, 120):
        repo = shop(make_repo(f"{size}/project"), *(f"stage-{n}" for n in range(size)))
        found.add(processes(repo, cli)[0])

    assert len(found) == 1, found
