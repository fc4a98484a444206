"""A plain Markdown plan, as the plan mode of Claude Code and people write them.

What its steps are is not marked, so it is found: headings that are numbered or called steps;
else the headings below a section called Implementation, Changes or Steps; else the list items of
such a section; else items with boxes anywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from plan_worktree.authoring.importing.carry import carried, carried_text, one_line
from plan_worktree.authoring.importing.formats.plain_steps import WORDS, Step, find_steps
from plan_worktree.authoring.importing.outline import (
    behind_lead,
    beside,
    chapters,
    entries,
    parts_of,
    plain,
    status_of,
    title_of,
)
from plan_worktree.authoring.importing.prose import changed_files, listed_files, needed_keys
from plan_worktree.authoring.importing.source import FileUse, Given, Need, Source, Task, each_once
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.text.document import Document, within

name = "plain"
title = "a plain Markdown plan"

_NAMED = re.compile(
    rf"(?:\b(?:{WORDS})s?\s+#?|(?<=\d),\s*(?:and\s+)?|(?<=\d)\s+(?:and|&)\s+)"
    r"(?P<a>\d+(?:\.\d+)*[a-z]?)\b(?:\s*(?:-|\u2013|to|through)\s*(?P<b>\d+))?", re.IGNORECASE,
)  # fmt: skip
_FILES = re.compile(
    r"files?(?: to (?:change|modify|create|edit|touch))?|file changes|location|modify|create",
    re.IGNORECASE,
)
_MARKER = re.compile(r"([ \t]*(?:[*+-]|\d{1,9}[.)])[ \t]+)(?:\[[ xX]\][ \t]+)?")
_CHECK = re.compile(
    r"\**(?:verif\w*|validat\w*|test(?:s|ing)?|acceptance(?: criteria)?|done when)\b", re.IGNORECASE
)
_WHY = re.compile(r"\**(?:why|rationale|reason|purpose|motivation)\b", re.IGNORECASE)


def recognises(given: Given) -> bool:
    """Take any Markdown for a plan; JSON is none."""
    return given.files[0].text.lstrip()[:1] != "{"


def read(given: Given) -> Source:
    """Read a plan; one in which no steps are found has no tasks."""
    document = given.files[0].document
    found = chapters(document)
    steps = find_steps(document, found)
    inside = {line for step in steps for line in (step.line, *step.text)}
    tasks = tuple(_task(document, step, at) for at, step in enumerate(steps, 1))
    title = re.sub(
        r"^(?:implementation )?plan\s*[:\u2013\u2014-]\s*",
        "",
        title_of(document),
        flags=re.IGNORECASE,
    )
    return Source(plain(title), tasks, parts_of(document, beside(document, found, inside)))


def _task(document: Document, step: Step, place: int) -> Task:
    is_entry = step.line in step.text
    text = "\n".join(document.source.lines[step.text.start : step.text.stop])
    listed = [] if is_entry else entries(document, step.text)
    ticks = [step.ticked] if step.ticked is not None else [entry.ticked for entry in listed]
    number = step.number or str(place)
    boxes = [e for e in listed if e.ticked is not None]
    lead = step.text.start if is_entry else behind_lead(document, step.text)
    status = StageStatus.COMPLETE if step.ticked else status_of(ticks)
    return Task(
        key=f"step {number}",
        id=f"step-{number.replace('.', '-').lower()}",
        title=one_line(step.title) or f"Step {number}",
        line=step.line + 1,
        status=status,
        what=carried_text(_outdented(text))
        if is_entry
        else carried(document, range(step.text.start, lead)),
        why=_labelled(document, step.text, _WHY) if not is_entry else "",
        how="" if is_entry else carried(document, range(lead, step.text.stop)),
        validation=_labelled(document, step.text, _CHECK) if not is_entry else "",
        todo="\n".join(f"- [{'x' if e.ticked else ' '}] {carried_text(e.text)}" for e in boxes),
        files=each_once(_files(document, step)),
        needs=tuple(
            Need(f"step {key}", "the source says so")
            for key in needed_keys(text, _NAMED)
            if key != number
        ),
    )


def _outdented(text: str) -> str:
    """Return an item's text without its marker and box, its lines at the margin."""
    found = _MARKER.match(text)
    width, start = (found.end(1), found.end()) if found else (0, 0)
    first, _, rest = text[start:].partition("\n")
    rows = [row[min(width, len(row) - len(row.lstrip(" "))) :] for row in rest.split("\n")]
    return "\n".join([first, *rows]).rstrip()


def _labelled(document: Document, lines: range, label: re.Pattern[str]) -> str:
    """Return the text behind a bold label, or below a heading, such as "**Verification**: …"."""
    headings = [h for h in within(document.headings, lines) if h.depth == 0]
    fields = [f for f in within(document.fields, lines) if f.depth == 0]
    starts = sorted([*(h.line for h in headings), *(f.line for f in fields), lines.stop])
    for field in fields:
        if label.match(field.name):
            end = starts[bisect_right(starts, field.line)]
            rest = carried(document, range(field.line + 1, end))
            return "\n".join(part for part in (carried_text(field.value), rest) if part)
    for heading in headings:
        if label.match(plain(heading.text)):
            end = starts[bisect_right(starts, heading.line)]
            return carried(document, range(heading.line + 1, end))
    return ""


def _files(document: Document, step: Step) -> list[FileUse]:
    """Return the files that a step's title names, a label lists, or its sentences change."""
    uses = changed_files(document.source.lines[step.line], named=True)
    fields = within(document.fields, step.text)
    ends = [*(field.line for field in fields[1:]), step.text.stop]
    for field, end in zip(fields, ends, strict=False):
        if _FILES.fullmatch(field.name.strip()):
            is_list = field.name.casefold().startswith("file")
            uses += listed_files(field.value if is_list else f"{field.name}: {field.value}")
            uses += _below_label(document, range(field.line + 1, end))
    return uses + changed_files(_without_code(document, step.text))


def _below_label(document: Document, lines: range) -> list[FileUse]:
    """Return the files of the list that begins in the first of some lines, blank ones aside."""
    found: list[FileUse] = []
    line = lines.start
    for entry in entries(document, lines):
        if any(map(str.strip, document.source.lines[line : entry.item.line])):
            break
        found += listed_files(entry.text.split("\n")[0])
        line = entry.lines.stop
    return found


def _without_code(document: Document, lines: range) -> str:
    code = {
        n for f in within(document.fences, lines)
        for n in range(f.line, f.line + 2 + f.content.count("\n"))
    }  # fmt: skip
    return "\n".join(document.source.lines[n] for n in lines if n not in code)
