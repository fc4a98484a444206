"""A source's Markdown with its fences as their author meant them, and as CommonMark then has them.

A fence that holds another of as many marks ends too early for CommonMark, and a heading shown in
it would be taken for one of the source. `plan/fences.py` finds what was meant; here the marks are
made so many that every reader finds the same. No line moves, but where nothing ends a fence and
there is no blank line to end it.
"""

from __future__ import annotations

from plan_worktree.plan.fences import read_as_meant
from plan_worktree.plan.text.document import Document, read_document
from plan_worktree.plan.text.edit import Edit
from plan_worktree.plan.text.source import Source


def read_meant(source: Source) -> Document:
    """Return the document of a source whose fences are wide enough for what they hold."""
    strict = read_document(source)
    meant = read_as_meant(strict, frozenset(), None)
    if not meant.mends and not meant.forgotten:
        return strict
    rows = list(source.lines)
    edits: list[Edit] = [edit for mend in meant.mends for edit in mend.edits]
    for edit in edits:
        row = rows[edit.line]
        rows[edit.line] = row[: edit.column] + edit.text + row[edit.column :]
    for line, column, marker, before in meant.forgotten:
        ending = " " * column + marker
        is_free = before - 1 > line and not rows[before - 1].strip()
        rows[before - 1] = ending if is_free else f"{rows[before - 1]}\n{ending}"
    text = "\n".join((*rows, ""))
    return read_document(source._replace(text=text, lines=tuple(text.split("\n")[:-1])))
