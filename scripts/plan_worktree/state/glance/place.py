"""Which plan a folder belongs to, and which of its stages: read from files, with one git at most.

Where files alone do not tell (a bare repository, a copy in place of the pointer, a plan whose
metadata needs more than a look), nothing is said, and a status line stays empty.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.files import first_line
from plan_worktree.plan.model import Plan, PlanStatus, Stage, read_plan
from plan_worktree.planfiles.plans import is_plan, metadata_in, plan_files, worktree_around
from plan_worktree.project.names import DEFAULT_PLANS, POINTER
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.settings import Settings

# A longer plan is not read for one line.
_MOST_BYTES = 4 * 1024 * 1024
_UNDER_WAY = (PlanStatus.APPROVED, PlanStatus.IN_PROGRESS)


class Place(NamedTuple):
    """A folder's worktree, its plan, and the stage that is built there (None: no single one)."""

    root: Path
    plan: Plan
    stage: Stage | None


def find_place(written: str | None, start: Path) -> Place | None:
    """Return what a status line is about: a plan that is named, or where a folder is.

    Raises OSError, GitError, and for a plan that is named BadArgument and Refused.
    """
    if written is None:
        return place_of(start)
    from plan_worktree.planfiles.open_plan import open_plan  # reads as every other command does

    opened = open_plan(written, start)
    return Place(opened.require_home().root, opened.plan, None)


def place_of(folder: Path) -> Place | None:
    """Return where a folder is: in a stage's worktree, or in home with one plan under way.

    None everywhere else. Raises OSError where a plan cannot be read, GitError, and Refused for a
    bad setting.
    """
    root = worktree_around(folder / "any")
    if root is None:
        return None
    if (root / POINTER).is_symlink():
        path = Path(os.path.realpath(root / POINTER))
        plan = _read(path)
        return Place(root, plan, _stage_at(root, plan, path)) if plan else None
    plans = list(_under_way(root)) if (root / ".git").is_dir() else []
    return Place(root, plans[0], None) if len(plans) == 1 else None


def _under_way(home: Path) -> Iterator[Plan]:
    named = Settings(home / ".git").path("planWorktree.plans")
    for path in plan_files(home / (named or DEFAULT_PLANS)):
        plan = _read(path) if is_plan(path) else None
        if plan and plan.status in _UNDER_WAY:
            yield plan


def _read(path: Path) -> Plan | None:
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    text = metadata_in(path.read_text(encoding="utf-8-sig", errors="replace"))
    try:
        plan = read_plan(json.loads(text or ""))
    except (ValueError, RecursionError):
        return None
    return plan if plan.plan_id and plan.stages else None


def _stage_at(root: Path, plan: Plan, path: Path) -> Stage | None:
    """Return the stage whose branch a worktree has checked out, else the one whose place it is."""
    git_directory = first_line(root / ".git").removeprefix("gitdir: ")
    head = first_line(root / git_directory / "HEAD").removeprefix("ref: ")
    on_branch = (stage for stage in plan.stages if head == HEADS + stage.branch)
    home = worktree_around(path)
    real = os.path.realpath(root)
    here = (
        stage
        for stage in plan.stages
        if home and "\0" not in stage.worktree_path
        if os.path.realpath(home / stage.worktree_path) == real
    )
    return next(on_branch, None) or next(here, None)
