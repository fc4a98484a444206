"""A Markdown source by its headings and its lists: chapters, entries, ticks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from plan_worktree.authoring.importing.carry import IN_PLAN, carried
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.text.document import Document, Item, within

_TICK = re.compile(r"\[([ xX])\](?:[ \t]+|$)")


class Chapter(NamedTuple):
    """A heading with what stands below it; lines count from 0, and `end` is behind the last.

    `own` are the lines up to the next heading of any level, `all` those up to the next heading of
    its level or above. What stands before the first heading has level 0 and no title.
    """

    title: str
    level: int
    line: int
    own: range
    all: range


class Entry(NamedTuple):
    """A list item at the margin with everything that belongs to it. `text` is without its tick."""

    text: str
    ticked: bool | None
    lines: range
    item: Item


def chapters(document: Document) -> list[Chapter]:
    """Return the chapters of a document in order; a block of YAML at its top is none."""
    start = front_matter(document.source.lines)
    headings = [h for h in document.headings if h.depth == 0 and h.line >= start]
    end = len(document.source.lines)
    ends: list[int] = [end] * len(headings)
    open_ones: list[int] = []
    for index, heading in enumerate(headings):
        while open_ones and headings[open_ones[-1]].level >= heading.level:
            ends[open_ones.pop()] = heading.line
        open_ones.append(index)
    nexts = [h.line for h in headings[1:]] + [end]
    first = headings[0].line if headings else end
    found = [Chapter("", 0, start, range(start, first), range(start, end))]
    for heading, following, last in zip(headings, nexts, ends, strict=False):
        # The second line of an underlined heading is no text.
        text = heading.line + 1
        if not document.source.lines[heading.line].lstrip().startswith("#"):
            text += heading.text.count("\n") + 1
        title = " ".join(heading.text.split())
        own, whole = range(text, max(following, text)), range(text, max(last, text))
        found.append(Chapter(title, heading.level, heading.line, own, whole))
    return found


def beside(document: Document, found: Iterable[Chapter], inside: Set[int]) -> Iterator[Chapter]:
    """Yield the outermost chapters that are not in the lines of tasks, which `inside` has.

    Of a chapter around tasks only what stands above its first heading is yielded, piece by piece
    between the tasks; a title of level 1 holds no more than that.
    """
    end = 0
    for chapter in found:
        if chapter.line < end or (chapter.line in inside and chapter.level > 0):
            continue
        if not inside.isdisjoint(chapter.all):
            level = chapter.level
            for lines in _runs(line for line in chapter.own if line not in inside):
                if without_rules(document, lines):
                    yield chapter._replace(level=level, own=lines, all=lines)
                    level = min(level, 1)  # its title has been said
        else:
            yield chapter
            if chapter.level > 1:
                end = chapter.all.stop


def _runs(lines: Iterable[int]) -> Iterator[range]:
    """Yield ascending numbers as ranges without gaps."""
    start = last = -1
    for line in lines:
        if line != last + 1 or start < 0:
            if start >= 0:
                yield range(start, last + 1)
            start = line
        last = line
    if start >= 0:
        yield range(start, last + 1)


def behind_lead(document: Document, lines: range) -> int:
    """Return the line behind the paragraph that some lines begin with; where none does, the first.

    A paragraph that begins with a field, such as ``**Files:**``, is none.
    """
    rows = document.source.lines
    first = next((n for n in lines if rows[n].strip()), lines.stop)
    fields = {field.line for field in within(document.fields, lines)}
    lead = next((p for p in within(document.paragraphs, lines) if p.depth == 0), None)
    if lead is None or lead.line != first or first in fields:
        return lines.start
    return min(lead.line + lead.text.rstrip("\n").count("\n") + 1, lines.stop)


def is_rule(document: Document, line: int) -> bool:
    """Tell whether a line is a rule of dashes."""
    return re.fullmatch(r" {0,3}(?:-[ \t]*){3,}", document.source.lines[line]) is not None


def without_rules(document: Document, lines: range) -> range:
    """Return lines without the rules, and the blank lines, that part them from what is around."""

    def parts(line: int) -> bool:
        return not document.source.lines[line].strip() or is_rule(document, line)

    first, last = lines.start, max(lines.stop, lines.start)
    while first < last and parts(first):
        first += 1
    while first < last and parts(last - 1):
        last -= 1
    return range(first, last)


def front_matter(lines: tuple[str, ...]) -> int:
    """Return the line behind a block of YAML at the top, 0 when there is none."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() in ("---", "..."):
            return number + 1
    return 0


def entries(document: Document, lines: range) -> list[Entry]:
    """Return the list items at the margin in some lines, each with what is indented below it."""
    items = [item for item in within(document.items, lines) if item.depth == 0]
    rows = document.source.lines
    stops = [item.line for item in items[1:]] + [min(lines.stop, len(rows))]
    found = []
    for item, stop in zip(items, stops, strict=False):
        end = item.line + 1 + item.text.count("\n")
        while end < stop and (not rows[end].strip() or _indent(rows[end]) > item.column):
            end += 1
        while end > item.line + 1 and not rows[end - 1].strip():
            end -= 1
        tick = _TICK.match(item.text)
        ticked = None if tick is None else tick[1] != " "
        text = item.text[tick.end() :] if tick else item.text
        found.append(Entry(text, ticked, range(item.line, end), item))
    return found


def status_of(ticks: Iterable[bool | None]) -> StageStatus:
    """Return the status of what has boxes: complete when all are ticked, begun when one is."""
    known = [tick for tick in ticks if tick is not None]
    if known and all(known):
        return StageStatus.COMPLETE
    return StageStatus.IN_PROGRESS if any(known) else StageStatus.NOT_STARTED


def title_of(document: Document) -> str:
    """Return the first heading of the first level, "" where there is none."""
    start = front_matter(document.source.lines)
    first = [h for h in document.headings if h.level == 1 and h.depth == 0]
    titles = (h.text for h in first if h.line >= start)
    return " ".join(next(titles, "").split())


def plain(text: str) -> str:
    """Return a heading's or an item's text without the marks of Markdown around its words."""
    return re.sub(r"[*`]|(?<!\w)__?|__?(?!\w)", "", text).strip()


def _indent(row: str) -> int:
    return len(row.expandtabs(4)) - len(row.expandtabs(4).lstrip(" "))


# Where a chapter of a source belongs, by the beginning of its title in lower case.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "Overview": ("overview", "goal", "summary", "context", "why", "problem", "background",
                 "purpose", "objective", "introduction", "intent", "motivation"),
    "Functional Requirements": ("requirement", "functional", "what changes", "scope", "user stor"),
    "Non-Functional Requirements": ("non-functional", "constraints", "global constraints"),
    "Architecture": ("architecture", "approach", "design", "technical approach", "solution",
                     "decisions", "file structure", "data flow", "key decisions"),
    "Technologies": ("tech", "stack", "technolog"),
    "Existing Code to Follow": ("existing", "reference files", "files to reference"),
    "Testing Strategy": ("test", "verification", "validation", "verify", "how to test"),
    "Deployment Plan": ("deploy", "rollout", "migration plan", "release"),
    "Rollback Plan": ("rollback",),
    "Risks & Mitigations": ("risk",),
    "Upstream Dependencies": ("dependencies", "prerequisite"),
    "Downstream Impact": ("impact",),
    "Open Questions": ("open question", "question", "unknown"),
    "Success Criteria": ("success", "acceptance", "definition of done", "done when"),
    "References": ("reference", "related", "links"),
}  # fmt: skip
_NUMBER = re.compile(r"^[^\w]*(?:\d+(?:\.\d+)*[.):]?\s+)?")
ELSEWHERE = "Also in the Source"


def place_of(title: str) -> str:
    """Return the template's heading under which a chapter belongs, `ELSEWHERE` for none."""
    name = _NUMBER.sub("", plain(title)).lower()
    for place, beginnings in _PLACES.items():
        if name.startswith(beginnings):
            return place
    return ELSEWHERE


def parts_of(document: Document, found: Iterable[Chapter]) -> dict[str, str]:
    """Return chapters' texts by the template's heading they belong under.

    A chapter whose title says more than that heading keeps its title.
    """
    parts: dict[str, list[str]] = {}
    for chapter in found:
        place = place_of(chapter.title)
        lines = chapter.own
        if chapter.level > 1:
            keeps = _NUMBER.sub("", plain(chapter.title)).lower() != place.lower()
            lines = range(chapter.line if keeps else chapter.own.start, chapter.all.stop)
        if text := carried(document, without_rules(document, lines), IN_PLAN):
            parts.setdefault(place, []).append(text)
    return {place: "\n\n".join(texts) for place, texts in parts.items()}
