"""Items with a box, as in ``- [ ] text``: a stage's own, and those of the Overall TODO List.

A box is what GitHub takes for one (GitHub Flavored Markdown 0.29, "Task list items"): a space or
an x in brackets, at the beginning of a list item of any kind, and white space behind it. What
stands in a fence or in a comment is no item.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from plan_worktree.plan.model import Plan
from plan_worktree.plan.sections import Section, read_sections
from plan_worktree.plan.text.document import Document, Item, within
from plan_worktree.plan.text.edit import Edit

# The part of a stage's section, as `sections.STAGE_PARTS` calls it.
_TODO = "TODO"
_BOX = re.compile(r"\[[ xX]\](?=\s|$)")
# The box on the line of its marker, or on the next one where the marker stands alone.
_BEHIND_MARKER = re.compile(r"(?:[*+-]|\d{1,9}[.)])[ \t]+\[[ xX]\]")
_BELOW_MARKER = re.compile(r"[ \t>]*\[[ xX]\]")

_OVERALL = "overall todo"
_STAGE_LABEL = re.compile(r"stage [\w.-]*\w")
# What ends the name at the beginning of an item: "Stage 1: Storage - See Stage 1 TODO above".
_AFTER_NAME = re.compile(r" ?(?:[:;(|\u2013\u2014\u2192]|\.(?= |$)|(?<= )-+(?= ))")
_MOST_NAMES = 8
_MERGING = re.compile(r"(?:merge|land)(?: (?:all|the|of|every|each))* (?:stages?|branch(?:es)?)\b")
_REMOVING = re.compile(
    r"(?:remove|delete|prune|clean(?: up)?)(?: (?:all|the|of|git|stage|merged))* worktrees?\b"
)

# Of so many ticked items of a list others are told, each by a name of so many characters.
MOST_NAMED = 500
NAME_LENGTH = 16


class Task(NamedTuple):
    """An item with a box. `number` is its place in its list's section, from 1.

    `line` and `column` are those of the character in the box, from 0. `depth` says how many lists
    and quotes are around the item. `text` is one line, without the box.
    """

    number: int
    line: int
    column: int
    depth: int
    done: bool
    text: str


class Count(NamedTuple):
    """How many of a list's items are ticked."""

    done: int
    total: int


def read_tasks(document: Document, lines: range) -> list[Task]:
    """Return the items with a box that begin in a range of lines, in the order of the file."""
    tasks: list[Task] = []
    for item in within(document.items, lines):
        place = _place(document, item) if _BOX.match(item.text) else None
        if place:
            done, text = item.text[1] != " ", " ".join(item.text[3:].split())
            tasks.append(Task(len(tasks) + 1, *place, item.depth, done, text))
    return tasks


def stage_tasks(document: Document) -> dict[str, list[Task]]:
    """Return the items under TODO of every stage that has a section, by the stage's id."""
    return {
        section.stage_id: read_tasks(document, section.parts.get(_TODO, range(0)))
        for section in reversed(read_sections(document))  # of two of one id the first counts
    }


def count(tasks: Iterable[Task]) -> Count:
    """Count items."""
    boxes = [task.done for task in tasks]
    return Count(sum(boxes), len(boxes))


def counts(document: Document) -> dict[str, Count]:
    """Count the items of every stage that has a section, by the stage's id."""
    return {stage: count(tasks) for stage, tasks in stage_tasks(document).items()}


def ticks(tasks: Iterable[Task], done: bool) -> Iterator[Edit]:
    """Yield the edits that tick items, or take their ticks away; none for what is so already."""
    for task in tasks:
        if task.done != done:
            yield Edit(task.line, task.column, 1, "x" if done else " ")


def ticked_names(tasks: Iterable[Task]) -> tuple[str, ...]:
    """Return names of a list's ticked items by which others find them: short hashes of their texts.

    A text that several items have is there as often, and not at all unless all of them are ticked.
    """
    listed = list(tasks)
    unticked = {task.text for task in listed if not task.done}
    found = (_name(task) for task in listed if task.text not in unticked)
    return tuple(islice(found, MOST_NAMED))


def named_ticks(tasks: Iterable[Task], names: Collection[str]) -> Iterator[Edit]:
    """Yield the edits that tick those items of a list which `ticked_names` has named elsewhere.

    A text must be in the list as often as it was there.
    """
    listed = [(_name(task), task) for task in tasks]
    here, there = Counter(name for name, _ in listed), Counter(names)
    return ticks((task for name, task in listed if here[name] == there[name]), True)


def _name(task: Task) -> str:
    return sha256(task.text.encode("utf-8", "surrogatepass")).hexdigest()[:NAME_LENGTH]


def overall_tasks(document: Document) -> list[Task]:
    """Return the items of the plan's Overall TODO List."""
    tops = [heading for heading in document.headings if heading.depth == 0]
    for index, heading in enumerate(tops):
        if heading.text.casefold().strip("# 0123456789.*_").startswith(_OVERALL):
            ends = (other.line for other in tops[index + 1 :] if other.level <= heading.level)
            return read_tasks(document, range(heading.line, next(ends, len(document.source.lines))))
    return []


def stage_lines(document: Document, plan: Plan) -> dict[str, Task]:
    """Return the items of the Overall TODO List that stand for one stage each, by the stage's id.

    Such an item begins with "Stage 1" as the stage's heading does, or with its id or its name, and
    nothing but a sign that ends a name follows. Of several the first counts.
    """
    tasks = overall_tasks(document)
    kinds = list(_names(document, plan)) if tasks else []
    found: dict[str, Task] = {}
    for task in tasks:
        written = list(_beginnings(_plain(task.text)))
        stages = (names[name] for names in kinds for name in written if name in names)
        stage = next(stages, None)
        if stage is not None:
            found.setdefault(stage, task)
    return found


def merging(document: Document) -> list[Task]:
    """Return the items of the Overall TODO List that are done when all stages have landed."""
    return [task for task in overall_tasks(document) if _MERGING.match(_plain(task.text))]


def removing(document: Document) -> list[Task]:
    """Return the items of the Overall TODO List that are done when no worktree is left."""
    return [task for task in overall_tasks(document) if _REMOVING.match(_plain(task.text))]


def _place(document: Document, item: Item) -> tuple[int, int] | None:
    lines = document.source.lines
    found = _BEHIND_MARKER.match(lines[item.line], item.column)
    line = item.line
    if found is None and line + 1 < len(lines):
        line += 1
        found = _BELOW_MARKER.match(lines[line])
    return (line, found.end() - 2) if found else None


def _names(document: Document, plan: Plan) -> Iterator[Mapping[str, str]]:
    """Yield what stages are called, by the surest kind of name first: a name leads to an id.

    A name that two stages share is left out of its kind.
    """
    sections: dict[str, Section] = {}
    for section in read_sections(document):
        sections.setdefault(section.stage_id, section)
    labels, titles = [], []
    for stage_id, section in sections.items():
        title = _plain(section.heading.text) if section.heading else ""
        label = _STAGE_LABEL.match(title)
        labels.append((label[0] if label else "", stage_id))
        titles.append((title, stage_id))
    ids = [(_plain(stage.id), stage.id) for stage in plan.stages]
    names = [(_plain(stage.name), stage.id) for stage in plan.stages]
    known = {stage.id for stage in plan.stages}
    for pairs in (labels, [(f"stage {name}", stage) for name, stage in ids], ids, names, titles):
        kind: dict[str, str] = {}
        for name, stage in pairs:
            if name and stage in known:
                kind[name] = "" if kind.get(name, stage) != stage else stage
        yield {name: stage for name, stage in kind.items() if stage}


def _beginnings(text: str) -> Iterator[str]:
    """Yield what may be the name at the beginning of an item's text.

    Behind "Stage 1:" a name may stand as well.
    """
    ends = [found.span() for found in islice(_AFTER_NAME.finditer(text), _MOST_NAMES)]
    yield from (text[:end] for end, _ in ends)
    yield text
    if ends and _STAGE_LABEL.fullmatch(text[: ends[0][0]]):
        start = ends[0][1]
        yield from (text[start:end].strip() for end, _ in ends[1:])
        yield text[start:].strip()


def _plain(text: str) -> str:
    """Return a text in lower case, on one line and without marks of emphasis, code and links."""
    words = text.casefold().translate(dict.fromkeys(map(ord, "*`[]~"))).split()
    return " ".join(words).strip("_# ")
