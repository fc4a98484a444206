"""A project whose remote is on a forge, played by a bare repository and a stand-in for gh."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.remotes import clone, origin
from tests.support import ROOT, Repo, Stage
from tests.world import PLAN_ID, Cli, branch, executable, finish, once, shop

URL = "https://github.com/acme/shop.git"


@dataclass(frozen=True)
class Hub:
    """The forge: its folder, and a clone in which it merges."""

    folder: Path
    clone: Repo

    def requests(self) -> list[dict[str, Any]]:
        kept = self.folder / "requests.json"
        found: list[dict[str, Any]] = json.loads(kept.read_text()) if kept.exists() else []
        return found

    def of(self, stage: str) -> dict[str, Any]:
        """Return the newest request of a stage's branch."""
        return [one for one in self.requests() if one["headRefName"] == branch(stage)][-1]

    def change(self, number: int, **fields: Any) -> None:
        found = self.requests()
        next(one for one in found if one["number"] == number).update(fields)
        (self.folder / "requests.json").write_text(json.dumps(found))

    def calls(self) -> list[list[str]]:
        """Return how gh was called since this was asked last."""
        log = self.folder / "calls.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        return [json.loads(line) for line in lines]

    def squash(self, stage: str, *, delete: bool = True, retarget: bool = True) -> str:
        """Merge a stage's request as one commit, as a person does on the forge's page."""
        one, there = self.of(stage), self.clone
        there.git("fetch", "--quiet", "--prune")
        base, head = one["baseRefName"], one["headRefName"]
        there.git("switch", "--quiet", "-C", "landing", f"origin/{base}")
        there.git("merge", "--quiet", "--squash", f"origin/{head}")
        commit = there.commit(f"{one['title']} (#{one['number']})")
        there.git("push", "--quiet", "origin", f"HEAD:{base}")
        tip = there.head(f"origin/{head}")
        merged = {"state": "MERGED", "mergeCommit": {"oid": commit}, "headRefOid": tip}
        self.change(one["number"], **merged)
        if delete:
            there.git("push", "--quiet", "origin", "--delete", head)
            for other in self.requests():
                if other["state"] == "OPEN" and other["baseRefName"] == head:
                    fields = {"baseRefName": base} if retarget else {"state": "CLOSED"}
                    self.change(other["number"], **fields)
        return commit


def hub(repo: Repo, cli: Cli, monkeypatch: Any, *stages: str | Stage) -> Hub:
    """Set a plan up in a project on a forge."""

    def fill() -> None:
        shop(repo, *stages)
        bare = origin(repo)
        assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
        clone(repo, "forge")
        repo.git("remote", "set-url", "origin", URL)
        repo.git("config", f"url.{bare}.insteadOf", URL)
        # It needs nothing that is installed, and to look for that takes as long as all it does.
        script = f'exec "{sys.executable}" -I -S "{ROOT / "tests/stand_in_gh.py"}" "$@"'
        executable(bare.parent / "bin/gh", script)

    once(repo, fill, "hub", stages)
    return reached(repo, monkeypatch)


def reached(repo: Repo, monkeypatch: Any) -> Hub:
    """Let the command find the forge of a project."""
    folder = repo.path.parent
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GH_STAND_IN", str(folder))
    return Hub(folder, Repo(folder / "forge/project"))


def submitted(repo: Repo, cli: Cli, *stages: str) -> None:
    """Finish stages, with what they build on merged into their branches, and submit them."""
    for stage in stages:
        finish(repo, cli, stage)
    result = cli("submit", PLAN_ID, cwd=repo.path)
    assert result.exit_code == 0, result.output
