"""A plan's Markdown as flat, positioned facts: headings, fences, fields, list items, text.

Lines and columns are zero-based here, because they index `Source.lines`; whoever makes a
`Diagnostic` adds one. `depth` counts the containers (lists, quotes) around a block: 0 is the top
level, where alone sections and the metadata block live.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from plan_worktree.plan.text.fields import Field, read_fields, shift_of
from plan_worktree.plan.text.inline import line_starts
from plan_worktree.plan.text.markdown import Token, parse_blocks_and_links
from plan_worktree.plan.text.source import Source


class Heading(NamedTuple):
    """An ATX or setext heading. `level` is 1 to 6, `text` its raw inline text."""

    line: int
    column: int
    depth: int
    level: int
    text: str


class Fence(NamedTuple):
    """A fenced code block. `content` is its text without the fence's indentation."""

    line: int
    column: int
    depth: int
    info: str
    content: str
    closed: bool
    marker: str

    @property
    def words(self) -> list[str]:
        """The info string's words (CommonMark gives only the first a meaning: the language)."""
        return self.info.split()


class Item(NamedTuple):
    """A list item. `text` is its first paragraph, lines joined as written."""

    line: int
    column: int
    depth: int
    text: str


class Paragraph(NamedTuple):
    """A paragraph's raw text, its container's prefixes taken off: a row is a line of the file."""

    line: int
    column: int
    depth: int
    text: str


class Html(NamedTuple):
    """A block of HTML, comments among them, exactly as written."""

    line: int
    column: int
    depth: int
    text: str


Block = Heading | Fence | Field | Item | Paragraph | Html
_Placed = TypeVar("_Placed", Heading, Fence, Field, Item, Paragraph, Html)


class Document(NamedTuple):
    """Every positioned fact of one file, each tuple in the order of the file.

    `text` is what was parsed: that of the source, or with its fences mended, line by line the same.
    """

    source: Source
    headings: tuple[Heading, ...]
    fences: tuple[Fence, ...]
    fields: tuple[Field, ...]
    items: tuple[Item, ...]
    paragraphs: tuple[Paragraph, ...]
    html: tuple[Html, ...]
    labels: frozenset[str]  # of link definitions, in lower case
    text: str

    def positions_in(self, block: Paragraph | Item | Heading) -> Callable[[int], tuple[int, int]]:
        """Return a function from offsets in a block's text to lines and columns of the file."""
        starts = [*line_starts(block.text), len(block.text) + 1]

        shifts: dict[int, int] = {}

        def place(offset: int) -> tuple[int, int]:
            row = bisect_right(starts, offset) - 1
            if row not in shifts:
                written = block.text[starts[row] : starts[row + 1] - 1]
                line = self.source.lines[block.line + row]
                # An ATX heading may close with more number signs: its text is not the line's end.
                is_end = line.rstrip().endswith(written.strip())
                shifts[row] = shift_of(line, written) if is_end else line.find(written.strip())
            return block.line + row, shifts[row] + offset - starts[row]

        return place


def within(blocks: Sequence[_Placed], lines: range) -> Sequence[_Placed]:
    """Return the blocks that begin in a range of lines; they are in order, so this is quick."""
    first = bisect_left(blocks, lines.start, key=_line)
    return blocks[first : bisect_left(blocks, lines.stop, first, key=_line)]


def _line(block: Block) -> int:
    return block.line


def read_document(source: Source, text: str | None = None) -> Document:
    """Parse a source. Any text is a document: Markdown has no syntax errors.

    `text` is what to read in place of the source's own: the same lines, fences mended.
    """
    text = source.text if text is None else text
    tokens, labels = parse_blocks_and_links(text)
    blocks = sorted(_blocks(tokens, source.lines, 0, {}), key=lambda block: block[:2])
    return Document(
        source,
        tuple(block for block in blocks if isinstance(block, Heading)),
        tuple(block for block in blocks if isinstance(block, Fence)),
        tuple(block for block in blocks if isinstance(block, Field)),
        tuple(block for block in blocks if isinstance(block, Item)),
        tuple(block for block in blocks if isinstance(block, Paragraph)),
        tuple(block for block in blocks if isinstance(block, Html)),
        labels,
        text,
    )


def _blocks(
    tokens: list[Token], lines: tuple[str, ...], depth: int, behind: dict[int, int]
) -> Iterator[Block]:
    for token in tokens:
        match token["type"]:
            case "paragraph" | "block_text":
                yield Paragraph(token["line"], 0, depth, token["text"])
                yield from read_fields(token["text"], token["line"], depth, lines)
            case "list":
                for item in token["children"]:
                    yield _item(item, lines, depth, behind)
                    yield from _blocks(item["children"], lines, depth + 1, behind)
            case "heading":
                line = token["line"]
                column = _column(lines[line], token["text"].split("\n")[0], token["style"])
                text = token["text"].rstrip("\n")
                yield Heading(line, column, depth, token["attrs"]["level"], text)
            case "block_code" if token["style"] == "fenced":
                line = token["line"]
                column = lines[line].find(token["marker"][:3])  # a mend may have widened the mark
                info = token.get("attrs", {}).get("info", "")
                yield Fence(
                    line, column, depth, info, token["raw"], token["closed"], token["marker"]
                )
            case "block_quote":
                yield from _blocks(token["children"], lines, depth + 1, behind)
            case "block_html":
                line = token["line"]
                yield Html(line, max(lines[line].find("<"), 0), depth, token["raw"])


def _item(token: Token, lines: tuple[str, ...], depth: int, behind: dict[int, int]) -> Item:
    """Make an item; `behind` says where on each line the markers around it end."""
    line = token["line"]
    blocks = (child for child in token["children"] if child["type"] != "definition")
    first: Token = next(blocks, {})
    text = first.get("text", "") if first.get("type") in ("paragraph", "block_text") else ""
    # ``- - a`` holds two items on one line: each takes the next marker.
    marker = _MARKER.search(lines[line], behind.get(line, 0))
    column = marker.start() if marker else 0
    behind[line] = marker.end() if marker else len(lines[line])
    return Item(line, column, depth, text.strip("\n"))


_MARKER = re.compile(r"(?:[*+-]|\d{1,9}[.)])(?=[ \t]|$)")


def _column(line: str, text: str, style: str) -> int:
    if style == "setext":
        return shift_of(line, text) + len(text) - len(text.lstrip(" \t"))
    return max(line.find("#"), 0)
