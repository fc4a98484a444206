"""What must come before what in a ``tasks.md`` of spec-kit, and why the source says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from plan_worktree.authoring.importing.outline import Chapter, Entry, entries, plain
from plan_worktree.authoring.importing.prose import all_keys, needed_keys
from plan_worktree.authoring.importing.source import Need, Unreadable
from plan_worktree.plan.text.document import Document

TASK = re.compile(r"[*`]*(T\d{2,5}[a-z]?)[*`]*\b[:.]?[*]*\s*(.*)", re.DOTALL)
_NAMED = re.compile(
    r"\b(?P<a>T\d{2,5}[a-z]?)(?:\s*(?:-|\u2013|to|through|\.\.\.?)\s*(?P<b>T\d{2,5}))?\b"
)
STORY = re.compile(r"\b(?:user\s+story\s*|US)(\d+)\b", re.IGNORECASE)
_PHASE = re.compile(r"\bphase\s+(\d+(?:\.\d+)*)", re.IGNORECASE)
_CHAIN = re.compile(r"T\d{2,5}[a-z]?(?:\s*(?:->|\u2192)\s*T\d{2,5}[a-z]?)+")
_BEFORE = re.compile(r"\b(?:blocks|before)\b", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|requires?|needs?)\b", re.IGNORECASE)
_DEPENDS = re.compile(r"\bdepend(?:s|ent)?\s+on\b", re.IGNORECASE)
_FIELD = re.compile(r"\s*(?:[*+-]\s+)?\*\*(?:depend|precondi)", re.IGNORECASE)
# Phases that wait for each other in hundreds of ways are no plan anybody would review.
_MOST_ARROWS = 20_000


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase with tasks: their places in the list of all tasks, and the story it is for."""

    chapter: Chapter
    tasks: range
    story: str | None


def key_of(entry: Entry) -> str:
    """Return the number of a task, "" for an entry that is none."""
    found = TASK.match(entry.text)
    return found[1] if found else ""


def states_needs(document: Document, entry: Entry) -> bool:
    """Tell whether a task has a field for what it depends on: then its phase says nothing more."""
    rows = document.source.lines[entry.lines.start : entry.lines.stop]
    return any(_FIELD.match(row) for row in rows)


def in_phases(
    phases: list[Phase], listed: list[Entry], keys: list[str]
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
    phase: Phase, listed: list[Entry], keys: list[str], *, marked: bool
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


def between_phases(
    document: Document,
    phases: list[Phase],
    plan_wide: list[Chapter],
    keys: list[str],
    listed: list[Entry],
) -> Iterator[tuple[str, Need]]:
    """Yield the order of phases: each waits for the one before, stories for what is before all.

    A line on dependencies that says a story depends on another makes it wait for that.
    """
    marked = any(map(_is_parallel, listed))
    ends = {id(phase): _ends(phase, listed, keys, marked=marked) for phase in phases}
    ranks = [list(group) for _, group in groupby(phases, key=_Rank())]
    count = 0
    for earlier, later in pairwise(ranks):
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

    def __call__(self, phase: Phase) -> int:
        if phase.story is None:
            self.number += 2
            return self.number
        return self.number + 1


def _joined(
    before: Phase, after: Phase, ends: dict[int, tuple[list[str], list[str]]], why: str
) -> Iterator[tuple[str, Need]]:
    because = f"{_short(before)} is before {_short(after)}: {why}"
    for key in ends[id(after)][0]:
        for needed in ends[id(before)][1]:
            yield key, Need(needed, because, implied=True)


def _short(phase: Phase) -> str:
    title = plain(phase.chapter.title)
    found = _PHASE.search(title)
    return f"phase {found[1]}" if found else f'"{title[:60]}"'


def _declared_stories(
    document: Document, plan_wide: list[Chapter], stories: dict[str, Phase]
) -> Iterator[tuple[Phase, Phase]]:
    for chapter in plan_wide:
        if "dependenc" not in chapter.title.casefold():
            continue
        for entry in entries(document, chapter.all):
            subject, found, rest = _split(_DEPENDS, entry.text)
            own = STORY.findall(subject)
            if not found or len(own) != 1 or own[0] not in stories:
                continue
            for number in STORY.findall(re.split(r"\bbut\b|\. ", rest)[0]):
                if number in stories and number != own[0]:
                    yield stories[number], stories[own[0]]


def _split(pattern: re.Pattern[str], text: str) -> tuple[str, bool, str]:
    found = pattern.search(text)
    return (text[: found.start()], True, text[found.end() :]) if found else (text, False, "")


def declared(
    document: Document, plan_wide: list[Chapter], listed: list[Entry]
) -> Iterator[tuple[str, Need]]:
    """Yield what tasks say they depend on, and what the section on dependencies says of tasks."""
    for entry in listed:
        text = "\n".join(document.source.lines[entry.lines.start : entry.lines.stop])
        for key in needed_keys(text, _NAMED):
            if key != key_of(entry):
                yield key_of(entry), Need(key, "the source says so")
    for chapter in plan_wide:
        if "dependenc" in chapter.title.casefold():
            for line in chapter.all:
                yield from _said_in(document.source.lines[line])


def _said_in(row: str) -> Iterator[tuple[str, Need]]:
    """Yield what a line such as "T014 depends on T012, T013" or "T001 → T002" says."""
    because = "the source's section on dependencies says so"
    for chain in _CHAIN.finditer(row):
        keys = all_keys(chain[0], _NAMED)
        yield from ((later, Need(first, because)) for first, later in pairwise(keys))
    for pattern in (_DEPENDS, _AFTER, _BEFORE):
        subject, found, rest = _split(pattern, row)
        left, right = all_keys(subject, _NAMED), all_keys(rest, _NAMED)
        if found and left and right and len(left) * len(right) <= 400:
            later, first = (right, left) if pattern is _BEFORE else (left, right)
            yield from ((key, Need(other, because)) for key in later for other in first)
            return
