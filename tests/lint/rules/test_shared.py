"""PW408: statuses that are behind what clones share, and nothing of those that are further."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import remotes
from tests.lint.plans import PLAN_ID, FakeRepository, findings, plan
from tests.result import Result
from tests.support import PLANS, Repo, Stage
from tests.world import PLAN_ID as SHOP
from tests.world import finish, shop

Cli = Callable[..., Result]


@dataclass(frozen=True)
class Sharing(FakeRepository):
    """A repository whose clones share how far one stage is."""

    status: str = ""

    def shared_statuses(self, plan_id: str) -> Mapping[str, str]:
        return {"api": self.status, "gone": "complete"} if plan_id == PLAN_ID else {}


@pytest.mark.parametrize(
    ("declared", "there", "is_behind"),
    (
        ("not-started", "in-progress", True),
        ("not-started", "complete", True),
        ("in-progress", "complete", True),
        ("in-progress", "in-progress", False),
        ("complete", "in-progress", False),
        ("complete", "complete", False),
        ("blocked", "in-progress", False),
        ("blocked", "complete", False),
    ),
)
def test_a_status_is_behind_when_the_records_say_more(
    tmp_path: Path, declared: str, there: str, is_behind: bool
) -> None:
    text = plan("core", Stage("api", status=declared))
    found = findings(text, "PW408", repository=Sharing(tmp_path, status=there))
    assert len(found) == is_behind
    for one in found:
        assert f'stage "api" is {there} by what clones share, and the plan says {declared}' in one


@pytest.mark.second
def test_the_command_that_it_names_writes_the_statuses(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    remotes.origin(repo)
    repo.git("config", "planWorktree.remote", "origin")
    cli("setup", SHOP, cwd=repo.path)
    for stage in ("core", "api"):
        assert cli("start", SHOP, stage, "--owner", "ada", cwd=repo.path).exit_code == 0
    finish(repo, cli, "core")
    repo.git("checkout", "--", PLANS)  # as a merge by hand, or a branch switched, may leave it

    told = cli("validate", SHOP, cwd=repo.path)
    assert told.output.count("PW408") == 2, told.output
    assert cli("validate", SHOP, "--ignore", "PW408", cwd=repo.path).output.endswith("found\n")
    assert cli("status", SHOP, "--fetch", cwd=repo.path).exit_code == 0
    assert "PW408" not in cli("validate", SHOP, cwd=repo.path).output
    assert '"status": "complete"' in repo.read(f"{PLANS}/{SHOP}.md")

    repo.git("checkout", "--", PLANS)
    repo.git("config", "--unset", "planWorktree.remote")  # who shares nothing is behind nobody
    assert "PW408" not in cli("validate", SHOP, cwd=repo.path).output
