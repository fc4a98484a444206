"""Which other plans share a name with a plan: those of its folder, and those named with it.

Parsing every plan of a folder to check one would be slow, so the raw bytes are searched for names
first, and only plans that share one are read properly. Each pair is reported once: in the plan
that comes later, or in the one that is being checked when the other is not.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from plan_worktree.plan.model import Plan
from plan_worktree.plan.planfile import PlanFile, load
from plan_worktree.plan.source import MAX_BYTES
from plan_worktree.planfiles.find import display_name
from plan_worktree.project.home import CURRENT_STAGE

_NAME = rb'"(?:plan_id|branch|worktree_path)"[ \t\r\n]*:[ \t\r\n]*("[^"\r\n]{1,500}")'


class Neighbours:
    """The names in use in the folders of some plans."""

    def __init__(self, checked: Sequence[Path], start: Path) -> None:
        self._start = start
        self._checked = {Path(os.path.realpath(path)) for path in checked}
        self._loaded: dict[Path, PlanFile] = {}
        self._users: dict[str, set[Path]] = defaultdict(set)
        every = self._checked | set(_beside(self._checked))
        for path in every if len(every) > 1 else ():
            for name in _names(path):
                self._users[name].add(path)

    def of(self, path: Path, plan: Plan) -> list[PlanFile]:
        """Return the other plans that share a name with the plan at `path`."""
        own = Path(os.path.realpath(path))
        sharing: set[Path] = set()
        for name in _plan_names(plan):
            sharing |= self._users.get(name.casefold(), set())
        return [
            self._load(other)
            for other in sorted(sharing - {own})
            if other not in self._checked or other < own
        ]

    def _load(self, path: Path) -> PlanFile:
        if path not in self._loaded:
            self._loaded[path] = load(path, display_name(path, self._start))
        return self._loaded[path]


def _beside(paths: set[Path]) -> Iterator[Path]:
    for folder in {path.parent for path in paths}:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    is_plan = entry.name.endswith(".md") and entry.name != CURRENT_STAGE
                    if is_plan and entry.is_file():
                        yield Path(os.path.realpath(entry.path))
        except OSError:  # a folder that cannot be listed has no neighbours we could know
            continue


def _names(path: Path) -> Iterator[str]:
    try:
        if not path.is_file():  # opening a FIFO would wait for a writer
            return
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES)
    except OSError:
        return
    for found in re.finditer(_NAME, raw):
        try:
            yield json.loads(found[1]).casefold()
        except ValueError:  # not JSON after all, or not UTF-8
            continue


def _plan_names(plan: Plan) -> Iterator[str]:
    yield plan.plan_id
    for stage in plan.stages:
        yield stage.branch
        yield stage.worktree_path
