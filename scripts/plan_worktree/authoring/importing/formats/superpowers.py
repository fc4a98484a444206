"""Plans of the skill writing-plans of superpowers (github.com/obra/superpowers).

A task is a heading ``Task N: …`` with a list under ``**Files:**`` and steps as checkboxes, or in
older plans as bold lines. A step that runs a command and expects it to pass names a gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.authoring.importing.carry import IN_PLAN, carried, carried_text, one_line
from plan_worktree.authoring.importing.formats.superpowers_runs import passing
from plan_worktree.authoring.importing.outline import (
    ELSEWHERE,
    Chapter,
    Entry,
    behind_lead,
    beside,
    chapters,
    entries,
    is_rule,
    parts_of,
    plain,
    status_of,
    title_of,
    without_rules,
)
from plan_worktree.authoring.importing.prose import all_keys, listed_files, needed_keys
from plan_worktree.authoring.importing.source import FileUse, Given, Need, Source, Task, each_once
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.text.document import Document, read_document, within
from plan_worktree.plan.text.fields import Field

name = "superpowers"
title = "a superpowers plan"

_TASK = re.compile(
    r"(?:\[[ xX]\]\s*)?Task\s+(\d+(?:\.\d+)*[a-z]?)\b[\s:.)\u2013\u2014-]*(.*)", re.IGNORECASE
)
_BOXED = re.compile(r" {0,3}[*+-][ \t]+(\[[ xX]\])[ \t]+(#{1,6})[ \t]+(?=Task\s+\d)", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:\btasks?\s+#?|(?<=\d),\s*(?:and\s+)?|(?<=\d)\s+(?:and|&)\s+)"
    r"(?P<a>\d+(?:\.\d+)*[a-z]?)\b(?:\s*(?:-|\u2013|to|through)\s*(?P<b>\d+))?",
    re.IGNORECASE,
)
_STEP = re.compile(r"\*\*Step\s+\d+[^*\n]*\*\*", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|of|in|by|after|via)\s+(?:the\s+)?(?=tasks?\s+\d)", re.IGNORECASE)
_PARTS = {"goal": "Overview", "architecture": "Architecture", "tech stack": "Technologies"}
# Fields that name a document the plan was made from.
_LINKS = ("spec", "design", "issue", "ticket")


def recognises(given: Given) -> bool:
    """Tell a plan by its task headings; lists of files or steps make sure that it is one."""
    document = _document(given)
    tasks = [h for h in document.headings if h.depth == 0 and _TASK.match(plain(h.text))]
    has_files = any(field.name.casefold() in ("files", "file") for field in document.fields)
    return bool(tasks) and (has_files or _STEP.search(document.source.text) is not None)


def read(given: Given) -> Source:
    """Read a plan."""
    document = _document(given)
    found = chapters(document)
    tasks = _task_chapters(found)
    inside = {line for chapter in tasks for line in (chapter.line, *chapter.all)}
    first = min((chapter.line for chapter in tasks), default=0)
    # What stands below a heading above tasks, such as "Chunk 1", belongs to the plan.
    head = found[1] if len(found) > 1 and found[1].level == 1 else found[0]
    others = [c for c in beside(document, found, inside) if c[:3] != head[:3]]
    parts = parts_of(document, others)
    above: dict[str, list[str]] = {}
    for place, text in _preamble(document, range(head.own.start, min(head.own.stop, first))):
        above.setdefault(place, []).append(text)
    for place, texts in above.items():
        parts[place] = "\n\n".join([*texts, *([parts[place]] if place in parts else [])])
    title = re.sub(r"\s*\bimplementation plan$", "", title_of(document), flags=re.IGNORECASE)
    return Source(title, tuple(_task(document, chapter) for chapter in tasks), parts)


def _document(given: Given) -> Document:
    """Return the plan with its tasks' headings at the margin.

    Older plans have them in list items, so that a task can be ticked: ``- [ ] ### Task 1: …``.
    """
    document = given.files[0].document
    rows = list(document.source.lines)
    found = False
    for item in document.items:
        if item.depth == 0 and (boxed := _BOXED.match(rows[item.line])):
            rows[item.line] = f"{boxed[2]} {boxed[1]} {rows[item.line][boxed.end() :]}"
            found = True
    if not found:
        return document
    text = "\n".join((*rows, ""))
    return read_document(document.source._replace(text=text, lines=tuple(rows)))


def _task_chapters(found: list[Chapter]) -> list[Chapter]:
    """Return the chapters that are tasks: of those named so, the ones at the commonest level."""
    named = [chapter for chapter in found if _TASK.match(plain(chapter.title))]
    levels = [chapter.level for chapter in named]
    level = max(set(levels), key=lambda one: (levels.count(one), -one), default=0)
    return [chapter for chapter in named if chapter.level == level]


def _preamble(document: Document, lines: range) -> Iterator[tuple[str, str]]:
    """Yield what stands above the first section: the goal, the architecture, and the rest."""
    fields = [f for f in within(document.fields, lines) if f.depth == 0]
    ends = [*(field.line for field in fields), lines.stop]
    for span in _without_orders(document, range(lines.start, ends[0])):
        if text := carried(document, span, IN_PLAN):
            yield ELSEWHERE, text
    for field, end in zip(fields, ends[1:], strict=True):
        place = _PARTS.get(field.name.casefold())
        stop = next((n for n in range(field.line + 1, end) if is_rule(document, n)), end)
        if place:
            text = carried_text(field.value, IN_PLAN)
            rest = carried(document, range(field.line + 1, stop), IN_PLAN)
            yield place, "\n".join(part for part in (text, rest) if part)
        else:
            is_link = field.name.casefold().startswith(_LINKS)
            text = carried(document, range(field.line, stop), IN_PLAN)
            yield "References" if is_link else ELSEWHERE, text
        if text := carried(document, without_rules(document, range(stop, end)), IN_PLAN):
            yield ELSEWHERE, text


def _without_orders(document: Document, lines: range) -> Iterator[range]:
    """Yield lines without the block that tells agents to work through the plan in another tool.

    It is no part of the plan.
    """
    rows = document.source.lines
    start = lines.start
    for line in lines:
        if line >= start and "REQUIRED SUB-SKILL" in rows[line]:
            first = end = line
            while first > start and rows[first - 1].strip():
                first -= 1
            while end < lines.stop and rows[end].strip():
                end += 1
            yield without_rules(document, range(start, first))
            start = end
    yield without_rules(document, range(start, lines.stop))


def _task(document: Document, chapter: Chapter) -> Task:
    found = _TASK.match(plain(chapter.title))
    number, heading = (found[1], found[2]) if found else ("", chapter.title)
    whole = without_rules(document, chapter.all)
    listed = entries(document, whole)
    field = next(
        (f for f in within(document.fields, whole) if f.name.casefold() in ("files", "file")), None
    )
    files = _file_entries(document, field, listed) if field else []
    behind = max(
        (entry.lines.stop for entry in files), default=field.line + 1 if field else whole.start
    )
    steps = _first_step(document, range(behind, whole.stop), listed)
    todo = carried(document, range(steps, whole.stop))
    ticks = [entry.ticked for entry in listed if entry.ticked is not None]
    if todo and not ticks:
        todo = "\n".join(
            f"- [ ] {row.strip().strip('*')}" for row in _bold_steps(document, steps, whole)
        )
    what = carried(document, range(whole.start, field.line if field else whole.start))
    about = range(behind, steps if ticks else whole.stop)
    lead = about.start if what else min(behind_lead(document, about), steps)
    how = ["\n".join(_remarks(document, field, files)), carried(document, range(lead, about.stop))]
    text = "\n".join(document.source.lines[whole.start : whole.stop])
    is_ticked = re.match(r"\[[xX]\]", chapter.title) is not None or chapter.title.endswith("\u2705")
    return Task(
        key=f"Task {number}",
        id=f"task-{number.replace('.', '-')}",
        title=one_line(heading) or f"Task {number}",
        line=chapter.line + 1,
        status=StageStatus.COMPLETE if is_ticked else status_of(ticks),
        what=what or carried(document, range(behind, lead)),
        how="\n\n".join(filter(None, how)),
        todo=todo,
        files=each_once(_uses(field, files)),
        needs=tuple(_needs(text, number, whole.start + 1)),
        commands=tuple(passing(document, range(steps, whole.stop))),
    )


def _file_entries(document: Document, field: Field, listed: list[Entry]) -> list[Entry]:
    """Return the entries of the list that follows ``**Files:**`` with nothing in between."""
    found: list[Entry] = []
    end = field.line + 1
    for entry in listed:
        if entry.item.line < end:
            continue
        between = document.source.lines[end : entry.item.line]
        if any(map(str.strip, between)) or entry.ticked is not None:
            break
        found.append(entry)
        end = entry.lines.stop
    return found


def _uses(field: Field | None, files: list[Entry]) -> Iterator[FileUse]:
    texts = [entry.text for entry in files]
    if field and field.value:
        texts.insert(0, field.value)
    for text in texts:
        yield from listed_files(text.split("\n")[0])


def _remarks(document: Document, field: Field | None, files: list[Entry]) -> Iterator[str]:
    """Yield the entries of a list of files that say more than what is done to which."""
    if field and field.value and _says_more(field.value):
        yield f"- {carried_text(field.value)}"
    for entry in files:
        if len(entry.lines) > 1 or _says_more(entry.text):
            yield carried(document, entry.lines)


def _says_more(text: str) -> bool:
    """Tell whether a text has more than a verb and paths: lines of a file, or a remark."""
    paths = {use.path for use in listed_files(text)}
    rest = re.sub(
        r"[^\s`,]+", lambda word: "" if word[0].removeprefix("./") in paths else word[0], text
    )
    return not (paths and re.fullmatch(r"[^A-Za-z0-9]*[A-Za-z]*[^A-Za-z0-9]*", rest))


def _first_step(document: Document, lines: range, listed: list[Entry]) -> int:
    """Return the line of the first step; that behind the task where there is none."""
    boxes = (e.item.line for e in listed if e.ticked is not None and e.item.line in lines)
    bold = (p.line for p in within(document.paragraphs, lines) if _STEP.match(p.text))
    return min(next(boxes, lines.stop), next(bold, lines.stop))


def _bold_steps(document: Document, first: int, lines: range) -> Iterator[str]:
    for paragraph in within(document.paragraphs, range(first, lines.stop)):
        if found := _STEP.match(paragraph.text):
            yield found[0]


def _needs(text: str, number: str, first: int) -> Iterator[Need]:
    """Yield what a task needs by its text, which begins at line `first` of the source."""
    for key in needed_keys(text, _NAMED):
        yield Need(f"Task {key}", "the source says so")
    own = _rank(number)
    line, counted = first, 0
    for found in _FROM.finditer(text):
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        said = text[found.start() : found.end() + 40].split("\n", maxsplit=1)[0]
        for key in all_keys(said, _NAMED)[:1]:
            if _rank(key) < own:
                quoted = one_line(said).replace('"', "'").rstrip(" ),.;:")
                yield Need(f"Task {key}", f'line {line} of the source says "{quoted}"')


def _rank(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", number))
