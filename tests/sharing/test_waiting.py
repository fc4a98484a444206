"""Who waits for a stage hears what becomes of it in other clones, and goes on when it is freed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from plan_worktree.change import listening
from plan_worktree.change.changing import catch_up
from plan_worktree.stages.starting import start_waiting as waiting_start
from plan_worktree.stages.starting.start import StartOptions
from plan_worktree.state import waiting
from plan_worktree.state.ready import Next, wait_ready
from plan_worktree.state.repository.owners import owner_named
from tests.clones import bare, claim_of, finish, shared, take
from tests.support import Repo
from tests.world import PLAN_ID, start, wait_for

CORE_AND_UI = (
    "waiting: nothing is ready, waiting for core, which is in-progress (claimed by ada); "
    "ui, which is in-progress (claimed by eve)"
)
UI = "waiting: nothing is ready, waiting for ui, which is in-progress (claimed by eve)"
AWAY = "origin does not answer (fatal: "


@pytest.mark.thorough
def test_who_waits_is_woken_by_what_another_clone_does(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    words = ("start", PLAN_ID, "api", "--setup", "--owner", "bob", "--wait")
    with start(*words, cwd=two.path) as waiting:
        wait_for(lambda: claim_of(two, "core") == "ada")
        finish(one, "core", "ada")
        output, said = waiting.communicate()
    assert waiting.returncode == 0, output + said
    assert claim_of(one, "api") == ""
    assert claim_of(two, "api") == "bob"
    assert two.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Repo, Repo]:
    """Return two clones; in the first two stages are taken that a third one needs."""
    one, two = shared(tmp_path, "one", "two", stages=("core", "ui", "api:core,ui"))
    take(one, "core", "ada")
    take(one, "ui", "eve")
    return one, two


def happening(clones: tuple[Repo, Repo]) -> Iterator[None]:
    """Let something happen each third time that the remote is to be asked."""
    one, remote = clones[0], bare(clones[0]).path
    for happen in (
        lambda: finish(one, "core", "ada"),
        lambda: remote.rename(remote.with_name("away")),
        lambda: remote.with_name("away").rename(remote),
        lambda: finish(one, "ui", "eve"),
    ):
        yield
        yield
        happen()
    while True:
        yield


def impatient(monkeypatch: pytest.MonkeyPatch, clones: tuple[Repo, Repo], module: object) -> None:
    """Let a module ask the remote without a rest, and things happen before it does."""
    happens = happening(clones)

    def ask(*args: object, **options: object) -> bool:
        next(happens)
        return catch_up(*args, **{**options, "older": 0})  # type: ignore[arg-type]

    monkeypatch.setattr(waiting, "SHARED", 0.01)
    monkeypatch.setattr(module, "catch_up", ask)


def test_who_waits_to_start_hears_each_change_of_what_is_waited_for_once(
    clones: tuple[Repo, Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch, clones, waiting_start)
    said = list[str]()
    options = StartOptions(PLAN_ID, None, owner_named("bob"), set_up=True)

    started = waiting_start.start_waiting(options, clones[1].path, said.append, 300)

    assert started.brief.stage.id == "api"
    told = [line for line in said if line.startswith("waiting: ")]
    assert [told[0], told[1], told[3:]] == [CORE_AND_UI, UI, [UI]]
    offline = re.escape(f"to claim in this clone alone: plan-worktree start {PLAN_ID} --offline")
    assert re.fullmatch(rf"waiting: {re.escape(AWAY)}.*\): {offline}", told[2])


@pytest.mark.second
def test_who_waits_until_something_is_ready_hears_the_same(
    clones: tuple[Repo, Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch, clones, listening)
    said, told = list[str](), list[str]()
    before = partial(listening.listen, say=said.append)

    found = wait_ready(PLAN_ID, clones[1].path, None, 300, before, told.append)

    assert found.next is Next.TAKE
    assert [told[0], told[1], told[3:]] == [CORE_AND_UI, UI, [UI]]
    assert told[2].startswith(f"{UI}; {AWAY}")
