"""Whoever waits or follows goes on when the remote cannot be asked, and hears why."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.change import listening
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.open_plan import open_plan
from tests.clones import shared
from tests.world import PLAN_ID


@pytest.mark.parametrize(
    ("error", "why"),
    (
        (
            GitError(["fetch", "origin"], 128, "fatal: no route\n"),
            "origin does not answer (fatal: no route)",
        ),
        # Somebody was just changing what is here: the remote has answered.
        (GitError(["update-ref", "--stdin"], 128, "fatal: cannot lock ref"), ""),
        (PermissionError("not yours"), "origin cannot be asked (not yours)"),
        (None, ""),
    ),
)
def test_what_keeps_from_asking_is_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None, why: str
) -> None:
    (one,) = shared(tmp_path, "one")

    def catch_up(*_: object, **__: object) -> bool:
        if error:
            raise error
        return True

    monkeypatch.setattr(listening, "catch_up", catch_up)

    assert listening.listen(open_plan(PLAN_ID, one.path), print) == why
