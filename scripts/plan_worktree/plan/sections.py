"""The body's stage sections: where each is, what it repeats of the metadata, and its parts.

A section is found by its ``**Stage ID**`` line, whatever its headings say. It begins at the
heading above that line and ends before the next section, or before a heading of the same level
that is not one of a stage's own parts (some plans give both the same level). Sections that share
a heading share no field: what stands between two ids is the first one's, but the second one's
where the first has such a field already, or where it stands on the second id's line.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

from plan_worktree.plan.text.document import Document, Heading, within
from plan_worktree.plan.text.fields import BRANCH, DEPENDENCIES, STAGE_ID, STATUS, Field

FILES = "Files to Change"
VALIDATION = "Validation"
STAGE_PARTS = ("What", "Why", "How", FILES, VALIDATION, "TODO")
# The sections of the template.
PLAN_PARTS = (
    "Overview",
    "Requirements",
    "Technical Approach",
    "Implementation Stages",
    "Testing Strategy",
    "Deployment Plan",
    "Risks & Mitigations",
    "Dependencies",
    "Open Questions",
    "Success Criteria",
    "Overall TODO List",
    "References",
)
REPEATED = (BRANCH, STATUS, DEPENDENCIES)

_NOTE = re.compile(r"\([^()]*\)")
_NOTHING = re.compile(
    r"(?:(?:none|nothing|no|n/?a|[-\u2013\u2014]+)(?:[ .,;:].*)?)?", re.IGNORECASE | re.DOTALL
)
# What people put before a part's name: a number or a letter, with a dot or in brackets.
_NUMBERING = r"^[\s(]{0,9}(?:[0-9]{1,9}|[A-Za-z])[.)]{1,2}\s{0,9}"
_BETWEEN = re.compile(r"[,;&+]|(?<![\w-])and(?![\w-])")
# The words of a status, behind marks and signs, when the field says it before all else.
_STATUS = re.compile(
    r"\W{0,9}?((?:not[\s-]{1,9}started|in[\s-]{1,9}progress|blocked|completed?|done))(?![\w-])",
    re.IGNORECASE,
)
_SAME_STATUS = {"completed": "complete", "done": "complete"}


class Section(NamedTuple):
    """One stage's section; `first` and `last` are zero-based lines, `last` not included.

    `fields` holds the lines that repeat metadata, by lower-case name. `parts` maps the names of
    the stage's parts to the line ranges of their content.
    """

    stage_id: str
    id_field: Field
    heading: Heading | None
    first: int
    last: int
    fields: dict[str, Field]
    parts: dict[str, range]


def read_sections(document: Document) -> list[Section]:
    """Find all stage sections, in the order of the file."""
    all_fields = document.fields
    places = [place for place, field in enumerate(all_fields) if field.key == STAGE_ID]
    edges = [-1, *places, len(all_fields)]
    ids = [all_fields[place] for place in places]
    headings = [h for h in document.headings if h.depth == 0]
    above = [_heading_above(headings, f.line) for f in ids]
    starts = [h.line if h else f.line for h, f in zip(above, ids, strict=True)]
    sections: list[Section] = []
    for index, (field, heading) in enumerate(zip(ids, above, strict=True)):
        last = len(document.source.lines)
        if index + 1 < len(ids):  # under one heading the next section begins at its id
            is_same = above[index + 1] is heading
            last = ids[index + 1].line if is_same else starts[index + 1]
        last = _section_end(headings, heading, field.line, last)
        lines = range(starts[index], max(last, field.line + 1))
        taken = sections[-1].fields.values() if sections else ()
        around = all_fields[edges[index] + 1 : edges[index + 2]]
        own = [f for f in around if f.line in lines and f not in taken]
        sections.append(_section(document, field, heading, last, own))
    return sections


def clean(value: str) -> str:
    """Return a field's value without code marks, quotes and notes in brackets."""
    value = value.replace("\n", " ")
    if value.startswith("`"):
        return value.strip("`").split("`")[0].strip()
    return _NOTE.sub("", value).strip().strip("\"'*_")


def read_status(value: str) -> str:
    """Return the status a field means, spelt as in the metadata, whatever its spelling."""
    found = _STATUS.match(value)
    if found:
        status = "-".join(re.split(r"[\s-]+", found[1].casefold()))
        return _SAME_STATUS.get(status, status)
    words = re.findall(r"[a-z]+", clean(value).casefold())
    status = "-".join(words)
    return _SAME_STATUS.get(status, status)


def status_place(value: str) -> range | None:
    """Return where in a field's value the words of a status stand, when it says one before all."""
    found = _STATUS.match(value)
    return range(*found.span(1)) if found else None


def with_status(value: str, status: str) -> str:
    """Return a field's value with another status in it, in its style; what surrounds it stays.

    A value that names no status is replaced, up to a bold word, which begins another field.
    """
    found = _STATUS.match(value)
    old, first, last = value.partition("**")[0].rstrip(), 0, 0
    if found:
        first, last = found.span(1)
        old = value[first:last]
    elif value.startswith("`"):
        first, last = 1, max(old.find("`", 1), 1)
        old = value[first:last]
    else:
        last = len(old)
    spelt = value[:first].endswith("`") or old.islower()
    return value[:first] + (status if spelt else status.replace("-", " ").title()) + value[last:]


def read_dependencies(value: str, ids: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the stage ids a ``**Dependencies**`` value names, and what it names besides.

    "None (can run in parallel)" and a dash name none; "stage-1 and stage-2" names two. A piece
    may go on after the id: "stage-1 must have landed". `ids` maps every id's lower-case spelling
    to the id.
    """
    plain = _NOTE.sub("", value.replace("`", "")).strip()
    if plain.casefold() not in ids and _NOTHING.fullmatch(plain):
        return [], []
    found, strange = [], []
    for piece in _BETWEEN.split(plain):
        words = piece.partition(":")[0].strip(" .*_\"'[]").casefold().split()
        if not words:
            continue
        stage = ids.get(words[0]) or ids.get("-".join(words)) or ids.get("-".join(words[:2]))
        if stage:
            found.append(stage)
        else:
            strange.append(piece.strip())
    return found, strange


def _heading_above(headings: list[Heading], line: int) -> Heading | None:
    index = bisect_left(headings, line, key=lambda heading: heading.line)
    return headings[index - 1] if index else None


def _section_end(headings: list[Heading], own: Heading | None, line: int, last: int) -> int:
    level = own.level if own else 6
    for heading in within(headings, range(line + 1, last)):
        if heading.level < level or (heading.level == level and not part_of(heading.text)):
            return heading.line
    return last


def _section(
    document: Document, field: Field, heading: Heading | None, last: int, own: list[Field]
) -> Section:
    """Return the section of an id; `own` holds the fields around it that no other section has."""
    inside = [h for h in within(document.headings, range(field.line + 1, last)) if h.depth == 0]
    marks: list[tuple[int, str | None]] = [(h.line, part_of(h.text)) for h in inside]
    intro_end = next((line for line, part in marks if part), max(last, field.line + 1))
    fields: dict[str, Field] = {}
    for other in own:
        if other.key in REPEATED and other.line < intro_end:
            fields.setdefault(other.key, other)
        elif other.depth == 0 and other.titles and other.line > field.line:
            marks.append((other.line, part_of(other.name)))
    marks.sort(key=lambda mark: mark[0])
    parts = _parts(marks, {h.line: h.level for h in inside}, last)
    first = heading.line if heading else field.line
    return Section(clean(field.value), field, heading, first, last, fields, parts)


def _parts(
    marks: list[tuple[int, str | None]], levels: dict[int, int], last: int
) -> dict[str, range]:
    """Give each part its lines: to the next heading of its level, or of a bold line to the next."""
    parts: dict[str, range] = {}
    for index, (line, name) in enumerate(marks):
        if name is None:
            continue
        own = levels.get(line)
        ends = (
            other
            for other, _ in marks[index + 1 :]
            if own is None or (other in levels and levels[other] <= own)
        )
        parts.setdefault(name, range(line, next(ends, last)))
    return parts


def plain_title(text: str) -> str:
    """Return a heading so that "3. Risks and Mitigations" and "Risks & Mitigations" agree."""
    words = text.casefold().replace("&", "and").strip("# 0123456789.*_").split()
    return " ".join(words)


def part_of(text: str) -> str | None:
    """Return which part of a stage a heading or bold line opens, None for any other."""
    start = re.sub(_NUMBERING, "", text).strip().casefold()
    for part in STAGE_PARTS:
        name = part.casefold()
        if start.startswith(name) and not start[len(name) : len(name) + 1].isalnum():
            return part
    return None
