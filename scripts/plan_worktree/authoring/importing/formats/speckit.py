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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from plan_worktree.authoring.importing.carry import carried, carried_text, one_line
from plan_worktree.authoring.importing.outline import (
    Chapter,
    Entry,
    chapters,
    entries,
    parts_of,
    plain,
    status_of,
    title_of,
)
from plan_worktree.authoring.importing.prose import all_keys, changed_files, needed_keys
from plan_worktree.authoring.importing.source import Given, Need, Source, Task, Unreadable
from plan_worktree.plan.document import Document, Item, within

name = "spec-kit"
title = "a spec-kit tasks.md"

_TASK = re.compile(r"[*`]*(T\d{2,5}[a-z]?)[*`]*\b[:.]?[*]*\s*(.*)", re.S)
_MARKS = re.compile(r"(?:\s*\[(P|US\d+|Story[^\]\n]{0,20})\])+\s*", re.I)
_NAMED = re.compile(
    r"\b(?P<a>T\d{2,5}[a-z]?)(?:\s*(?:-|\u2013|to|through|\.\.\.?)\s*(?P<b>T\d{2,5}))?\b"
)
_STORY = re.compile(r"\b(?:user\s+story\s*|US)(\d+)\b", re.I)
_PHASE = re.compile(r"\bphase\s+(\d+(?:\.\d+)*)", re.I)
_CHAIN = re.compile(r"T\d{2,5}[a-z]?(?:\s*(?:->|\u2192)\s*T\d{2,5}[a-z]?)+")
_BEFORE = re.compile(r"\b(?:blocks|before)\b", re.I)
_AFTER = re.compile(r"\b(?:after|requires?|needs?)\b", re.I)
_DEPENDS = re.compile(r"\bdepend(?:s|ent)?\s+on\b", re.I)
_FIELD = re.compile(r"\s*(?:[*+-]\s+)?\*\*(?:depend|precondi)", re.I)
# Phases that wait for each other in hundreds of ways are no plan anybody would review.
_MOST_ARROWS = 20_000


@dataclass(frozen=True, slots=True)
class _Phase:
    """A phase with tasks: their places in the list of all tasks, and the story it is for."""

    chapter: Chapter
    tasks: range
    story: str | None


def recognises(given: Given) -> bool:
    """Tell a task list by its numbers: T001, T002, …"""
    document = given.files[0].document
    texts = [item.text for item in document.items] + [h.text for h in document.headings]
    return any(_TASK.match(_unticked(text)) for text in texts)


def read(given: Given) -> Source:
    """Read a task list."""
    document = given.files[0].document
    found = chapters(document)
    phases, listed = _phases(document, found)
    plan_wide = [c for c in found if c.level == 2 and not _within(c, listed)]
    keys = [_key(entry) for entry in listed]
    needs: dict[str, list[Need]] = defaultdict(list)
    stated = {_key(entry) for entry in listed if _states_needs(document, entry)}
    for key, need in (
        *_declared(document, plan_wide, listed),
        *_in_phases(phases, listed, keys),
        *_between_phases(document, phases, plan_wide, keys, listed),
    ):
        if not (need.implied and key in stated):
            needs[key].append(need)
    why = {index: text for p in phases for text in [_purpose(document, p)] for index in p.tasks}
    tasks = tuple(
        _task(document, entry, why[index], needs[keys[index]])
        for index, entry in enumerate(listed)
    )
    head = [c for c in found if c.level <= 1 and c.own.start < (listed[0].item.line if listed else 0)]
    parts = parts_of(document, [*head, *plan_wide])
    if tests := _independent_tests(document, phases):
        parts["Integration Tests"] = tests
    return Source(re.sub(r"^tasks:\s*", "", title_of(document), flags=re.I), tasks, parts)


def _unticked(text: str) -> str:
    return re.sub(r"^\[[ xX]\]\s*", "", text)


def _key(entry: Entry) -> str:
    found = _TASK.match(entry.text)
    return found[1] if found else ""


def _within(chapter: Chapter, listed: Sequence[Entry]) -> bool:
    place = bisect_left(listed, chapter.all.start, key=lambda entry: entry.item.line)
    return place < len(listed) and listed[place].item.line in chapter.all


def _phases(document: Document, found: list[Chapter]) -> tuple[list[_Phase], list[Entry]]:
    """Return the phases that have tasks, and all tasks in order."""
    tops = [c for c in found if c.level == 2] or [c for c in found if c.level <= 1]
    first = found[0].own.start
    spans = [(found[0], range(first, tops[0].line))] if tops and tops[0].line > first else []
    spans += [(c, c.all) for c in tops]
    phases: list[_Phase] = []
    listed: list[Entry] = []
    for chapter, lines in spans:
        here = _tasks_in(document, found, lines)
        if here:
            story = _STORY.search(chapter.title)
            places = range(len(listed), len(listed) + len(here))
            phases.append(_Phase(chapter, places, story[1] if story else None))
            listed += here
    return phases, listed


def _tasks_in(document: Document, found: list[Chapter], lines: range) -> list[Entry]:
    """Return the tasks in some lines: list items, and headings with what stands below them."""
    headed = []
    for chapter in found:
        title = plain(chapter.title)
        if chapter.level > 2 and chapter.line in lines and _TASK.match(_unticked(title)):
            box = re.match(r"\[([ xX])\]", title)
            item = Item(chapter.line, 0, 0, title)
            span = range(chapter.line, chapter.all.stop)
            headed.append(Entry(_unticked(title), box and box[1] != " ", span, item))
    inside = {line for entry in headed for line in entry.lines}
    listed = [e for e in entries(document, lines) if _key(e) and e.item.line not in inside]
    return sorted([*headed, *listed], key=lambda entry: entry.item.line)


def _task(document: Document, entry: Entry, why: str, needs: list[Need]) -> Task:
    found = _TASK.match(entry.text)
    key, rest = (found[1], found[2]) if found else ("", entry.text)
    marks = _MARKS.match(rest)
    words = rest[marks.end() :] if marks else rest
    below = range(entry.item.line + 1 + entry.text.count("\n"), entry.lines.stop)
    return Task(
        key=key,
        id=key,
        title=one_line(plain(words)) or key,
        line=entry.item.line + 1,
        status=status_of([entry.ticked]),
        what=carried_text(words),
        why=why,
        how=carried(document, below),
        files=tuple(changed_files(words, named=True)),
        needs=tuple(needs),
    )


def _purpose(document: Document, phase: _Phase) -> str:
    for field in within(document.fields, phase.chapter.all):
        if field.name.casefold() in ("goal", "purpose"):
            return carried_text(f"{plain(phase.chapter.title)}: {field.value}")
    return ""


def _independent_tests(document: Document, phases: list[_Phase]) -> str:
    rows = [
        f"- {plain(phase.chapter.title)}: {carried_text(field.value)}"
        for phase in phases
        for field in within(document.fields, phase.chapter.all)
        if field.name.casefold() == "independent test"
    ]
    return "\n".join(rows)


# --- what must come before what ------------------------------------------------------------------


def _states_needs(document: Document, entry: Entry) -> bool:
    """Tell whether a task has a field for what it depends on: then its phase says nothing more."""
    rows = document.source.lines[entry.lines.start : entry.lines.stop]
    return any(_FIELD.match(row) for row in rows)


def _in_phases(
    phases: list[_Phase], listed: list[Entry], keys: list[str]
) -> Iterator[tuple[str, Need]]:
    """Yield the order inside each phase: a task without [P] waits for those before it.

    Where no task has the mark, its absence says nothing.
    """
    if not any(map(_is_parallel, listed)):
        return
    for phase in phases:
        waiting: list[str] = []
        for index in phase.tasks:
            if not _is_parallel(listed[index]):
                why = f"{keys[index]} has no [P] mark, so it follows what is above it in its phase"
                yield from ((keys[index], Need(key, why, implied=True)) for key in waiting)
                waiting = []
            waiting.append(keys[index])


def _is_parallel(entry: Entry) -> bool:
    return re.search(r"\[P\]", entry.text[:60]) is not None


def _ends(
    phase: _Phase, listed: list[Entry], keys: list[str], *, marked: bool
) -> tuple[list[str], list[str]]:
    """Return the tasks of a phase that wait for none of it, and those none of it waits for.

    `marked` tells whether any task of the source has the mark [P].
    """
    flags = [not marked or _is_parallel(listed[index]) for index in phase.tasks]
    names = [keys[index] for index in phase.tasks]
    last = max((at for at, flag in enumerate(flags) if not flag), default=0)
    first = next((at for at, flag in enumerate(flags) if not flag), len(flags))
    starts = [key for at, key in enumerate(names) if flags[at] or at == first == 0]
    return starts or names[:1], names[last:]


def _between_phases(
    document: Document,
    phases: list[_Phase],
    plan_wide: list[Chapter],
    keys: list[str],
    listed: list[Entry],
) -> Iterator[tuple[str, Need]]:
    """Yield the order of phases: each waits for the one before; stories only for what is before all.

    A line on dependencies that says a story depends on another makes it wait for that.
    """
    marked = any(map(_is_parallel, listed))
    ends = {id(phase): _ends(phase, listed, keys, marked=marked) for phase in phases}
    ranks = [list(group) for _, group in groupby(phases, key=_Rank())]
    count = 0
    for earlier, later in zip(ranks, ranks[1:], strict=False):
        for before in earlier:
            for after in later:
                count += len(ends[id(before)][1]) * len(ends[id(after)][0])
                if count > _MOST_ARROWS:
                    raise Unreadable(
                        f"its phases would need more than {_MOST_ARROWS:,} dependencies: import "
                        "a part of it at a time", after.chapter.line + 1,
                    )  # fmt: skip
                yield from _joined(before, after, ends, "the source runs one phase after the other")
    stories = {phase.story: phase for phase in phases if phase.story}
    for first, second in _declared_stories(document, plan_wide, stories):
        yield from _joined(first, second, ends, "the source says that the story depends on it")


class _Rank:
    """Gives phases of user stories that follow each other the same number."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, phase: _Phase) -> int:
        if phase.story is None:
            self.number += 2
            return self.number
        return self.number + 1


def _joined(
    before: _Phase, after: _Phase, ends: dict[int, tuple[list[str], list[str]]], why: str
) -> Iterator[tuple[str, Need]]:
    because = f"{_short(before)} is before {_short(after)}: {why}"
    for key in ends[id(after)][0]:
        for needed in ends[id(before)][1]:
            yield key, Need(needed, because, implied=True)


def _short(phase: _Phase) -> str:
    title = plain(phase.chapter.title)
    found = _PHASE.search(title)
    return f"phase {found[1]}" if found else f'"{title[:60]}"'


def _declared_stories(
    document: Document, plan_wide: list[Chapter], stories: dict[str | None, _Phase]
) -> Iterator[tuple[_Phase, _Phase]]:
    for chapter in plan_wide:
        if "dependenc" not in chapter.title.casefold():
            continue
        for entry in entries(document, chapter.all):
            subject, found, rest = _split(_DEPENDS, entry.text)
            own = _STORY.findall(subject)
            if not found or len(own) != 1 or own[0] not in stories:
                continue
            for number in _STORY.findall(re.split(r"\bbut\b|\. ", rest)[0]):
                if number in stories and number != own[0]:
                    yield stories[number], stories[own[0]]


def _split(pattern: re.Pattern[str], text: str) -> tuple[str, bool, str]:
    found = pattern.search(text)
    return (text[: found.start()], True, text[found.end() :]) if found else (text, False, "")


def _declared(
    document: Document, plan_wide: list[Chapter], listed: list[Entry]
) -> Iterator[tuple[str, Need]]:
    """Yield what tasks say they depend on, and what the section on dependencies says of tasks."""
    for entry in listed:
        text = "\n".join(document.source.lines[entry.lines.start : entry.lines.stop])
        for key in needed_keys(text, _NAMED):
            if key != _key(entry):
                yield _key(entry), Need(key, "the source says so")
    for chapter in plan_wide:
        if "dependenc" in chapter.title.casefold():
            for line in chapter.all:
                yield from _said_in(document.source.lines[line])


def _said_in(row: str) -> Iterator[tuple[str, Need]]:
    """Yield what a line such as "T014 depends on T012, T013" or "T001 → T002" says."""
    because = "the source's section on dependencies says so"
    for chain in _CHAIN.finditer(row):
        keys = all_keys(chain[0], _NAMED)
        yield from ((later, Need(first, because)) for first, later in zip(keys, keys[1:], strict=False))
    for pattern in (_DEPENDS, _AFTER, _BEFORE):
        subject, found, rest = _split(pattern, row)
        left, right = all_keys(subject, _NAMED), all_keys(rest, _NAMED)
        if found and left and right and len(left) * len(right) <= 400:
            later, first = (right, left) if pattern is _BEFORE else (left, right)
            yield from ((key, Need(other, because)) for key in later for other in first)
            return
