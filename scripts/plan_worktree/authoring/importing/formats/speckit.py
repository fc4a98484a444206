"""``tasks.md`` of spec-kit (github.com/github/spec-kit, templates/tasks-template.md).

A task is an item ``- [ ] T012 [P] [US1] … in path``, below the heading of a phase. What the
format says of order: a task without ``[P]`` comes after those before it in its phase; phases come
one after the other, but those of user stories side by side; a section on dependencies, and the
tasks themselves, may name more.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from plan_worktree.authoring.importing.carry import carried, carried_text, one_line
from plan_worktree.authoring.importing.formats.speckit_order import (
    STORY,
    TASK,
    Phase,
    between_phases,
    declared,
    in_phases,
    key_of,
    states_needs,
)
from plan_worktree.authoring.importing.outline import (
    Chapter,
    Entry,
    beside,
    chapters,
    entries,
    parts_of,
    plain,
    status_of,
    title_of,
)
from plan_worktree.authoring.importing.prose import changed_files
from plan_worktree.authoring.importing.source import Given, Need, Source, Task, each_once
from plan_worktree.plan.text.document import Document, Item, within

name = "spec-kit"
title = "a spec-kit tasks.md"

# Chapters that speak of tasks and hold none.
_ABOUT = re.compile(
    r"(?!phase).*(?:dependenc|parallel|strategy|execution order|\bnotes\b)", re.IGNORECASE
)
_MARKS = re.compile(r"(?:\s*\[(P|US\d+|Story[^\]\n]{0,20})\])+\s*", re.IGNORECASE)


def recognises(given: Given) -> bool:
    """Tell a task list by its numbers: T001, T002 and so on."""
    document = given.files[0].document
    texts = [item.text for item in document.items] + [h.text for h in document.headings]
    return any(TASK.match(_unticked(text)) for text in texts)


def read(given: Given) -> Source:
    """Read a task list."""
    document = given.files[0].document
    found = chapters(document)
    phases, listed = _phases(document, found)
    plan_wide = [c for c in found if c.level == 2 and not _within(c, listed)]
    keys = [key_of(entry) for entry in listed]
    needs: dict[str, list[Need]] = defaultdict(list)
    stated = {key_of(entry) for entry in listed if states_needs(document, entry)}
    for key, need in (
        *declared(document, plan_wide, listed),
        *in_phases(phases, listed, keys),
        *between_phases(document, phases, plan_wide, keys, listed),
    ):
        if not (need.implied and key in stated):
            needs[key].append(need)
    why = {index: text for p in phases for text in [_purpose(document, p)] for index in p.tasks}
    tasks = tuple(
        _task(document, entry, why[index], needs[keys[index]]) for index, entry in enumerate(listed)
    )
    inside = {line for entry in listed for line in entry.lines}
    parts = parts_of(document, beside(document, found, inside))
    if tests := _independent_tests(document, phases):
        parts["Integration Tests"] = tests
    return Source(re.sub(r"^tasks:\s*", "", title_of(document), flags=re.IGNORECASE), tasks, parts)


def _unticked(text: str) -> str:
    return re.sub(r"^\[[ xX]\]\s*", "", text)


def _within(chapter: Chapter, listed: Sequence[Entry]) -> bool:
    place = bisect_left(listed, chapter.all.start, key=lambda entry: entry.item.line)
    return place < len(listed) and listed[place].item.line in chapter.all


def _phases(document: Document, found: list[Chapter]) -> tuple[list[Phase], list[Entry]]:
    """Return the phases that have tasks, and all tasks in order."""
    tops = [c for c in found if c.level == 2] or found[:1]
    first = found[0].own.start
    spans = [(found[0], range(first, tops[0].line))] if tops and tops[0].line > first else []
    spans += [(c, c.all) for c in tops]
    heads = {chapter.line for chapter in found}
    phases: list[Phase] = []
    listed: list[Entry] = []
    found_in = [(chapter, _tasks_in(document, found, lines)) for chapter, lines in spans]
    # Where tasks have boxes, an item without one only speaks of a task.
    boxed = any(entry.ticked is not None for _, here in found_in for entry in here)
    for chapter, some in found_in:
        here = [e for e in some if not boxed or e.ticked is not None or e.item.line in heads]
        if here and not _ABOUT.match(chapter.title):
            story = STORY.search(chapter.title)
            places = range(len(listed), len(listed) + len(here))
            phases.append(Phase(chapter, places, story[1] if story else None))
            listed += here
    return phases, listed


def _tasks_in(document: Document, found: list[Chapter], lines: range) -> list[Entry]:
    """Return the tasks in some lines: list items, and headings with what stands below them."""
    headed = []
    for chapter in found:
        title = chapter.title
        if chapter.level > 2 and chapter.line in lines and TASK.match(_unticked(title)):
            box = re.match(r"\[([ xX])\]", title)
            item = Item(chapter.line, 0, 0, title)
            span = range(chapter.line, chapter.all.stop)
            headed.append(Entry(_unticked(title), box and box[1] != " ", span, item))
    inside = {line for entry in headed for line in entry.lines}
    listed = [e for e in entries(document, lines) if key_of(e) and e.item.line not in inside]
    return sorted([*headed, *listed], key=lambda entry: entry.item.line)


def _task(document: Document, entry: Entry, why: str, needs: list[Need]) -> Task:
    found = TASK.match(entry.text)
    key, rest = (found[1], found[2]) if found else ("", entry.text)
    marks = _MARKS.match(rest)
    words = rest[marks.end() :] if marks else rest
    below = range(entry.item.line + 1 + entry.text.count("\n"), entry.lines.stop)
    rows = "\n".join(document.source.lines[below.start : below.stop])
    return Task(
        key=key,
        id=key,
        title=one_line(plain(words)) or key,
        line=entry.item.line + 1,
        status=status_of([entry.ticked]),
        what=carried_text(words),
        why=why,
        how=carried(document, below),
        files=each_once([*changed_files(words, named=True), *changed_files(rows)]),
        needs=tuple(needs),
    )


def _purpose(document: Document, phase: Phase) -> str:
    for field in within(document.fields, phase.chapter.all):
        if field.name.casefold() in ("goal", "purpose"):
            return carried_text(f"{plain(phase.chapter.title)}: {field.value}")
    return ""


def _independent_tests(document: Document, phases: list[Phase]) -> str:
    rows = [
        f"- {plain(phase.chapter.title)}: {carried_text(field.value)}"
        for phase in phases
        for field in within(document.fields, phase.chapter.all)
        if field.name.casefold() == "independent test"
    ]
    return "\n".join(rows)
