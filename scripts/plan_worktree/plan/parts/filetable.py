"""Tables of files: a row names files in one cell and says in another what is done to them.

Tables are those of GitHub Flavored Markdown 0.29, "Tables (extension)": a header row, a row of
dashes, then rows up to the paragraph's end. Cells are separated by unescaped bars.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from plan_worktree.plan.parts.pathscan import names
from plan_worktree.plan.parts.verbs import NOUNS, Change, Verb, read_note

_RULER = re.compile(r"^[ \t]*+\|?(?:[ \t]*+:?-++:?[ \t]*+(?:\||$))++[ \t]*+$", re.MULTILINE)
_BAR = re.compile(r"(?<!\\)\|")
_MOVED_TO = re.compile(r"[\s*_]*(?:renamed?|moved?)[*_]*[ \t]+(?:to|into)\b", re.IGNORECASE)
_FILE_TITLE = re.compile(r"\b(?:files?|paths?|modules?|where|locations?|targets?)\b", re.IGNORECASE)


class Cell(NamedTuple):
    """A cell's text, and its offset in the table's paragraph."""

    text: str
    start: int


class Row(NamedTuple):
    """A cell that names files, and what the row says is done to them; None where it does not."""

    cell: Cell
    verb: Verb | None


def is_table(text: str) -> bool:
    """Tell whether a paragraph holds a table."""
    return "|" in text and "-" in text and _ruler(text) is not None


def read_table(text: str, around: Verb | None) -> Iterator[Row]:
    """Yield the rows of a paragraph that is a table; `around` is the verb of what it stands in."""
    ruler = _ruler(text)
    if ruler is None:
        return
    head_start = text.rfind("\n", 0, max(ruler.start() - 1, 0)) + 1
    titles = [cell.text for cell in cells_of(text, head_start, ruler.start())]
    about_files = [n for n, title in enumerate(titles) if _FILE_TITLE.search(title)]
    at = ruler.end() + 1
    while at < len(text):
        end = text.find("\n", at)
        end = end if end >= 0 else len(text)
        cells = list(cells_of(text, at, end))
        at = end + 1
        yield from _rows(cells, about_files, around)


def _ruler(text: str) -> re.Match[str] | None:
    """Return the row of dashes below a table's header."""
    for found in _RULER.finditer(text):
        if "|" in found[0] and found.start():
            return found
    return None


def _rows(cells: list[Cell], about_files: list[int], around: Verb | None) -> Iterator[Row]:
    """Yield what a row says: of a move, where from and where to are two."""
    place = next((number for number in about_files if number < len(cells)), None)
    if place is None:
        place = next((n for n, cell in enumerate(cells) if _has_path(cell.text)), None)
    if place is None:
        return
    said = []
    for number, cell in enumerate(cells):
        if number == place:
            continue
        moved = _MOVED_TO.match(cell.text)
        if moved and _has_path(cell.text):
            yield Row(cells[place], Change.DELETE)
            yield Row(Cell(cell.text[moved.end() :], cell.start + moved.end()), Change.CREATE)
            return
        noun = Change.EITHER if cell.text.strip(" *_`").casefold() in NOUNS else None
        said.append(read_note(cell.text) or noun)
    plain = [verb for verb in said if verb is not None and verb is not Change.EITHER]
    yield Row(cells[place], next((v for v in (*plain, *said) if v is not None), around))


def _has_path(text: str) -> bool:
    return any(one.is_path(said=False, last=True) for one in names(text))


def cells_of(text: str, start: int, end: int) -> Iterator[Cell]:
    """Yield the cells of a row, which lies between two offsets of a text."""
    bars = [start - 1, *(found.start() for found in _BAR.finditer(text, start, end)), end]
    cells = [Cell(text[a + 1 : b], a + 1) for a, b in pairwise(bars)]
    if cells and not cells[0].text.strip():
        del cells[0]
    if cells and not cells[-1].text.strip():
        del cells[-1]
    yield from cells
