"""What remove does for one stage, and what the caller asks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from plan_worktree.plan.model import Stage
from plan_worktree.removal.content import Content
from plan_worktree.removal.ignored import Ignored

# Who is told, line by line, how a removal or a restoration goes.
Progress = Callable[[str], None]


class Removal(StrEnum):
    """What remove does, or did, for a stage."""

    REMOVED = "removed"
    KEPT = "kept"
    ABSENT = "absent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RemoveOptions:
    """What the caller asks for.

    `force` saves what would be lost; with `delete_branch` branches that have not landed go, too,
    and with `include_ignored` ignored files are saved as well. `gone` drops nothing but entries
    whose directory is gone, `merged` takes nothing but stages that have landed.
    """

    plan: str | None = None
    stages: tuple[str, ...] = ()
    gone: bool = False
    force: bool = False
    delete_branch: bool = False
    include_ignored: bool = False
    merged: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RemoveStep:
    """One stage's part of a removal.

    `content` is what was found in the worktree, None without a directory. `head` is the tip to
    delete the branch at, None where there is no branch to delete; `keep_tip` when that has to stay
    findable. `ignored` goes unsaved. `saved` names the ref of what was saved, `trash` the directory
    that is still to be deleted. `why` says in a dry run with `merged` why the stage goes or stays.
    """

    stage: Stage
    action: Removal
    worktree: Path | None
    content: Content | None = None
    head: str | None = None
    keep_tip: bool = False
    ignored: tuple[Ignored, ...] = ()
    saved: str | None = None
    trash: Path | None = None
    error: str | None = None
    why: str | None = None
