"""status --follow in a clone that shares: it hears what happens in others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plan_worktree.change import listening
from plan_worktree.change.changing import catch_up
from plan_worktree.commands.status import _follow
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.state import waiting
from plan_worktree.state.overview import follow_states
from tests.clones import bare, finish, shared, take
from tests.support import Repo
from tests.world import PLAN_ID, shop


def happening(one: Repo) -> Iterator[None]:
    """Let something happen each third time that the remote is to be asked; interrupt at last."""
    remote = bare(one).path
    away = remote.with_name("away")
    for happen in (
        lambda: take(one, "core", "ada"),
        lambda: remote.rename(away),
        lambda: away.rename(remote),
        lambda: finish(one, "core", "ada"),
        lambda: take(one, "api", "eve"),
        lambda: remote.rename(away),
    ):
        yield
        yield
        happen()
    yield
    yield
    raise KeyboardInterrupt


@pytest.mark.thorough
def test_it_tells_what_happens_in_other_clones_and_once_that_the_remote_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = shared(tmp_path, "one", "two")
    happens = happening(one)

    def ask(opened: Opened, say: object, **options: float) -> bool:
        next(happens)
        return catch_up(opened, say, **{**options, "older": 0})  # type: ignore[arg-type]

    monkeypatch.setattr(waiting, "SHARED", 0.01)
    monkeypatch.setattr(listening, "catch_up", ask)
    monkeypatch.chdir(two.path)

    with pytest.raises(KeyboardInterrupt):
        _follow(PLAN_ID)

    out, err = capsys.readouterr()
    assert [line.partition(" ")[2] for line in out.splitlines()] == [
        "core ready", "api waiting",
        "core ready -> in-progress (ada)",
        "core in-progress (ada) -> complete", "api waiting -> ready",
        "api ready -> in-progress (eve)",
    ]  # fmt: skip
    warnings = [line for line in err.splitlines() if line.startswith("warning: origin does not")]
    assert len(warnings) == 2
    assert all(line.endswith("): what it had last counts") for line in warnings)


def test_in_a_clone_that_does_not_share_nobody_is_asked(repo: Repo) -> None:
    shop(repo, "core")

    def ask(_: Opened) -> None:
        raise AssertionError

    assert next(follow_states(PLAN_ID, repo.path, ask)).plan.plan_id == PLAN_ID
