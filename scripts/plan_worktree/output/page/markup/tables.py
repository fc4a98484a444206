"""Tables of GitHub's Markdown in paragraphs, whose rows the block parser leaves as they are.

mistune's own rule for tables begins anew at every row of one that turns out to be none, which takes
quadratic time. This one looks at each line twice at most (GFM 0.29, "Tables").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from plan_worktree.plan.text.markdown import Token

_DASHES = re.compile(r"[ \t]*:?-+:?[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")


def with_tables(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield block tokens, a paragraph that holds a table as the text before it and the table."""
    for token in tokens:
        if token["type"] in ("paragraph", "block_text") and "|" in token["text"]:
            yield from _split(token)
        else:
            yield token


def _split(token: Token) -> Iterator[Token]:
    lines = token["text"].strip("\n").split("\n")
    for index, dashes in enumerate(lines[1:]):
        head = _cells(lines[index])
        if "|" in lines[index] and "-" in dashes and _is_delimiter(dashes, len(head)):
            if index:
                yield {**token, "text": "\n".join(lines[:index])}
            rows = [_cells(line)[: len(head)] for line in lines[index + 2 :]]
            cells = [_row(head, head=True), *(_row(row, head=False) for row in rows)]
            yield {"type": "table", "children": cells}
            return
    yield token


def _is_delimiter(line: str, columns: int) -> bool:
    cells = _cells(line)
    return len(cells) == columns and all(_DASHES.fullmatch(cell) for cell in cells)


def _row(cells: Sequence[str], *, head: bool) -> Token:
    found = [
        {"type": "table_cell", "text": cell.replace("\\|", "|"), "attrs": {"head": head}}
        for cell in cells
    ]
    return {"type": "table_row", "children": found}


def _cells(line: str) -> list[str]:
    line = line.strip()
    cells = _PIPE.split(line)
    if line.startswith("|"):
        del cells[0]
    if len(cells) > 1 and not cells[-1]:
        del cells[-1]
    return cells
