"""Which other plans share a name with a plan: those of its plans folder, and those named with it.

Copies of one plan in several worktrees are no neighbours, nor are plans of other repositories.
Parsing every plan of a folder to check one would be slow, so the raw bytes are searched for names
first, and only plans that share one are read properly. Each pair is reported once: in the plan
that comes later, or in the one that is being checked when the other is not.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from plan_worktree.plan.model import Plan
from plan_worktree.plan.planfile import PlanFile, load
from plan_worktree.plan.text.source import MAX_BYTES
from plan_worktree.planfiles.find import Found, display_name, files_beside, folder_of

_NAME = rb'"(?:plan_id|branch|worktree_path)"[ \t\r\n]*:[ \t\r\n]*("[^"\r\n]{1,500}")'


class Neighbours:
    """The names in use among some plans and those beside them."""

    def __init__(self, checked: Sequence[Found], start: Path) -> None:
        self._start = start
        self._checked = {_real(found.path) for found in checked}
        self._loaded: dict[Path, PlanFile] = {}
        self._circles = dict(_circles(checked))
        self._users: dict[str, set[Path]] = defaultdict(set)
        for path in set().union(*(circle for circle in self._circles.values() if len(circle) > 1)):
            for name in _names(path):
                self._users[name].add(path)

    def of(self, path: Path, plan: Plan) -> list[PlanFile]:
        """Return the other plans that share a name with the plan at `path`, which is checked."""
        own = _real(path)
        return [
            self._load(other)
            for other in sorted(self._sharing(path, _plan_names(plan)))
            if other not in self._checked or other < own
        ]

    def is_first_of_its_id(self, path: Path, plan: Plan) -> bool:
        """Tell whether no other plan has a better right to the plan_id of the plan at `path`.

        The best has the plan whose file is named after it. Of several, and where there is none, the
        one that lies in the fewest folders has it, then the first by name.
        """
        same = {_real(path)}
        for other in self._sharing(path, [plan.plan_id]):
            found = self._load(other).plan
            if found and found.plan_id == plan.plan_id:
                same.add(other)
        return _real(path) == min(same, key=lambda p: (p.stem != plan.plan_id, len(p.parts), p))

    def _sharing(self, path: Path, names: Iterable[str]) -> set[Path]:
        users = (self._users.get(name.casefold(), set()) for name in names)
        return set().union(*users) & self._circles[path.parent] - {_real(path)}

    def _load(self, path: Path) -> PlanFile:
        if path not in self._loaded:
            self._loaded[path] = load(path, display_name(path, self._start))
        return self._loaded[path]


def _circles(checked: Sequence[Found]) -> Iterator[tuple[Path, set[Path]]]:
    """Yield each folder that has some of the plans, and all files that share names with those."""
    together: dict[Path, set[Path]] = defaultdict(set)
    for found in checked:
        together[folder_of(found.path)].add(_real(found.path))
    for folder, found in {found.path.parent: found for found in checked}.items():
        yield folder, {*map(_real, files_beside(found)), *together[folder_of(found.path)]}


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


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
