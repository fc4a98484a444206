"""A plain Markdown plan, as the plan mode of Claude Code and people write them.

What its steps are is not marked, so it is found: headings that are numbered or called steps;
else the headings below a section called Implementation, Changes or Steps; else the list items of
such a section; else items with boxes anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

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
from plan_worktree.authoring.importing.prose import changed_files, listed_files, needed_keys
from plan_worktree.authoring.importing.source import FileUse, Given, Need, Source, Task
from plan_worktree.plan.document import Document, within
from plan_worktree.plan.model import StageStatus

name = "plain"
title = "a plain Markdown plan"

_WORDS = "step|phase|task|part|stage|change|milestone|commit|pr"
_NUMBERED = re.compile(
    rf"(?:\[[ xX]\]\s*)?(?:(?P<word>{_WORDS})\s+#?(?P<a>\d+(?:\.\d+)*[a-z]?)|(?P<b>\d+(?:\.\d+)*)[.):])"
    r"(?:[\s:.)\u2013\u2014-]+(?P<rest>.*))?$", re.I,
)  # fmt: skip
_HOLDS = re.compile(
    r"(?:\d+[.)]\s*)?(?:implementation|proposed changes|changes|steps|tasks|plan\b|todo|work|"
    r"the plan|execution|detailed (?:steps|changes|plan)|files to (?:change|modify|create)|action)", re.I,
)  # fmt: skip
_NAMED = re.compile(
    rf"(?:\b(?:{_WORDS})s?\s+#?|(?<=\d),\s*(?:and\s+)?|(?<=\d)\s+(?:and|&)\s+)"
    r"(?P<a>\d+(?:\.\d+)*[a-z]?)\b(?:\s*(?:-|\u2013|to|through)\s*(?P<b>\d+))?", re.I,
)  # fmt: skip
_FILES = re.compile(r"files?(?: to (?:change|modify|create|edit|touch))?|file changes|location|modify|create", re.I)
_CHECK = re.compile(r"\**(?:verif\w*|validat\w*|test(?:s|ing)?|acceptance(?: criteria)?|done when)\b", re.I)
_WHY = re.compile(r"\**(?:why|rationale|reason|purpose|motivation)\b", re.I)


@dataclass(frozen=True, slots=True)
class _Step:
    """A step: its words, its number as written ("" for none), and the lines of its text."""

    title: str
    number: str
    line: int
    text: range
    ticked: bool | None = None


def recognises(given: Given) -> bool:
    """Any Markdown may be a plan."""
    return True


def read(given: Given) -> Source:
    """Read a plan; one in which no steps are found has no tasks."""
    document = given.files[0].document
    found = chapters(document)
    steps, holder = _steps(document, found)
    inside = {line for step in steps for line in (step.line, *step.text)}
    others = [
        c for c in found
        if c.line not in inside and c is not holder and not inside.intersection(c.all)
    ]  # fmt: skip
    outermost: list[Chapter] = []
    for chapter in others:
        if not outermost or outermost[-1].level <= 1 or chapter.line >= outermost[-1].all.stop:
            outermost.append(chapter)
    head = [c for c in found[:2] if c.level <= 1 and c not in outermost and not inside.intersection(c.own)]
    tasks = tuple(_task(document, step, at) for at, step in enumerate(steps, 1))
    title = re.sub(r"^(?:implementation )?plan\s*[:\u2013\u2014-]\s*", "", title_of(document), flags=re.I)
    return Source(plain(title), tasks, parts_of(document, [*head, *outermost]))


def _steps(document: Document, found: list[Chapter]) -> tuple[list[_Step], Chapter | None]:
    """Return the steps, and the chapter that holds nothing but them (None: there is none)."""
    ways: tuple[Callable[[Document, list[Chapter]], tuple[list[_Step], Chapter | None]], ...] = (
        _numbered, _below, _listed, _boxes,
    )  # fmt: skip
    for way in ways:
        steps, holder = way(document, found)
        numbers = [step.number for step in steps]
        if len(set(numbers)) < len(numbers) or "" in numbers:  # counted anew in each section
            steps = [replace(step, number=str(at)) for at, step in enumerate(steps, 1)]
        if steps:
            return steps, holder
    return [], None


def _numbered(document: Document, found: list[Chapter]) -> tuple[list[_Step], Chapter | None]:
    """Headings with numbers: those of the level that has most of them, the upper one in a tie.

    Sections of the plan may be numbered, too: those that say what else belongs in a plan are none.
    """
    named = [c for c in found if c.level > 1 and _NUMBERED.match(plain(c.title))]
    worded = [c for c in named if (m := _NUMBERED.match(plain(c.title))) and m["word"]]
    named = worded or named
    by_level: dict[int, list[Chapter]] = {}
    for chapter in named:
        by_level.setdefault(chapter.level, []).append(chapter)
    if not by_level or len(named) < 2:
        return [], None
    best = max(by_level.values(), key=lambda group: (len(group), -group[0].level))
    best = _with_files(found, best)
    holders = [c for c in found if _HOLDS.match(plain(c.title)) and best[0].line in c.all]
    if holders and all(c.line in holders[-1].all for c in best):
        return [_of_heading(c) for c in best], None
    plan_wide = [c for c in best if _is_plan_wide(c)]
    return [_of_heading(c) for c in best if c not in plan_wide], None


def _with_files(found: list[Chapter], best: list[Chapter]) -> list[Chapter]:
    """Add the headings of the same level that have no number, but name a file to work on."""
    level, known = best[0].level, {c.line for c in best}
    return [
        c for c in found
        if c.level == level and (c.line in known or changed_files(c.title, named=True))
    ]  # fmt: skip


def _is_plan_wide(chapter: Chapter) -> bool:
    from plan_worktree.authoring.importing.outline import ELSEWHERE, place_of

    found = _NUMBERED.match(plain(chapter.title))
    return not (found and found["word"]) and place_of(chapter.title) != ELSEWHERE


def _of_heading(chapter: Chapter) -> _Step:
    found = _NUMBERED.match(plain(chapter.title))
    number = (found["a"] or found["b"]) if found else ""
    title = (found["rest"] or "") if found else plain(chapter.title)
    box = re.match(r"\[([ xX])\]", chapter.title)
    ticked = None if box is None else box[1] != " "
    if ticked is None and re.search(r"[\u2705\u2714]\ufe0f?\s*$|\((?:done|complete)\)\s*$", chapter.title, re.I):
        ticked = True
    return _Step(title or plain(chapter.title), number, chapter.line, chapter.all, ticked)


def _holders(found: list[Chapter]) -> Iterator[Chapter]:
    yield from (c for c in found if c.level > 1 and _HOLDS.match(plain(c.title)))


def _below(document: Document, found: list[Chapter]) -> tuple[list[_Step], Chapter | None]:
    """The headings right below a section that holds the work."""
    for holder in _holders(found):
        inner = [c for c in found if c.line in holder.all]
        if len(inner) >= 2:
            top = min(c.level for c in inner)
            return [_of_heading(c) for c in inner if c.level == top], holder
    return [], None


def _listed(document: Document, found: list[Chapter]) -> tuple[list[_Step], Chapter | None]:
    """The items of a section that holds the work."""
    for holder in _holders(found):
        listed = entries(document, holder.all)
        if len(listed) >= 2:
            return list(_of_entries(document, listed)), holder
    return [], None


def _boxes(document: Document, found: list[Chapter]) -> tuple[list[_Step], Chapter | None]:
    """Items with boxes anywhere, but for those of checks; else one numbered list."""
    everything = range(found[0].own.start, len(document.source.lines))
    checks = {line for c in found if _CHECK.match(plain(c.title)) for line in c.all}
    listed = [e for e in entries(document, everything) if e.item.line not in checks]
    boxes = [e for e in listed if e.ticked is not None]
    numbered = [e for e in listed if re.match(r"[ ]{0,3}\d", document.source.lines[e.item.line])]
    return list(_of_entries(document, boxes or (numbered if len(numbered) > 1 else []))), None


def _of_entries(document: Document, listed: list[Entry]) -> Iterator[_Step]:
    for place, entry in enumerate(listed, 1):
        words = entry.text.split("\n")[0]
        marker = re.match(r"\s*(\d{1,9})[.)]", document.source.lines[entry.item.line])
        bold = re.match(r"\*\*(.+?)\*\*", words)
        title = plain(bold[1] if bold else words).rstrip(":.")
        found = _NUMBERED.match(title)
        number = (found["a"] or found["b"]) if found else (marker[1] if marker else str(place))
        title = (found["rest"] or title) if found else title
        yield _Step(title, number, entry.item.line, entry.lines, entry.ticked)


def _task(document: Document, step: _Step, place: int) -> Task:
    is_entry = step.line in step.text
    text = "\n".join(document.source.lines[step.text.start : step.text.stop])
    listed = [] if is_entry else entries(document, step.text)
    ticks = [step.ticked] if step.ticked is not None else [entry.ticked for entry in listed]
    number = step.number or str(place)
    boxes = [e for e in listed if e.ticked is not None]
    status = StageStatus.COMPLETE if step.ticked else status_of(ticks)
    return Task(
        key=f"step {number}",
        id=f"step-{number.replace('.', '-').lower()}",
        title=one_line(step.title) or f"Step {number}",
        line=step.line + 1,
        status=status,
        what=carried_text(_outdented(text)) if is_entry else carried_text(step.title),
        why=_labelled(document, step.text, _WHY) if not is_entry else "",
        how="" if is_entry else carried(document, step.text),
        validation=_labelled(document, step.text, _CHECK) if not is_entry else "",
        todo="\n".join(f"- [{'x' if e.ticked else ' '}] {carried_text(e.text)}" for e in boxes),
        files=tuple(_files(document, step, text)),
        needs=tuple(
            Need(f"step {key}", "the source says so")
            for key in needed_keys(text, _NAMED)
            if key != number
        ),
    )


def _outdented(text: str) -> str:
    """Return an item's text without its marker, its lines at the margin."""
    found = re.match(r"[ \t]*(?:[*+-]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?", text)
    width = len(re.match(r"[ \t]*(?:[*+-]|\d{1,9}[.)])[ \t]+", text)[0]) if found else 0  # type: ignore[index]
    first, _, rest = text[found.end() if found else 0 :].partition("\n")
    rows = [row[min(width, len(row) - len(row.lstrip(" "))) :] for row in rest.split("\n")]
    return "\n".join([first, *rows]).rstrip()


def _labelled(document: Document, lines: range, label: re.Pattern[str]) -> str:
    """Return the text behind a bold label, or below a heading, such as "**Verification**: …"."""
    for field in within(document.fields, lines):
        if field.depth == 0 and label.match(field.name):
            end = field.line + 1
            rows = document.source.lines
            while end < lines.stop and (rows[end].strip() or (end + 1 < lines.stop and rows[end + 1].startswith(("- ", "* ", "1.")))):
                if end > field.line + 1 and rows[end].startswith(("**", "#")):
                    break
                end += 1
            rest = carried(document, range(field.line + 1, end))
            return "\n".join(part for part in (carried_text(field.value), rest) if part)
    headings = [h for h in within(document.headings, lines) if h.depth == 0]
    for at, heading in enumerate(headings):
        if label.match(plain(heading.text)):
            end = headings[at + 1].line if at + 1 < len(headings) else lines.stop
            return carried(document, range(heading.line + 1, end))
    return ""


def _files(document: Document, step: _Step, text: str) -> Iterator[FileUse]:
    """Yield the files of a step: those its title names, a label lists, and its sentences change."""
    uses = changed_files(document.source.lines[step.line], named=True)
    for field in within(document.fields, step.text):
        if _FILES.fullmatch(field.name.strip()):
            uses += listed_files(f"{field.name}: {field.value}" if not field.name.casefold().startswith("file") else field.value)
            uses += _below_label(document, step.text, field.line)
    uses += changed_files(_without_code(document, step.text))
    seen: set[str] = set()
    for use in uses:
        if use.path not in seen:
            seen.add(use.path)
            yield use


def _below_label(document: Document, lines: range, line: int) -> list[FileUse]:
    found: list[FileUse] = []
    for entry in entries(document, range(line + 1, lines.stop)):
        if any(map(str.strip, document.source.lines[line + 1 : entry.item.line])):
            break
        found += listed_files(entry.text.split("\n")[0])
        line = entry.lines.stop - 1
    return found


def _without_code(document: Document, lines: range) -> str:
    code = {
        n for f in within(document.fences, lines)
        for n in range(f.line, f.line + 2 + f.content.count("\n"))
    }  # fmt: skip
    return "\n".join(document.source.lines[n] for n in lines if n not in code)
