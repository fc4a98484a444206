"""What a stage promises those who build on it, before its code is there.

That is what its section says besides why it is built, its files, its gates and its TODO items. Of
a section that is too long for that, the parts that are called interface and the like come first,
then the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.plan.reading.excerpts import Excerpt, excerpt
from plan_worktree.plan.sections import FILES, VALIDATION, Section
from plan_worktree.plan.text.document import Document, within

_NOT_PROMISED = ("Why", FILES, VALIDATION, "TODO")
_INTERFACE = re.compile(
    r"\b(?:interfaces?|apis?|contracts?|signatures?|exports?|exposes?|provides?|produces?"
    r"|public types)\b",
    re.IGNORECASE,
)


def promised(document: Document, section: Section, most: int) -> Excerpt:
    """Return what a stage's section promises, in at most so many characters."""
    numbers = list(_numbers(document, section))
    whole = excerpt(document, numbers, most)
    if not whole.is_cut:
        return whole
    wanted = set(_interface(document, section)) or set(_code(document, section))
    chosen = [number for number in numbers if number in wanted]
    if not chosen:
        return whole
    return Excerpt(excerpt(document, chosen, most).text, True)


def _numbers(document: Document, section: Section) -> Iterator[int]:
    """Yield the numbers of the lines of a section that may hold a promise."""
    skipped = {number for name in _NOT_PROMISED for number in section.parts.get(name, ())}
    skipped.update(field.line for field in (section.id_field, *section.fields.values()))
    first = section.first
    if section.heading:  # an underlined one takes more than a line
        is_underlined = not document.source.lines[first].lstrip(" ").startswith("#")
        first += 1 + (section.heading.text.count("\n") + 1) * is_underlined
    return (n for n in range(first, section.last) if n not in skipped)


def _interface(document: Document, section: Section) -> Iterator[int]:
    """Yield the numbers of the lines below headings and bold titles that name an interface."""
    lines = range(section.first + 1, section.last)
    headings = [h for h in within(document.headings, lines) if h.depth == 0]
    titles = [f for f in within(document.fields, lines) if f.depth == 0 and f.titles]
    marks = sorted(
        [(h.line, h.level, h.text) for h in headings] + [(f.line, 7, f.name) for f in titles]
    )
    end = section.first
    for index, (line, level, text) in enumerate(marks):
        if line < end or not _INTERFACE.search(text):
            continue
        ends = (marks[n][0] for n in range(index + 1, len(marks)) if marks[n][1] <= level)
        end = next(ends, section.last)
        yield from range(line, end)


def _code(document: Document, section: Section) -> Iterator[int]:
    """Yield the numbers of the lines of fences."""
    for fence in within(document.fences, range(section.first, section.last)):
        yield from range(fence.line, fence.line + fence.content.count("\n") + 2)
