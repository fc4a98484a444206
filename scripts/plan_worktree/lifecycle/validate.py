"""validate: every named plan, or all of them, against all rules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.git import GitError
from plan_worktree.lifecycle.find import display_name, find_plan, looks_like_path, plan_paths
from plan_worktree.lifecycle.home import Home, find_home
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.lint.check import check
from plan_worktree.plan.planfile import PlanFile, load


class Checked(NamedTuple):
    """A file and everything found in it."""

    file: PlanFile
    diagnostics: tuple[Diagnostic, ...]


def validate(names: Sequence[str], start: Path) -> Iterator[Checked]:
    """Check the named plans, or all plans of the plans folder when none is named.

    A name is a path, a plan id or a unique part of one. A path that cannot be read is a finding,
    so that one bad file never hides the next one's. Raises BadArgument for an unknown plan id.
    """
    homes: dict[str, Home | None] = {}
    for path, name in _wanted(names, start):
        folder = os.path.realpath(path.parent)
        if folder not in homes:
            homes[folder] = _home(Path(folder))
        file = load(path, name)
        yield Checked(file, check(file, homes[folder]))


def _wanted(names: Sequence[str], start: Path) -> list[tuple[Path, str]]:
    if not names:
        return [(path, display_name(path, start)) for path in plan_paths(find_home(start))]
    wanted = []
    for name in names:
        if looks_like_path(name) or (start / name).exists():
            wanted.append((start / name, name))
        else:
            path = find_plan(name, start).path
            wanted.append((path, display_name(path, start)))
    return wanted


def _home(folder: Path) -> Home | None:
    """Plans can be checked where git cannot help: rules then judge the text alone."""
    try:
        return find_home(folder)
    except (GitError, Refused):
        return None
