"""Changes of OpenSpec (github.com/Fission-AI/OpenSpec): ``openspec/changes/NAME/``.

``tasks.md`` has numbered groups of small steps; a group becomes a stage, its steps the stage's
list of things to do. ``proposal.md`` and ``design.md`` beside it say why and how.
"""

from __future__ import annotations

import re

from plan_worktree.authoring.importing.carry import carried, one_line
from plan_worktree.authoring.importing.outline import (
    Chapter,
    beside,
    chapters,
    entries,
    parts_of,
    plain,
    status_of,
    title_of,
)
from plan_worktree.authoring.importing.prose import changed_files, needed_keys
from plan_worktree.authoring.importing.source import (
    File,
    Given,
    Need,
    Source,
    Task,
    each_once,
)
from plan_worktree.plan.text.document import Document

name = "openspec"
title = "an OpenSpec change"

TASKS, BESIDE = "tasks.md", ("proposal.md", "design.md")

_STEP = re.compile(r"[*`]*\d+\.\d+")
_GROUP = re.compile(
    r"(?:(?:phase|step|section)\s+)?(\d+)(?:[.):\s]|$)[\s:.)\u2013\u2014-]*(.*)", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?:\b(?:sections?|groups?|phases?|steps?|tasks?)\s+|(?<=\d),\s*(?:and\s+)?|(?<=\d)\s+and\s+|^\s*:?\s*)"
    r"(?P<a>\d+)(?:\.\d+)?\b(?:\s*(?:-|\u2013|to)\s*(?P<b>\d+)\b)?", re.IGNORECASE,
)  # fmt: skip


def recognises(given: Given) -> bool:
    """Tell a change by its steps 1.1, 1.2, … with boxes, or by the proposal beside its tasks."""
    tasks = given.files[0]
    boxes = [item for item in tasks.document.items if item.text.startswith(("[ ]", "[x]", "[X]"))]
    numbered = sum(1 for item in boxes if _STEP.match(item.text[3:].lstrip()))
    beside = any(file.path.name == BESIDE[0] for file in given.files)
    return bool(boxes) and (beside or numbered * 2 > len(boxes))


def read(given: Given) -> Source:
    """Read a change: its tasks, and what stands beside them."""
    document = given.files[0].document
    found = chapters(document)
    groups = [c for c in found if _has_boxes(document, c) and c.level != 1]
    if not groups:
        groups = [c for c in found if any(e.ticked is not None for e in entries(document, c.own))]
    tasks = tuple(_task(document, chapter, number) for number, chapter in enumerate(groups, 1))
    inside = {line for chapter in groups for line in (chapter.line, *chapter.all)}
    parts = parts_of(document, beside(document, found, inside))
    heading = ""
    for file in given.files[1:]:
        found_title = title_of(file.document)
        heading = heading or re.sub(
            r"^(?:change|proposal|design)\s*:\s*", "", found_title, flags=re.IGNORECASE
        )
        for place, text in _parts(file).items():
            parts[place] = f"{parts[place]}\n\n{text}" if place in parts else text
    return Source(heading or _folder_title(given), tasks, parts)


def _folder_title(given: Given) -> str:
    words = given.files[0].path.parent.name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _parts(file: File) -> dict[str, str]:
    found = chapters(file.document)
    return parts_of(file.document, beside(file.document, found, frozenset()))


def _has_boxes(document: Document, chapter: Chapter) -> bool:
    """Tell whether a chapter is a group: it has steps, and no chapter around it is one already."""
    if chapter.level != 2:
        return False
    return any(entry.ticked is not None for entry in entries(document, chapter.all))


def _task(document: Document, chapter: Chapter, place: int) -> Task:
    found = _GROUP.match(plain(chapter.title))
    number, words = (found[1], found[2]) if found else (str(place), plain(chapter.title))
    listed = entries(document, chapter.all)
    boxes = [entry for entry in listed if entry.ticked is not None]
    first = boxes[0].item.line if boxes else chapter.all.stop
    text = "\n".join(document.source.lines[chapter.all.start : chapter.all.stop])
    return Task(
        key=f"group {number}",
        id=f"group-{number}",
        title=one_line(words) or f"Group {number}",
        line=chapter.line + 1,
        status=status_of(_ticks(document, chapter.all)),
        what=carried(document, range(chapter.all.start, first)),
        todo=carried(document, range(first, chapter.all.stop)),
        files=each_once(use for entry in boxes for use in changed_files(entry.text)),
        needs=tuple(
            Need(f"group {key}", "the source says so")
            for key in needed_keys(text, _NAMED)
            if key != number
        ),
    )


def _ticks(document: Document, lines: range) -> list[bool | None]:
    return [entry.ticked for entry in entries(document, lines)]
