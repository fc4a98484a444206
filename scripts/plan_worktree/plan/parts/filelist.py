"""The entries of a stage's ``Files to Change``: what is done to which path.

Entries stand in lists, in lists below those, in tables, and behind bold words. A title ("New
files", "**Modify**:") speaks for what stands below it, and so does an item that has only a verb.
What stands below an item that is a file are notes. How one line is read, `fileline.py` says. An
entry without a path ("GitHub issue for the docs") is no file.
"""

import re
from collections.abc import Callable, Iterator
from heapq import merge
from typing import NamedTuple

from plan_worktree.plan.parts.fileline import Line, Said, read_line
from plan_worktree.plan.parts.filetable import is_table, read_table
from plan_worktree.plan.parts.paths import Named, alternatives, is_elided, normalised
from plan_worktree.plan.parts.pathscan import names
from plan_worktree.plan.parts.verbs import Change, Verb, read_group
from plan_worktree.plan.sections import FILES, Section
from plan_worktree.plan.text.document import Document, Heading, Item, Paragraph, within

Place = Callable[[int], tuple[int, int]]  # from an offset in a text to line and column


class FileEntry(NamedTuple):
    """One path of one entry; line and column are zero-based and those of the path.

    `path` is normalised: relative, ``/``, no ``.`` and no ``//``; a directory ends with ``/``.
    `leaves` when it would climb out of the repository. `written` is the text at that place.
    """

    change: Change
    path: str
    line: int
    column: int
    leaves: bool
    written: str

    @property
    def is_glob(self) -> bool:
        """Whether the path is a pattern that stands for several files."""
        return any(char in self.path for char in "*?[")

    @property
    def is_directory(self) -> bool:
        """Whether the path stands for everything below a directory."""
        return self.path.endswith("/")


class Unread(NamedTuple):
    """A path of a line that cannot be read, as it is written, and its zero-based place."""

    written: str
    line: int
    column: int


class FileList(NamedTuple):
    """All that a section says of files, in the order of the text."""

    entries: list[FileEntry]
    unread: list[Unread]


def read_files(document: Document, section: Section) -> list[FileEntry]:
    """Return the entries of a section's list of files, in order."""
    return read_file_list(document, section).entries


def read_file_list(document: Document, section: Section) -> FileList:
    """Return the entries of a section, and the paths of lines that cannot be read."""
    reader = _Reader(document)
    lines = section.parts.get(FILES)
    if lines is not None:
        for block in _blocks(document, _all_lines(document, section, lines)):
            if isinstance(block, Heading):
                reader.title(block.text)
            elif isinstance(block, Item):
                reader.item(block)
            elif is_table(block.text):
                reader.table(block)
            elif block.depth == 0:
                reader.paragraph(block, is_first=block.line == lines.start)
    return FileList([entry for entry in reader.entries if entry is not None], reader.unread)


def _all_lines(document: Document, section: Section, lines: range) -> range:
    """Return a part's lines, and those of the titles behind it that speak of files.

    A part that a bold line opens ends at the next one, but "**Create**:" goes on with it.
    """
    behind = range(lines.stop, section.last)
    fields = ((f.line, f.name) for f in within(document.fields, behind) if f.depth == 0)
    heads = ((h.line, h.text) for h in within(document.headings, behind) if h.depth == 0)
    marks = list(merge(fields, heads))
    stop = lines.stop
    for index, (line, title) in enumerate(marks):
        if line != stop or not read_group(title)[1]:
            break
        stop = marks[index + 1][0] if index + 1 < len(marks) else section.last
    return range(lines.start, stop)


def _blocks(document: Document, lines: range) -> list[Heading | Item | Paragraph]:
    """Return what a part consists of, in order, without the heading that opens it."""
    inside = range(lines.start + 1, lines.stop)
    blocks: list[Heading | Item | Paragraph] = [
        *within(document.headings, inside),
        *within(document.items, lines),
        *within(document.paragraphs, lines),
    ]
    return sorted(blocks, key=lambda block: (block.line, isinstance(block, Paragraph)))


class _Around(NamedTuple):
    """An item that others stand below: its verb, whether it is a file, the folder it names.

    `entry` is the number of the folder's own entry.
    """

    depth: int
    verb: Verb | None
    is_file: bool
    folder: str | None
    entry: int


class _Reader:
    """Reads blocks one after the other, and knows the titles and items around each."""

    def __init__(self, document: Document) -> None:
        self.entries: list[FileEntry | None] = []
        self.unread: list[Unread] = []
        self._document = document
        self._group: Verb | None = None
        self._around: list[_Around] = []

    def title(self, text: str) -> None:
        """Take a title's verb for what stands below it."""
        self._group, self._around = read_group(text)[0], []

    def item(self, item: Item) -> None:
        """Read a list's item."""
        while self._around and self._around[-1].depth >= item.depth:
            self._around.pop()
        above = self._around[-1] if self._around else None
        around = above.verb if above else self._group
        if is_table(item.text):
            return
        place = self._document.positions_in(self._at_its_text(item))
        is_note = above is not None and above.is_file
        line = read_line(item.text, around, prose=not is_note)
        said = line.said
        if is_note:
            said = [one for one in said if one.named.is_sure()] if _is_no_note(line) else []
        elif line.strange:
            self._strange(line.strange, 0, place)
        folder = above.folder if above and above.folder else ""
        if said and folder and any(_is_inside(folder, one.path) for one in said):
            self.entries[above.entry if above else 0] = None
        number = len(self.entries)
        for one in said:
            path = folder + one.path if folder and _is_inside(folder, one.path) else one.path
            self._add(one._replace(path=path), 0, place)
        is_only = len(said) == 1 and len(self.entries) == number + 1
        is_folder = is_only and said[0].path.endswith("/") and not line.rest.strip(":")
        own = normalised(said[0].path)[0] if is_folder else None
        if folder and own and not own.startswith(folder):
            own = folder + own
        self._around.append(_Around(item.depth, line.verb, bool(said) or is_note, own, number))

    def table(self, table: Paragraph) -> None:
        """Read the rows of a table."""
        place = self._document.positions_in(table)
        for row in read_table(table.text, self._group):
            line = read_line(row.cell.text, row.verb)
            for one in line.said:
                self._add(one, row.cell.start, place)
            if line.strange:
                self._strange(line.strange, row.cell.start, place)

    def paragraph(self, paragraph: Paragraph, *, is_first: bool) -> None:
        """Read a paragraph at the margin: titles, and lines that are entries without a bullet."""
        self._around = []
        place = self._document.positions_in(paragraph)
        for start, piece in _pieces(paragraph.text):
            # The part's own title says nothing of what is done to the files.
            label = _LABEL.match(piece) if is_first and start == 0 else None
            text = " " * label.end() + piece[label.end() :] if label else piece
            if _TITLE.match(text) and not any(True for _ in names(text)):
                self.title(text)
                continue
            line = read_line(text, self._group, prose=False)
            if line.lead.verb is not None or line.lead.labelled or _is_plain(line.rest):
                for one in line.said:
                    self._add(one, start, place)
                if line.strange and line.lead.labelled:
                    self._strange(line.strange, start, place)

    def _at_its_text(self, item: Item) -> Item:
        """Return an item at the line its text begins in: a marker may stand alone before it."""
        is_there = item.text.partition("\n")[0].strip() in self._document.source.lines[item.line]
        return item if is_there else item._replace(line=item.line + 1)

    def _add(self, said: Said, start: int, place: Place) -> None:
        named = said.named
        paths = [] if is_elided(named.path) else alternatives(said.path)
        if not paths:
            self._strange(named, start, place)
            return
        line, column = place(start + named.at)
        for written in paths:
            path, leaves = normalised(written)
            self.entries.append(FileEntry(said.change, path, line, column, leaves, named.written))

    def _strange(self, named: Named, start: int, place: Place) -> None:
        self.unread.append(Unread(named.written, *place(start + named.at)))


_LABEL = re.compile(r"[^:\n]{0,80}+:[*_]*")
_TITLE = re.compile(r"[ \t]*(?:[*_]{1,3}[^*_\n]{1,80}[*_]{1,3}:?|[^\n:]{1,80}:)[*_]*[ \t]*\n?$")
_PIECE = re.compile(r"(?:^|(?<=\n))[ \t]*(?:\*\*|[A-Z][\w /-]{0,40}:)")


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a paragraph that begin anew, each with its offset."""
    starts = [0, *(found.start() for found in _PIECE.finditer(text) if found.start())]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield start, text[start:end]


def _is_plain(rest: str) -> bool:
    """Tell whether what follows a path is nothing, or a note."""
    return not rest or rest[0] in "(-:\u2013\u2014["


def _is_no_note(line: Line) -> bool:
    """Tell whether an item below a file is one more file, and no note about it."""
    if line.lead.verb is not None and not line.lead.labelled:
        return not line.rest
    return not line.lead.strange and _is_plain(line.rest)


def _is_inside(folder: str, path: str) -> bool:
    """Tell whether a path below a folder's item is meant from that folder on."""
    top = folder.partition("/")[0]
    return path.partition("/")[0] != top and not path.startswith(("/", "."))
