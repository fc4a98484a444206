"""Fields that a stage's section lacks, written in the form of the one they go behind."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from plan_worktree.plan.sections import REPEATED, Section
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.edit import Edit
from plan_worktree.plan.text.fields import STAGE_ID, Field

_MARKER = re.compile(r"(?:[*+-]|\d{1,9}[.)])[ \t]+")


def additions(
    document: Document, section: Section, values: Mapping[str, tuple[str, str]]
) -> Iterator[Edit]:
    """Yield the edits that add fields to a section.

    `values` maps a field's key to the name and the value to write. Each goes behind the field
    that comes before it by custom: Stage ID, Branch, Status, Dependencies; but never above the id,
    where it could be the field of another section under the same heading.
    """
    there = {STAGE_ID: section.id_field, **section.fields}
    behind: dict[str, list[tuple[str, str]]] = {}
    anchor = STAGE_ID
    for key in REPEATED:
        if key in values:
            behind.setdefault(anchor, []).append(values[key])
        elif key in there and there[key] > section.id_field:
            anchor = key
    for key, added in behind.items():
        yield _addition(document, there[key], added)


def _addition(document: Document, anchor: Field, added: Sequence[tuple[str, str]]) -> Edit:
    """Return the edit that writes fields behind another: on its line, or on lines like its own."""
    lines = document.source.lines
    last, column = anchor.place(len(anchor.value))
    rest = lines[last][column:]
    texts = [f"{_head(lines, anchor, name)}{value}" for name, value in added]
    between = _between(document, anchor)
    if between is None:
        prefix = _prefix(lines, anchor)
        # The first row of a table has a rule below it.
        at = last + 1 if "|" in rest and _is_rule(lines, last + 1) else last
        return Edit(at, len(lines[at]), 0, "".join(f"\n{prefix}{one}{rest}" for one in texts))
    closing = rest[: len(rest) - len(rest.lstrip("*_"))]  # of an emphasis over name and value
    between = between.lstrip("*_") or " "
    inserted = "".join(f"{between}{one}{closing}" for one in texts)
    return Edit(last, column + len(closing), 0, inserted)


def _between(document: Document, anchor: Field) -> str | None:
    """Return what parts fields on the anchor's line, None when it has the line for itself."""
    last, column = anchor.place(len(anchor.value))
    text, fields = document.source.lines[last], document.fields
    index = bisect_left(fields, anchor[:2], key=lambda field: field[:2])
    if index + 1 < len(fields) and fields[index + 1].line == last:
        return text[column : fields[index + 1].column]
    if anchor.line != last:
        return " "
    line, end = fields[index - 1].place(len(fields[index - 1].value)) if index else (-1, 0)
    return text[end : anchor.column] if line == last else None


def _head(lines: Sequence[str], anchor: Field, name: str) -> str:
    """Return what stands before a value, as the anchor has it, with another name in it."""
    if anchor.line != anchor.value_line:
        return f"**{name}**: "
    head = lines[anchor.line][anchor.column : anchor.value_column]
    if not head[-1:].isspace() and not anchor.value:
        head += " "
    return head.replace(anchor.name, name.lower() if anchor.name.islower() else name, 1)


def _prefix(lines: Sequence[str], anchor: Field) -> str:
    """Return what a new line begins with.

    It is what the anchor's line begins with, in an item of several rows without the marker.
    """
    prefix = lines[anchor.line][: anchor.column]
    following = lines[anchor.line + 1] if anchor.line + 1 < len(lines) else ""
    is_inside = bool(following.strip()) and not following[: len(prefix)].strip(" >")
    marker = _MARKER.search(prefix)
    if marker and is_inside:
        return prefix[: marker.start()] + " " * len(marker[0])
    return prefix


def _is_rule(lines: Sequence[str], line: int) -> bool:
    rule = lines[line].strip() if line < len(lines) else ""
    return "-" in rule and not rule.strip("|-:> \t")
