"""Statuses and ticks of three versions of a plan made equal, so that a merge finds them equal.

What stands there after a merge follows from the three versions by itself: whoever has changed a
status or a box has it, of two changes the one that is further. All else is left to git, byte for
byte, and so is a plan in which anything is in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from plan_worktree.plan.model import PlanStatus, StageStatus
from plan_worktree.plan.parts.todo import read_tasks
from plan_worktree.plan.planfile import Metadata, PlanFile, loads
from plan_worktree.plan.sections import read_sections, read_status, status_place
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.edit import Edit, edited
from plan_worktree.plan.text.fields import STATUS

# The later of two is further.
_FURTHER = (
    *(StageStatus.NOT_STARTED, StageStatus.IN_PROGRESS, StageStatus.BLOCKED, StageStatus.COMPLETE),
)
_PLAN_FURTHER = tuple(PlanStatus)
# What is put into a box on which two versions disagree that have no common ancestor.
_TICK = "x"

# What is left out of an item's text where the item says which others are in it.
_BOX = re.compile(r"^\[[ xX]\]")

# What a place is called in every version: its kind, where it is, and its number there.
Key = tuple[str, ...]


class Place(NamedTuple):
    """Where a status or the character of a box stands (from 0), and what stands there."""

    line: int
    column: int
    text: str

    def edit(self, wanted: str) -> Edit:
        """Return the edit that puts something else there."""
        return Edit(self.line, self.column, len(self.text), wanted)


def level_files(base: Path, ours: Path, theirs: Path) -> bool:
    """Make statuses and ticks in three files equal; tell whether anything was changed.

    Where one of them cannot be read as a plan, none is changed. Raises OSError.
    """
    paths = (base, ours, theirs)
    before = [path.read_bytes() for path in paths]
    after = levelled(before)
    for path, old, new in zip(paths, before, after, strict=True):
        if new != old:
            draft = path.with_name(f"{path.name}.level")  # killed here, the version stays whole
            draft.write_bytes(new)
            draft.replace(path)
    return after != before


def levelled(versions: Sequence[bytes]) -> list[bytes]:
    """Return three versions of a plan, the common ancestor first, with statuses and ticks equal."""
    files = [loads(raw, "plan") for raw in versions]
    found = [places(file) for file in files]
    if not all(found):
        return list(versions)
    edits: tuple[list[Edit], ...] = ([], [], [])
    met: set[Place | None] = set()
    for key in dict.fromkeys([*found[1], *found[2]]):
        known = [version.get(key) for version in found]
        if known[1] in met or None in known[1:]:
            continue  # an item is known in two ways: the first that finds it on both sides counts
        met.add(known[1])
        wanted = _wanted(key, known)
        for place, own in zip(known, edits, strict=True):
            if place and wanted is not None and place.text != wanted:
                own.append(place.edit(wanted))
    return [
        edited(file.document.source, own) if own and file.document else raw
        for file, own, raw in zip(files, edits, versions, strict=True)
    ]


def places(file: PlanFile) -> Mapping[Key, Place]:
    """Return where a plan has statuses and boxes; nothing where it cannot be read as a plan."""
    document, plan, metadata = file.document, file.plan, file.metadata
    if document is None or plan is None or metadata is None or file.problems:
        return {}
    found: dict[Key, Place | None] = {}
    for key, place in (*_declared(metadata, file), *_repeated(document), *_boxes(document)):
        # A name that two have is the name of neither.
        found[key] = None if key in found or not _is_there(document, place) else place
    return {key: place for key, place in found.items() if place}


def _wanted(key: Key, known: Sequence[Place | None]) -> str | None:
    """Return what is to stand at a place, None where that is for git to find out."""
    base, ours, theirs = (place and place.text for place in known)
    if ours is None or theirs is None or ours == theirs == base:
        return None
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    return _SETTLE[key[0]](ours, theirs)


def _further(one: str, other: str) -> str:
    ranks = [_FURTHER.index(StageStatus(read_status(text))) for text in (one, other)]
    return other if ranks[1] > ranks[0] else one


def _further_plan(one: str, other: str) -> str:
    return max(one, other, key=lambda text: _PLAN_FURTHER.index(PlanStatus(text)))


def _ticked(one: str, other: str) -> str:
    return _TICK if {one, other} != {" "} else " "


_SETTLE: Mapping[str, Callable[[str, str], str]] = {
    "plan": _further_plan,
    "stage": _further,
    "section": _further,
    "box": _ticked,
    "box in": _ticked,
}


def _declared(metadata: Metadata, file: PlanFile) -> Iterator[tuple[Key, Place]]:
    """Yield where the metadata has statuses: behind the quotation mark."""
    if file.plan is None:
        return
    if file.plan.status in list(PlanStatus):
        line, column = metadata.position("status")
        yield ("plan",), Place(line - 1, column, file.plan.status)
    for stage in file.plan.stages:
        if stage.status in list(StageStatus):
            line, column = metadata.position("stages", stage.position, "status")
            yield ("stage", stage.id), Place(line - 1, column, stage.status)


def _repeated(document: Document) -> Iterator[tuple[Key, Place]]:
    """Yield where the stages' sections repeat their statuses."""
    for section in read_sections(document):
        field = section.fields.get(STATUS)
        where = status_place(field.value) if field else None
        if field and where:
            text = field.value[where.start : where.stop]
            yield ("section", section.stage_id), Place(*field.place(where.start), text)


def _boxes(document: Document) -> Iterator[tuple[Key, Place]]:
    """Yield the boxes of items: an item is known by its text and the headings above it.

    One that stands in another item is known by that, too: others there may have the same text.
    """
    around = [
        *((one.line, (0, one.level), one.text) for one in document.headings if one.depth == 0),
        *((one.line, (1, one.depth), _BOX.sub("", one.text)) for one in document.items),
    ]
    around.sort(key=lambda one: one[0])
    above: list[tuple[tuple[int, int], str]] = []
    at = 0
    for task in read_tasks(document, range(len(document.source.lines))):
        while at < len(around) and around[at][0] <= task.line:
            _, rank, text = around[at]
            above = [*(one for one in above if one[0] < rank), (rank, text)]
            at += 1
        box = document.source.lines[task.line][task.column : task.column + 1]
        place = Place(task.line, task.column, box)
        headings = [text for rank, text in above if rank < (1, 0)]
        outer = [text for rank, text in above if (1, 0) <= rank < (1, task.depth)]
        yield ("box", *headings, task.text), place
        if outer:
            yield ("box in", *headings, *outer, task.text), place


def _is_there(document: Document, place: Place) -> bool:
    """Tell whether a place is where it seems: then nothing but it is replaced."""
    with suppress(IndexError):
        line = document.source.lines[place.line]
        return line[place.column : place.column + len(place.text)] == place.text
    return False
