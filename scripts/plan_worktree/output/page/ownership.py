"""Who changes which file, and which stages meet at one: those that can run together conflict."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from plan_worktree.lint.rules.overlap import Meeting, meetings
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.parts.verbs import Change

# Nobody reads more rows, and a hostile plan has every stage change every file.
MOST_FILES, MOST_MEETINGS, MOST_COLUMNS = 2_000, 5_000, 60


class Pair(NamedTuple):
    """Two stages that meet: at how many places, and whether they can be at work together there."""

    places: int
    together: bool


class FileRow(NamedTuple):
    """A path, what each stage does to it, and the ids of stages that meet there unordered."""

    path: str
    changes: dict[str, list[Change]]
    together: list[str]


class Ownership(NamedTuple):
    """The files of a plan, those first that are in conflict, and the stages that meet.

    `pairs` has each two stages under both orders of their ids. `stages` are those that meet any
    other, in merge order. `more_files` are left out, and where `more_meetings`, meetings are, too.
    """

    rows: list[FileRow]
    stages: list[str]
    pairs: dict[tuple[str, str], Pair]
    more_files: int
    more_meetings: bool


def ownership(subject: Subject) -> Ownership:
    """Return who changes which files of a plan."""
    found = list(islice(meetings(subject), MOST_MEETINGS + 1))
    more = len(found) > MOST_MEETINGS
    del found[MOST_MEETINGS:]
    together: dict[str, dict[str, None]] = {}
    for met in found:
        for touch in (met.one, met.other) if met.severity else ():
            both = dict.fromkeys((met.one.stage, met.other.stage))
            together.setdefault(touch.entry.path, {}).update(both)
    changes: dict[str, dict[str, list[Change]]] = {}
    for section, entries in zip(subject.sections, subject.files, strict=True):
        for entry in entries if section.stage_id in subject.graph.position else ():
            done = changes.setdefault(entry.path, {}).setdefault(section.stage_id, [])
            if entry.change not in done:
                done.append(entry.change)
    paths = sorted(changes, key=lambda path: (path not in together, path))
    order = subject.graph.order
    rows = [
        FileRow(path, changes[path], [s for s in order if s in together.get(path, ())])
        for path in paths[:MOST_FILES]
    ]
    pairs = _pairs(found)
    meeting = {stage for both in pairs for stage in both}
    stages = [stage for stage in order if stage in meeting]
    return Ownership(rows, stages, pairs, len(paths) - len(rows), more)


def _pairs(found: Iterable[Meeting]) -> dict[tuple[str, str], Pair]:
    places: dict[tuple[str, str], set[tuple[str, str]]] = {}
    apart: dict[tuple[str, str], bool] = {}
    for met in found:
        where = (met.one.entry.path, met.other.entry.path)
        both = (met.one.stage, met.other.stage)
        for pair in (both, both[::-1]):
            places.setdefault(pair, set()).add(where)
            apart[pair] = apart.get(pair, False) or met.severity is not None
    return {pair: Pair(len(where), apart[pair]) for pair, where in places.items()}
