"""submit is gone on with after a kill, and many at once open no request twice."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

import pytest

from tests.pull_requests import Hub, hub
from tests.remotes import moved
from tests.support import Repo
from tests.world import PLAN_ID, Cli, branch, finish, kill, start, work

STAGES = ("core", "docs")


def sound(repo: Repo, forge: Hub) -> None:
    """Assert that each stage has one request, which is as it is to be, and its branch is there."""
    assert Counter(one["headRefName"] for one in forge.requests()) == {
        branch(stage): 1 for stage in STAGES
    }
    for stage in STAGES:
        head, one = repo.head(branch(stage)), forge.of(stage)
        name = f"refs/heads/{branch(stage)}"
        assert forge.clone.git("ls-remote", "origin", name).startswith(head)
        assert head in one["body"]
        assert one["body"].count("<!-- plan-worktree: begin") == 1


@pytest.mark.thorough
def test_whoever_kills_it_at_any_instant_the_next_one_goes_on(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(19)  # noqa: S311 - a game
    forge = hub(repo, cli, monkeypatch, *STAGES)
    for stage in STAGES:
        finish(repo, cli, stage)
    begun = time.monotonic()
    assert cli("submit", PLAN_ID, "--dry-run", cwd=repo.path).exit_code == 0
    span, hits = 1.5 * (time.monotonic() - begun), 0

    for turn in range(8):
        for stage in STAGES if turn else ():
            work(repo, stage, f"src/{stage}.txt", f"turn {turn}\n")
            assert cli("complete", PLAN_ID, stage, cwd=repo.path).exit_code == 0
        process = start("submit", PLAN_ID, cwd=repo.path)
        time.sleep(dice.uniform(0.1, span) if turn else 0.1)
        hits += process.poll() is None
        kill(process)
        result = cli("submit", PLAN_ID, cwd=repo.path)
        assert result.exit_code == 0, result.output
        sound(repo, forge)

    assert hits


@pytest.mark.soak
def test_sixteen_at_once_open_one_request_each(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *STAGES)
    for stage in STAGES:
        finish(repo, cli, stage)

    for number in range(20):  # all of them fetch it
        forge.clone.git("push", "--quiet", "origin", f"main:refs/heads/other-{number}")
    moved(forge.clone)
    running = [start("submit", PLAN_ID, cwd=repo.path) for _ in range(16)]
    ended = [(process.communicate(), process.returncode) for process in running]

    assert [said for said, code in ended if code] == []
    sound(repo, forge)


@pytest.mark.second
def test_a_request_that_another_one_opens_meanwhile_is_brought_up_to_date(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *STAGES)
    for stage in STAGES:
        finish(repo, cli, stage)
    # It opens both while the first one is about to push.
    script = f'[ -e "{forge.folder}/once" ] || {{ touch "{forge.folder}/once"; unset GIT_DIR; '
    run = f'"{sys.executable}" -m plan_worktree submit {PLAN_ID}'
    again = f'cd "{repo.path}" && {run}; }} >/dev/null 2>&1'
    hook = repo.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}{again}\n")
    hook.chmod(0o755)

    result = cli("submit", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert result.stdout.count("kept #") == 2
    sound(repo, forge)
