"""The lines of a stage's section that say what the page says above them: they are left out.

Only a line of which nothing else is left, and only what says exactly the same as the metadata:
a note behind a value, another spelling of it and whatever disagrees stay.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from plan_worktree.plan.model import Stage
from plan_worktree.plan.sections import Section
from plan_worktree.plan.text.fields import BRANCH, STAGE_ID, STATUS, Field
from plan_worktree.plan.text.markdown import Token

_MARKS = " \t`*_\"'"
# What may stand around fields: a bullet, marks of emphasis, what parts them, a break of the line.
# No bar: without its rows a table would be a head that has nothing below it.
_AROUND = re.compile(r"(?:[ \t,;/\\·•*_+\u2013\u2014-]|<br[ \t]{0,9}/?>)*", re.IGNORECASE)


def repeated(section: Section, stage: Stage, lines: Sequence[str]) -> frozenset[int]:
    """Return which lines of the file, from 0, only repeat the metadata of a stage."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for name, field in ((STAGE_ID, section.id_field), *section.fields.items()):
        if _agrees(name, field.value, stage):
            for line, start, end in _spans(field, lines):
                spans.setdefault(line, []).append((start, end))
    return frozenset(line for line, held in spans.items() if _is_all(lines[line], held))


def without(tokens: Sequence[Token], lines: Container[int]) -> Iterator[Token]:
    """Yield block tokens without those lines of paragraphs; what that empties is left out."""
    for token in tokens:
        if "children" in token:
            children = list(without(token["children"], lines))
            if children or not token["children"]:
                yield {**token, "children": children}
        elif token["type"] in ("paragraph", "block_text"):
            rows = enumerate(token["text"].split("\n"), token["line"])
            kept = "\n".join(row for line, row in rows if line not in lines)
            if kept.strip() or kept == token["text"]:
                yield {**token, "text": kept}
        else:
            yield token


def _agrees(name: str, value: str, stage: Stage) -> bool:
    said = value.replace("\n", " ").strip(_MARKS)
    if name == STAGE_ID:
        return said == stage.id
    if name == BRANCH:
        return said == stage.branch
    if name == STATUS:
        return "-".join(said.casefold().split()) == stage.status
    if not stage.depends_on:
        return said.casefold() in ("", "-", "none")
    return sorted(one.strip(_MARKS) for one in said.split(",")) == sorted(stage.depends_on)


def _spans(field: Field, lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield line, first column and the column behind the last of each piece of a field."""
    if field.value_line != field.line:
        yield field.line, field.column, len(lines[field.line])
    for (line, column), row in zip(field.rows, field.value.split("\n"), strict=True):
        yield line, field.column if line == field.line else column, column + len(row)


def _is_all(line: str, spans: Sequence[tuple[int, int]]) -> bool:
    left, at = "", 0
    for start, end in sorted(spans):
        left += line[at:start]
        at = end
    return _AROUND.fullmatch(left + line[at:]) is not None
