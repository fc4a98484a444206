"""Lines that are a plan's own: headings and ids by which an author would know where code ends."""

import re
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from plan_worktree.plan.sections import PLAN_PARTS, part_of, plain_title

_HEADING = re.compile(r" {0,3}#{2,6}[ \t]")
_BOLD = re.compile(r" {0,3}\*\*([^*\n]{1,80})(?:\*\*[ \t]{0,9}:|:\*\*)")
_STAGE = re.compile(r"stage \d")
_ID = re.compile(r"stage[ _-]?id\W{1,12}([A-Za-z0-9][\w.-]*)", re.IGNORECASE)
_TITLES = tuple(plain_title(part) for part in PLAN_PARTS)
# An id stands near the beginning of its line; the rest need not be searched.
_FAR = 200


class Landmark(NamedTuple):
    """A line that belongs to the plan. `is_sure` for the only place that names a stage's id."""

    line: int
    is_sure: bool


def landmarks(lines: Sequence[str], ids: Set[str]) -> Iterator[Landmark]:
    """Yield the landmarks in the lines of a plan whose stages have these ids, in order."""
    named: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        if (found := _ID.search(line[:_FAR])) and found[1] in ids:
            named.setdefault(found[1], []).append(number)
    sure = {_opening(lines, places[0]) for places in named.values() if len(places) == 1}
    for number, line in enumerate(lines):
        if number in sure or _is_title(line):
            yield Landmark(number, number in sure)


def has_landmark(text: str, ids: Set[str]) -> bool:
    """Tell whether a text has a line that may belong to the plan itself."""
    if "\n##" in text or "\n**" in text:
        return any(_is_title(line) for line in text.split("\n"))
    return any(found[1] in ids for found in _ID.finditer(text))


def _opening(lines: Sequence[str], line: int) -> int:
    """Return the line of the heading directly above an id, or of the id where there is none."""
    above = line - 1
    while above > max(line - 4, 0) and not lines[above].strip():
        above -= 1
    return above if above >= 0 and lines[above].lstrip(" ").startswith("#") else line


def _is_title(line: str) -> bool:
    if not line.lstrip(" ").startswith(("#", "**")):
        return False
    if _HEADING.match(line):
        title = plain_title(line[:_FAR])
        return (
            title.startswith(_TITLES)
            or _STAGE.match(title) is not None
            or part_of(line[:_FAR].strip(" \t#")) is not None
        )
    bold = _BOLD.match(line)
    return bold is not None and part_of(bold[1]) is not None
