"""Where the steps of a plain Markdown plan are: its headings or its lists, in four ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from plan_worktree.authoring.importing.outline import (
    ELSEWHERE,
    Chapter,
    Entry,
    entries,
    place_of,
    plain,
)
from plan_worktree.authoring.importing.prose import changed_files
from plan_worktree.plan.text.document import Document

WORDS = "step|phase|task|part|stage|change|milestone|commit|pr"
_NUMBERED = re.compile(
    rf"(?:\[[ xX]\]\s*)?(?:(?P<word>{WORDS})\s+#?(?P<a>\d+(?:\.\d+)*[a-z]?)"
    r"|(?P<b>\d+(?:\.\d+)*)[.):])(?:[\s:.)\u2013\u2014-]+(?P<rest>.*))?$",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"(?:\d+[.)]\s*)?(?:implementation|proposed changes|changes|steps|tasks|plan\b|todo|work|"
    r"the plan|execution|detailed (?:steps|changes|plan)|files to (?:change|modify|create)|action)",
    re.IGNORECASE,
)
_CHECK = re.compile(r"(?:verif|validat|test|acceptance|done when|success)", re.IGNORECASE)
_DONE = re.compile(r"[\u2705\u2714]\ufe0f?\s*$|\((?:done|complete)\)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its words, its number as written ("" for none), and the lines of its text."""

    title: str
    number: str
    line: int
    text: range
    ticked: bool | None = None


def find_steps(document: Document, found: list[Chapter]) -> list[Step]:
    """Return the steps."""
    steps = _numbered(found) or _below(found) or _listed(document, found) or _boxes(document, found)
    numbers = [step.number for step in steps]
    if len(set(numbers)) < len(numbers) or "" in numbers:  # counted anew in each section
        steps = [replace(step, number=str(at)) for at, step in enumerate(steps, 1)]
    return steps


def _numbered(found: list[Chapter]) -> list[Step]:
    """Take headings with numbers: those of the level that has most of them, the upper one in a tie.

    Sections of the plan may be numbered, too: those that say what else belongs in a plan are none.
    """
    named = [c for c in found if c.level > 1 and _NUMBERED.match(plain(c.title))]
    worded = [c for c in named if (m := _NUMBERED.match(plain(c.title))) and m["word"]]
    named = worded or named
    by_level: dict[int, list[Chapter]] = {}
    for chapter in named:
        by_level.setdefault(chapter.level, []).append(chapter)
    if not by_level or len(named) < 2:
        return []
    best = max(by_level.values(), key=lambda group: (len(group), -group[0].level))
    best = _with_files(found, best)
    holders = [c for c in found if _HOLDS.match(plain(c.title)) and best[0].line in c.all]
    if holders and all(c.line in holders[-1].all for c in best):
        return [_of_heading(c) for c in best]
    return [_of_heading(c) for c in best if not _is_plan_wide(c)]


def _with_files(found: list[Chapter], best: list[Chapter]) -> list[Chapter]:
    """Add the headings of the same level that have no number, but name a file to work on."""
    level, known = best[0].level, {c.line for c in best}
    return [
        c for c in found
        if c.level == level and (c.line in known or changed_files(c.title, named=True))
    ]  # fmt: skip


def _is_plan_wide(chapter: Chapter) -> bool:
    found = _NUMBERED.match(plain(chapter.title))
    return not (found and found["word"]) and place_of(chapter.title) != ELSEWHERE


def _of_heading(chapter: Chapter) -> Step:
    found = _NUMBERED.match(plain(chapter.title))
    number = (found["a"] or found["b"]) if found else ""
    title = (found["rest"] or "") if found else plain(chapter.title)
    box = re.match(r"\[([ xX])\]", chapter.title)
    ticked = None if box is None else box[1] != " "
    if ticked is None and _DONE.search(chapter.title):
        ticked = True
    return Step(title or plain(chapter.title), number, chapter.line, chapter.all, ticked)


def _holders(found: list[Chapter]) -> Iterator[Chapter]:
    yield from (c for c in found if c.level > 1 and _HOLDS.match(plain(c.title)))


def _below(found: list[Chapter]) -> list[Step]:
    """Take the headings right below a section that holds the work."""
    for holder in _holders(found):
        inner = [c for c in found if c.line in holder.all]
        if len(inner) >= 2:
            top = min(c.level for c in inner)
            return [_of_heading(c) for c in inner if c.level == top]
    return []


def _listed(document: Document, found: list[Chapter]) -> list[Step]:
    """Take the items of a section that holds the work."""
    for holder in _holders(found):
        listed = entries(document, holder.all)
        if len(listed) >= 2:
            return list(_of_entries(document, listed))
    return []


def _boxes(document: Document, found: list[Chapter]) -> list[Step]:
    """Take items with boxes anywhere, but for those of checks; else one numbered list."""
    everything = range(found[0].own.start, len(document.source.lines))
    checks = {line for c in found if _CHECK.match(plain(c.title)) for line in c.all}
    listed = [e for e in entries(document, everything) if e.item.line not in checks]
    boxes = [e for e in listed if e.ticked is not None]
    numbered = [e for e in listed if re.match(r"[ ]{0,3}\d", document.source.lines[e.item.line])]
    return list(_of_entries(document, boxes or (numbered if len(numbered) > 1 else [])))


def _of_entries(document: Document, listed: list[Entry]) -> Iterator[Step]:
    for place, entry in enumerate(listed, 1):
        words = entry.text.split("\n")[0]
        marker = re.match(r"\s*(\d{1,9})[.)]", document.source.lines[entry.item.line])
        bold = re.match(r"\*\*(.+?)\*\*", words)
        title = plain(bold[1] if bold else words).rstrip(":.")
        found = _NUMBERED.match(title)
        number = (found["a"] or found["b"]) if found else (marker[1] if marker else str(place))
        title = (found["rest"] or title) if found else title
        yield Step(title, number, entry.item.line, entry.lines, entry.ticked)
