"""A worker is seen through the remote while its agent works."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.running.workers.far_seen import FarSeen
from tests.clones import LIVE, bare, shared, take
from tests.support import Repo
from tests.world import PLAN_ID


def seen(repo: Repo) -> float:
    said = json.loads(repo.git("cat-file", "blob", f"{LIVE}/claim/core"))
    return datetime.fromisoformat(said.get("seen") or said["time"]).timestamp()


def test_a_claim_is_renewed_at_the_remote_while_nobody_runs_a_command(tmp_path: Path) -> None:
    (ada,) = shared(tmp_path, "ada")
    take(ada, "core")
    before = seen(bare(ada))
    (note,) = (ada.path / ".git/worktrees").glob("*/plan-worktree.seen")
    os.utime(note, (before + 400, before + 400))
    far = FarSeen(open_plan(PLAN_ID, ada.path), lambda _: None, rest=0)
    far.renew()
    assert far._thread
    far._thread.join()
    assert seen(bare(ada)) >= before + 399


def test_it_waits_for_no_remote_and_asks_it_seldom(tmp_path: Path) -> None:
    (ada,) = shared(tmp_path, "ada")
    ada.git("config", "remote.origin.url", str(tmp_path / "nowhere"))
    said: list[str] = []
    far = FarSeen(open_plan(PLAN_ID, ada.path), said.append, rest=0)
    far.renew()
    assert far._thread
    far._thread.join()
    assert said == []
    seldom = FarSeen(open_plan(PLAN_ID, ada.path), said.append)
    seldom.renew()
    assert seldom._thread is None
