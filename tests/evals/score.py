"""Scores a sandbox that an agent has left: python -m tests.evals.score EVAL DIR.

Each assertion of skills/plan-worktree/evals/evals.json is a sentence with a check of that name
here. A check looks at files and at git, never at what the agent said.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.evals.sandbox import LOST
from tests.result import Result
from tests.support import ROOT, Repo, run

EVALS = ROOT / "skills/plan-worktree/evals/evals.json"


@dataclass(frozen=True)
class Left:
    """What an agent left behind in the sandbox of one eval."""

    name: str
    repo: Repo

    def ask(self, *args: str) -> Result:
        return run(sys.executable, "-m", "plan_worktree", *args, cwd=self.repo.path)

    def python(self, code: str) -> bool:
        """Tell whether `code` runs in the repository without an error."""
        env = {"PYTHONPATH": str(self.repo.path), "PYTHONDONTWRITEBYTECODE": "1"}
        return run(sys.executable, "-c", code, cwd=self.repo.path, env=env).exit_code == 0

    @cached_property
    def plans(self) -> list[dict[str, Any]]:
        listed = self.ask("ls", "--json")
        return list(json.loads(listed.stdout)["plans"]) if listed.exit_code == 0 else []

    @cached_property
    def plan(self) -> dict[str, Any]:
        """The last plan, as `show` tells it."""
        shown = self.ask("show", self.plans[-1]["file"], "--format", "json")
        return dict(json.loads(shown.stdout))

    @cached_property
    def status(self) -> list[dict[str, Any]]:
        told = self.ask("status", self.plans[-1]["file"], "--json")
        return list(json.loads(told.stdout)["stages"])

    @cached_property
    def text(self) -> str:
        return self.repo.read(self.plans[-1]["file"])

    @property
    def plans_folder(self) -> Path:
        setting = run("git", "config", "planWorktree.plans", cwd=self.repo.path).stdout.strip()
        return self.repo.path / (setting or ".claude/plans")

    def needs(self, stage: str) -> set[str]:
        (found,) = (one for one in self.plan["stages"] if one["id"] == stage)
        return set(found["depends_on"])


def widest(left: Left) -> int:
    return max(len(wave) for wave in left.plan["waves"])


def section(text: str, heading: str) -> str:
    found = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def questions(left: Left) -> int:
    return len(
        re.findall(r"^\s*[-*] (?!\[x\]).*\?", section(left.text, "Open Questions"), re.MULTILINE)
    )


def untouched(left: Left) -> bool:
    """Tell whether nothing differs from the start but files below the plans folder."""
    changed = left.repo.git("diff", "--name-only", "refs/eval/start").splitlines()
    new = left.repo.git("ls-files", "--others", "--exclude-standard").splitlines()
    return all(
        (left.repo.path / name).is_relative_to(left.plans_folder) for name in (*changed, *new)
    )


FEATURES = {
    "library-feature": """
from boltons import dictutils, listutils, mathutils, strutils
assert strutils.initials("the quick Fox") == "TQF" and strutils.initials("") == ""
assert dictutils.deep_get({"a": {"b": {"c": 1}}}, "a.b.c") == 1
assert dictutils.deep_get({"a": 1}, "a.b", 7) == 7 and dictutils.deep_get({}, "x") is None
assert list(listutils.rotate([1, 2, 3, 4], 1)) == [2, 3, 4, 1]
assert list(listutils.rotate([1, 2, 3, 4], -1)) == [4, 1, 2, 3] and listutils.rotate([], 3) == []
assert mathutils.digit_sum(-123) == 6 and mathutils.digit_sum(0) == 0
log = open("CHANGELOG.md", encoding="utf-8").read()
assert all(name in log for name in ("initials", "deep_get", "rotate", "digit_sum"))
""",
    "conflict-to-land": """
from notes.note import Note
assert Note("a", tags=("y", "x")).render() == "a  #X #Y"
""",
    "resumed-plan": r"""
from notes.note import Note
from notes.escape import escape
from notes.report import report
assert escape("a*b_c\\") == "a\\*b\\_c\\\\"
assert report([Note("x*", "a b c"), Note("y")]) == "x\\*: 3\ny: 0"
""",
    "two-reasons": """
from notes.note import Note
assert Note("a", tags=("y", "x")).render() == "a  #X #Y"
""",
    "three-workers": r"""
from notes.note import Note
from notes.escape import escape
from notes.index import index
from notes.report import report
from notes.slug import slug
from notes.tags import tags
assert escape("a*b_c\\") == "a\\*b\\_c\\\\"
assert slug(" Hello, wide World! ") == "hello-wide-world"
some = [Note("x*", "a b c", tags=("k", "l")), Note("Y y", tags=("k",))]
assert list(tags(some)) == ["k", "l"]
assert report(some) == "x\\*: 3\nY y: 0"
assert index(some) == {"k": ["x", "y-y"], "l": ["x"]} and list(index(some)) == ["k", "l"]
""",
    "no-plan-needed": """
from notes.note import Note
assert Note("a", tags=("y", "x")).render() == "a  #x #y"
""",
}


def tests_pass(left: Left) -> bool:
    how = ("pytest", "-q") if left.name == "library-feature" else ("unittest",)
    env = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    return run(sys.executable, "-m", *how, cwd=left.repo.path, env=env).exit_code == 0


TIME = (
    r"(estimat\w+|effort|takes|duration)[^.\n]{0,40}"
    r"\b(\d+|an?|one|two|three|several|few)[ -](minute|hour|day|week|story point)"
)


def committed_complete(left: Left) -> bool:
    """Tell whether the plan says complete in the commit that is checked out."""
    name = left.plans[-1]["file"]
    return '"status": "complete"' in left.repo.git("show", f"HEAD:{name}").split('"stages"')[0]


def builders(left: Left) -> list[str]:
    """Return who completed each stage of the plan; the records outlive worktrees and branches."""
    names = f"refs/plan-worktree/{left.plan['plan_id']}/completed/"
    records = left.repo.git("for-each-ref", "--format=%(objectname)", names).split()
    return [str(json.loads(left.repo.git("cat-file", "blob", one))["owner"]) for one in records]


def commands(directory: Path) -> list[dict[str, Any]]:
    """Return what `sandbox.record` has noted of the commands that agents ran."""
    log = directory / "commands.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


CHECKS: dict[str, Callable[[Left], bool]] = {
    "A plan exists": lambda left: bool(left.plans),
    "There is no plan": lambda left: not left.plans,
    "The plan has no errors": lambda left: bool(left.plans) and left.ask("validate").exit_code == 0,
    "The plan validates under --strict": lambda left: (
        bool(left.plans) and left.ask("validate", "--strict").exit_code == 0
    ),
    "No finding is silenced": lambda left: "plan-worktree: ignore" not in left.text,
    "No time is estimated": lambda left: (
        not re.search(TIME, section(left.text, ".*TODO.*"), re.IGNORECASE)
        and not re.search(r"\b(estimat|effort)", left.text, re.IGNORECASE)
    ),
    "At least three stages can run together": lambda left: widest(left) >= 3,
    "At least eight stages can run together": lambda left: widest(left) >= 8,
    "The longest chain has at least four stages": lambda left: len(left.plan["waves"]) >= 4,
    "Every stage has a verify command": lambda left: all(
        stage["verify"] for stage in left.plan["stages"]
    ),
    "Every stage has a worktree": lambda left: all(
        stage["worktree"] and not stage["missing"] for stage in left.status
    ),
    "Every stage is merged": lambda left: {stage["state"] for stage in left.status} == {"merged"},
    "The plan says complete, and that is committed": committed_complete,
    "The plan is still a draft": lambda left: left.plan["status"] == "draft",
    "At least two questions are open": lambda left: questions(left) >= 2,
    "The stages are storage, search, export and cli": lambda left: (
        {stage["id"] for stage in left.plan["stages"]} == {"storage", "search", "export", "cli"}
    ),
    "Search and export still need storage, and cli needs both": lambda left: (
        "storage" in left.needs("search") & left.needs("export")
        and {"search", "export"} <= left.needs("cli")
        and not left.needs("storage")
    ),
    "No worktree is left": lambda left: not left.repo.worktrees(),
    "No branch of a stage is left": lambda left: left.repo.branches() == ["main"],
    "There is one branch": lambda left: left.repo.branches() == ["main"],
    "Nothing is uncommitted": lambda left: not left.repo.git("status", "--porcelain"),
    "Nothing but plans has changed": untouched,
    "What the lost agent had written has landed": lambda left: (
        LOST in left.repo.git("show", "main:notes/escape.py")
    ),
    "Every stage was completed once, by one of the agents": lambda left: (
        len(builders(left)) == len(left.plan["stages"])
        and all(re.fullmatch(r"agent-[123]", one) for one in builders(left))
    ),
    "At least two agents have built something": lambda left: len(set(builders(left))) > 1,
    "The result does what was asked": lambda left: left.python(FEATURES[left.name]),
    "The project's tests pass": tests_pass,
}


def score(name: str, directory: Path) -> dict[str, bool]:
    """Return each assertion of the eval `name` with whether the sandbox meets it."""
    (chosen,) = (one for one in json.loads(EVALS.read_text())["evals"] if one["name"] == name)
    left = Left(name, Repo(directory / "repo"))
    return {sentence: _holds(CHECKS[sentence], left) for sentence in chosen["assertions"]}


def _holds(check: Callable[[Left], bool], left: Left) -> bool:
    try:
        return check(left)
    except (AssertionError, KeyError, IndexError, ValueError, OSError):
        return False  # what it wanted to look at is not there


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    scored = score(sys.argv[1], Path(sys.argv[2]).resolve())
    for sentence, holds in scored.items():
        print("pass" if holds else "FAIL", sentence)
    print(f"{sum(scored.values())} of {len(scored)}")
    if ran := commands(Path(sys.argv[2])):
        printed, wall = sum(one["printed"] for one in ran), ran[-1]["ended"] - ran[0]["began"]
        print(f"{len(ran)} commands printed {printed} bytes; {wall:.0f} s from first to last")
    sys.exit(not all(scored.values()))
