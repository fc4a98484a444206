"""What is said of an owner in another clone: nothing that our own worktree of the stage tells."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest

from plan_worktree.project.clone import ASKED
from tests.clones import LIVE, bare, do, shared, take
from tests.support import Repo, run
from tests.world import PLAN_ID


@pytest.fixture
def watcher(tmp_path: Path) -> Repo:
    """Return a clone with an untouched worktree of a stage that eve has in another clone."""
    one, two = shared(tmp_path, "one", "two")
    do(two, "setup", PLAN_ID)
    take(one, "core", "eve")
    do(two, "status", PLAN_ID, "--fetch")
    assert two.stage(PLAN_ID, "core").path.exists()
    return two


def hours_ago(repo: Repo, hours: float) -> None:
    """Let the remote say that the owner was seen last so long ago, and ask it."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - hours * 3600))
    there, name = bare(repo), f"{LIVE}/claim/core"
    held = json.loads(there.git("cat-file", "blob", name)) | {"time": moment, "seen": moment}
    words = ("git", "hash-object", "-w", "--stdin")
    record = run(*words, cwd=there.path, stdin=json.dumps(held)).stdout.strip()
    there.git("update-ref", name, record)
    do(repo, "status", PLAN_ID, "--fetch")


def quiet(repo: Repo) -> bool:
    stages = do(repo, "status", PLAN_ID, "--json").json()["stages"]
    assert isinstance(stages[0]["quiet"], bool)
    return stages[0]["quiet"]


@pytest.mark.second
def test_only_when_the_owner_was_seen_is_said(watcher: Repo) -> None:
    seen = r"seen \d+ s ago"

    status = do(watcher, "status", PLAN_ID)
    refused = take(watcher, "core", "bob", code=1)
    ready = do(watcher, "ready", PLAN_ID, code=4)
    foreseen = take(watcher, "core", "bob", "--takeover", "--dry-run")
    taken = take(watcher, "core", "bob", "--takeover")

    assert re.search(rf"^core: eve {seen}$", status.stdout, re.MULTILINE)
    held = rf"eve on \S+/\w+ since \S+ \(\d+ s ago\), {seen}"
    assert re.search(f"claimed by {held}: when that is you", refused.stderr)
    assert re.search(rf"\(claimed by eve, {seen}\)", ready.stdout)
    assert re.search(rf"would be taken over from {held}\n", foreseen.stdout)
    assert re.search(rf"is yours, taken over from eve, {seen}\n", taken.stderr)


@pytest.mark.second
def test_an_untouched_worktree_of_ours_does_not_hide_that_the_owner_is_quiet(watcher: Repo) -> None:
    assert not quiet(watcher)

    hours_ago(watcher, 2)

    assert quiet(watcher)
    take_over = f"plan-worktree start {PLAN_ID} core --takeover"
    assert f"core: eve seen 2 h ago; to go on with it: {take_over}\n" in (
        do(watcher, "status", PLAN_ID).stdout
    )
    refused = take(watcher, "core", "bob", code=1)
    assert "seen 2 h ago: when that is you, --owner eve; when nobody works on it any more, " in (
        refused.stderr
    )


@pytest.mark.second
def test_an_owner_is_not_quiet_because_nobody_has_asked_the_remote(watcher: Repo) -> None:
    hours_ago(watcher, 2)
    then = time.time() - 1.75 * 3600
    os.utime(watcher.path / f".git/{ASKED}.{PLAN_ID}", (then, then))

    status = do(watcher, "status", PLAN_ID)
    assert "core: eve seen 2 h ago\n" in status.stdout
    assert "shared through origin, which answered 1 h ago" in status.stdout
    assert not quiet(watcher)

    do(watcher, "status", PLAN_ID, "--fetch")
    assert quiet(watcher)
