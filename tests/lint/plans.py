"""Plans with one thing wrong, and their findings as a compiler prints them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.lint.check import check
from plan_worktree.lint.subject import Repository, Tree
from plan_worktree.plan.planfile import loads
from tests.support import Stage, plan_text

PLAN_ID = "2026-01-02-notes"

# Line 9 is the stage's id, line 11 its branch, line 12 its path, line 14 its dependencies.
BLOCK = f"""\
```json metadata
{{
  "plan_id": "{PLAN_ID}",
  "created": "2026-01-02",
  "author": "Ada",
  "status": "draft",
  "stages": [
    {{
      "id": "api",
      "name": "The API",
      "branch": "feature/{PLAN_ID}-api",
      "worktree_path": "../worktrees/{PLAN_ID}/api",
      "status": "not-started",
      "depends_on": []
    }}
  ]
}}
```
"""


def block(*edits: tuple[str, str]) -> str:
    """Return the block above with texts replaced; each must be there exactly once."""
    text = BLOCK
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def plan(*stages: str | Stage, base: str | None = None) -> str:
    """Write a whole plan; the block begins in line 3, the first stage in line 10."""
    return plan_text(PLAN_ID, *stages, **({"base": base} if base else {}))


def findings(text: str, *codes: str, repository: Repository | None = None) -> list[str]:
    """Return what is found of these codes (or beginnings of codes): `line:column CODE message`."""
    return [
        f"{found.line}:{found.column} {found.code} {found.message}"
        for found in check(loads(text.encode("utf-8"), "plan.md"), repository)
        if found.code.startswith(codes)
    ]


@dataclass(frozen=True)
class FakeRepository:
    """A repository as rules see it, on a real directory without git."""

    root: Path
    worktree_root: Path | None = None
    ignores: frozenset[str] = frozenset()
    folds_case: bool = False

    @property
    def git_directory(self) -> Path:
        return self.root / ".git"

    def resolve(self, path: str) -> Path:
        return Path(os.path.realpath(self.root / path))

    def ignored(self, paths: Iterable[Path]) -> frozenset[Path]:
        return frozenset(p for p in paths if str(p.relative_to(self.root)) in self.ignores)

    @property
    def is_shallow(self) -> bool:
        return False

    def branches(self) -> frozenset[str]:
        return frozenset()

    def remote_branches(self) -> Mapping[str, str]:
        return {}

    def tree(self, *_: object) -> Tree | None:
        return None

    def recipes(self) -> frozenset[str] | None:
        return None

    def shared_statuses(self, _: str) -> Mapping[str, str]:
        return {}
