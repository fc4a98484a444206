"""What a plan says of the whole: its goal, its constraints, and how its code is to be written."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from plan_worktree.plan.reading.excerpts import Excerpt, excerpt
from plan_worktree.plan.sections import PLAN_PARTS, Section, plain_title
from plan_worktree.plan.text.document import Document, Heading, within

GOAL, CONSTRAINTS = "overview", "requirements"

# Characters of one of them, and of all together.
_MOST_OF_ONE = 2_500
_MOST_OF_ALL = 6_000
_MOST_TITLE = 100
# Titles under which plans say how code is to be written: those of the template, and others that
# people and agents use. Whole words, no repetition, so a long title costs its length.
_CONVENTIONS = re.compile(
    r"\b(?:conventions?|guidelines?|standards?|patterns?|(?:code|coding) style|style guide"
    r"|ground rules|global constraints|boundaries|mandatory reading|codebase context"
    r"|(?:existing|reference|similar|related) (?:code|implementations?)|code to follow"
    r"|technolog(?:y|ies)|tech stack|technical context|(?:shared|common|public) types"
    r"|interfaces?|contracts?|test(?:s|ing)?(?: strategy| approach| policy| plan)?)\b"
)
# Parts of the plan whose subsections may be called alike and say something else.
_ELSEWHERE = {
    plain_title(part)
    for part in PLAN_PARTS
    if part not in ("Technical Approach", "Implementation Stages", "Testing Strategy")
}


class Convention(NamedTuple):
    """A part of the plan that holds for the code of every stage: its title and its text."""

    title: str
    text: str


class Conventions(NamedTuple):
    """What a plan says of them, in its order; `is_cut` says that the plan has more."""

    parts: tuple[Convention, ...]
    is_cut: bool


def part_lines(document: Document, title: str) -> range:
    """Return the lines below the plan's heading that begins with a word; none without one."""
    tops = _tops(document)
    for index, heading in enumerate(tops):
        if heading.text.casefold().strip("# 0123456789.*_").split()[:1] == [title]:
            return _below(document, tops, index)
    return range(0)


def convention_lines(
    document: Document, sections: Sequence[Section]
) -> Iterator[tuple[Heading, range]]:
    """Yield the headings of conventions outside of the stages' sections, each with its lines.

    A heading below one that is yielded, or around a stage's section, is none.
    """
    tops, starts = _tops(document), sorted(section.first for section in sections)
    inside = {h.line for s in sections for h in within(tops, range(s.first, s.last))}
    end = 0
    for index, heading in enumerate(tops):
        is_title = index == 0 and heading.level == 1
        if is_title or heading.line < end or heading.line in inside:
            continue
        title = plain_title(heading.text)
        if title in _ELSEWHERE or title.split()[:1] in ([GOAL], [CONSTRAINTS]):
            end = _below(document, tops, index).stop
        elif _CONVENTIONS.search(title):
            lines = _below(document, tops, index)
            place = bisect_left(starts, lines.start)
            if place == len(starts) or starts[place] >= lines.stop:
                end = lines.stop
                yield heading, lines


def conventions(document: Document, sections: Sequence[Section]) -> Conventions:
    """Return what a plan says of them, in bounded form."""
    left, is_cut = _MOST_OF_ALL, False
    parts: list[Convention] = []
    for heading, lines in convention_lines(document, sections):
        if left <= 0:
            return Conventions(tuple(parts), True)
        said = excerpt(document, lines, min(left, _MOST_OF_ONE))
        is_cut = is_cut or said.is_cut
        if said.text:
            title = " ".join(heading.text.split())[:_MOST_TITLE]
            parts.append(Convention(title, said.text))
            left -= len(title) + len(said.text)
    return Conventions(tuple(parts), is_cut)


def part(document: Document, title: str, most: int) -> Excerpt:
    """Return the text below the plan's heading that begins with a word, without the heading."""
    return excerpt(document, part_lines(document, title), most)


def _tops(document: Document) -> list[Heading]:
    return [heading for heading in document.headings if heading.depth == 0]


def _below(document: Document, tops: Sequence[Heading], index: int) -> range:
    heading = tops[index]
    later = (tops[number] for number in range(index + 1, len(tops)))
    ends = (other.line for other in later if other.level <= heading.level)
    first = heading.line + 1
    if not document.source.lines[heading.line].lstrip(" ").startswith("#"):  # underlined
        first += heading.text.count("\n") + 1
    return range(first, max(next(ends, len(document.source.lines)), first))
