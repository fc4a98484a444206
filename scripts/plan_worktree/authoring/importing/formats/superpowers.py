"""Plans of the skill writing-plans of superpowers (github.com/obra/superpowers).

A task is a heading ``Task N: …`` with a list under ``**Files:**`` and steps as checkboxes, or in
older plans as bold lines. A step that runs a command and expects it to pass names a gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.authoring.importing.carry import IN_PLAN, carried, carried_text, one_line
from plan_worktree.authoring.importing.outline import (
    ELSEWHERE,
    Chapter,
    Entry,
    chapters,
    entries,
    parts_of,
    plain,
    status_of,
    title_of,
)
from plan_worktree.authoring.importing.prose import all_keys, listed_files, needed_keys
from plan_worktree.authoring.importing.source import FileUse, Given, Need, Source, Task
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.text.document import Document, within
from plan_worktree.plan.text.fields import Field
from plan_worktree.plan.text.inline import code_spans

name = "superpowers"
title = "a superpowers plan"

_TASK = re.compile(
    r"(?:\[[ xX]\]\s*)?Task\s+(\d+(?:\.\d+)*[a-z]?)\b[\s:.)\u2013\u2014-]*(.*)", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?:\btasks?\s+#?|(?<=\d),\s*(?:and\s+)?|(?<=\d)\s+(?:and|&)\s+)"
    r"(?P<a>\d+(?:\.\d+)*[a-z]?)\b(?:\s*(?:-|\u2013|to|through)\s*(?P<b>\d+))?",
    re.IGNORECASE,
)
_STEP = re.compile(r"\*\*Step\s+\d+[^*\n]*\*\*", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|of|in|by|after|via)\s+(?:the\s+)?(?=tasks?\s+\d)", re.IGNORECASE)
_EXPECTED = re.compile(r"[ \t]*(?:[*+-][ \t]+)?\**expected\b[^:\n]*:?\**:?(.*)", re.IGNORECASE)
_PASSES = re.compile(r"\bpass(?:es|ed|ing)?\b", re.IGNORECASE)
_FAILS = re.compile(r"(?<!0 )(?<!no )\bfail", re.IGNORECASE)
_RUN = re.compile(r"(?:^|\b)\**run\b[^`\n]{0,60}:\**\s*", re.IGNORECASE)
_PARTS = {"goal": "Overview", "architecture": "Architecture", "tech stack": "Technologies"}


def recognises(given: Given) -> bool:
    """Tell a plan by its task headings; lists of files or steps make sure that it is one."""
    document = given.files[0].document
    tasks = [h for h in document.headings if h.depth == 0 and _TASK.match(plain(h.text))]
    has_files = any(field.name.casefold() in ("files", "file") for field in document.fields)
    return bool(tasks) and (has_files or _STEP.search(document.source.text) is not None)


def read(given: Given) -> Source:
    """Read a plan."""
    document = given.files[0].document
    found = chapters(document)
    tasks = _task_chapters(found)
    inside = {line for chapter in tasks for line in (chapter.line, *chapter.all)}
    first = min((chapter.line for chapter in tasks), default=0)
    # A heading above tasks, such as "Chunk 1", groups them; a level-1 heading is the plan's title.
    others = [
        chapter
        for chapter in _outermost(c for c in found if c.line not in inside)
        if chapter.level > 1 and not inside.intersection(chapter.all)
    ]
    parts = parts_of(document, others)
    head = found[1] if len(found) > 1 and found[1].level == 1 else found[0]
    for key, text in _preamble(document, range(head.own.start, min(head.own.stop, first))):
        parts[key] = f"{text}\n\n{parts[key]}" if key in parts else text
    title = re.sub(r"\s*\bimplementation plan$", "", title_of(document), flags=re.IGNORECASE)
    return Source(title, tuple(_task(document, chapter) for chapter in tasks), parts)


def _task_chapters(found: list[Chapter]) -> list[Chapter]:
    """Return the chapters that are tasks: of those named so, the ones at the commonest level."""
    named = [chapter for chapter in found if _TASK.match(plain(chapter.title))]
    levels = [chapter.level for chapter in named]
    level = max(set(levels), key=lambda one: (levels.count(one), -one), default=0)
    return [chapter for chapter in named if chapter.level == level]


def _outermost(found: Iterator[Chapter] | list[Chapter]) -> Iterator[Chapter]:
    """Yield chapters that are not inside one before them; titles of level 1 hold nothing."""
    end = 0
    for chapter in found:
        if chapter.line >= end:
            yield chapter
            if chapter.level > 1:
                end = chapter.all.stop


def _preamble(document: Document, lines: range) -> Iterator[tuple[str, str]]:
    """Yield what stands above the first section: the goal, the architecture, and the rest."""
    fields = [f for f in within(document.fields, lines) if f.depth == 0]
    known = [f for f in fields if f.name.casefold() in _PARTS]
    starts = [*(f.line for f in fields), lines.stop]
    for field in known:
        end = next(line for line in starts if line > field.line)
        end = next((n for n in range(field.line + 1, end) if _is_rule(document, n)), end)
        text = carried_text(field.value, IN_PLAN)
        rest = carried(document, range(field.line + 1, end), IN_PLAN)
        yield _PARTS[field.name.casefold()], "\n".join(part for part in (text, rest) if part)
    first = min((f.line for f in known), default=lines.stop)
    rest = carried(document, range(lines.start, first), IN_PLAN)
    # What tells agents to work through the plan in another tool is no part of the plan.
    if rest and "REQUIRED SUB-SKILL" not in rest:
        yield ELSEWHERE, rest


def _is_rule(document: Document, line: int) -> bool:
    return re.fullmatch(r" {0,3}(?:-[ \t]*){3,}", document.source.lines[line]) is not None


def _task(document: Document, chapter: Chapter) -> Task:
    found = _TASK.match(plain(chapter.title))
    number, heading = (found[1], found[2]) if found else ("", chapter.title)
    whole = _without_rule(document, chapter.all)
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
    text = "\n".join(document.source.lines[whole.start : whole.stop])
    is_ticked = re.match(r"\[[xX]\]", chapter.title) is not None or chapter.title.endswith("\u2705")
    return Task(
        key=f"Task {number}",
        id=f"task-{number.replace('.', '-')}",
        title=one_line(heading) or f"Task {number}",
        line=chapter.line + 1,
        status=StageStatus.COMPLETE if is_ticked else status_of(ticks),
        what=carried(document, range(whole.start, field.line if field else whole.start))
        or carried_text(heading),
        how=carried(document, range(behind, steps if ticks else whole.stop)),
        todo=todo,
        files=tuple(_uses(field, files)),
        needs=tuple(_needs(text, number)),
        commands=tuple(_commands(document, range(steps, whole.stop))),
    )


def _without_rule(document: Document, lines: range) -> range:
    """Return the lines without the rule that parts a task from the next."""
    end = lines.stop
    while end > lines.start and (
        not document.source.lines[end - 1].strip() or _is_rule(document, end - 1)
    ):
        end -= 1
    return range(lines.start, end)


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
    seen: set[str] = set()
    texts = [entry.text for entry in files]
    if field and field.value:
        texts.insert(0, field.value)
    for text in texts:
        for use in listed_files(text.split("\n")[0]):
            if use.path not in seen:
                seen.add(use.path)
                yield use


def _first_step(document: Document, lines: range, listed: list[Entry]) -> int:
    """Return the line of the first step; that behind the task where there is none."""
    boxes = (e.item.line for e in listed if e.ticked is not None and e.item.line in lines)
    bold = (p.line for p in within(document.paragraphs, lines) if _STEP.match(p.text))
    return min(next(boxes, lines.stop), next(bold, lines.stop))


def _bold_steps(document: Document, first: int, lines: range) -> Iterator[str]:
    for paragraph in within(document.paragraphs, range(first, lines.stop)):
        if found := _STEP.match(paragraph.text):
            yield found[0]


def _needs(text: str, number: str) -> Iterator[Need]:
    for key in needed_keys(text, _NAMED):
        yield Need(f"Task {key}", "the source says so")
    own = _rank(number)
    for found in _FROM.finditer(text):
        for key in all_keys(
            text[found.end() : found.end() + 40].split("\n", maxsplit=1)[0], _NAMED
        )[:1]:
            if _rank(key) < own:
                yield Need(f"Task {key}", "the source uses what comes from it")


def _rank(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", number))


def _commands(document: Document, lines: range) -> Iterator[str]:
    """Yield the commands that the source runs and expects to pass, each once."""
    seen: set[str] = set()
    latest: list[str] = []
    fences = {fence.line: fence for fence in within(document.fences, lines)}
    code = {n for f in fences.values() for n in range(f.line, f.line + 2 + f.content.count("\n"))}
    awaits = False
    for line in lines:
        row = document.source.lines[line]
        if (
            line in fences
            and awaits
            and fences[line].info.split()[:1] in (["bash"], ["sh"], ["shell"], ["console"], [])
        ):
            latest, awaits = _script(fences[line].content), False
        if line in code:
            continue
        if run := _RUN.search(row):
            spans = [span for span in code_spans(row) if span.start >= run.end()]
            latest = [span.content for span in spans[:1]]
            awaits = not latest
        if expected := _EXPECTED.match(row):
            said = expected[1].strip() or _following(document, line + 1, lines.stop)
            if _PASSES.search(said) and not _FAILS.search(said):
                yield from (c for c in latest if not (c in seen or seen.add(c)))  # type: ignore[func-returns-value]
            latest = []


def _following(document: Document, first: int, last: int) -> str:
    """Return the block behind a line that only announces it: a list, or what is in a fence."""
    rows = document.source.lines[first : min(last, first + 8)]
    block: list[str] = []
    for row in rows:
        if block and (not row.strip() or _STEP.search(row)):
            break
        block += [row] if row.strip() else []
    return "\n".join(block)


def _script(content: str) -> list[str]:
    """Return the commands of a short shell script; of one that needs more than lines, none."""
    rows = [row.strip().removeprefix("$ ") for row in content.split("\n")]
    rows = [row for row in rows if row and not row.startswith("#")]
    whole = len(rows) <= 3 and not any(row.endswith("\\") or "<<" in row for row in rows)
    return rows if whole and not any(row.startswith(("cd ", "export ")) for row in rows) else []
