"""Fields: ``**Name**: value``, in every form in which people and formatters write one.

A field begins a line, in bold with the colon outside or inside; the four fields of a stage may
also stand without marks, in a row of a table, or behind another field where a formatter joined
or wrapped the lines of a paragraph. Places are those of the file, from zero.
"""

import re
from collections.abc import Container, Iterator
from itertools import pairwise
from typing import NamedTuple

from plan_worktree.plan.text.edit import Edit
from plan_worktree.plan.text.inline import line_starts, without_code

STAGE_ID, BRANCH, STATUS, DEPENDENCIES = "stage id", "branch", "status", "dependencies"

# The names of a stage's fields, also where a line ends inside of one.
_KNOWN = r"stage[\s_-]{0,3}id|branch|status|dependenc(?:ies|y)|depends[\s_-]{1,3}on"
_SYNONYMS = {"stageid": STAGE_ID, "dependency": DEPENDENCIES, "depends on": DEPENDENCIES}
# Any name in bold, or a stage's field in any emphasis or none; `whole` when the emphasis goes on
# over the value. Names hold no asterisk and are bounded, so nothing backtracks far.
_HEAD = re.compile(
    r"\*\*(?P<any>[^*\n]{1,80})(?:\*\*[ \t]*:|:\*\*)"
    rf"|(?P<mark>\*{{1,3}}|__?|)(?P<known>{_KNOWN})"
    r"(?:(?P=mark)[ \t]*:|:(?P=mark)|(?P<whole>:))",
    re.IGNORECASE,
)
_NAME = re.compile(_KNOWN, re.IGNORECASE)
_ID = re.compile(r"stage[\s_-]{0,3}id", re.IGNORECASE)
# A paragraph that this does not find holds no field but bold ones.
_PLAIN = re.compile(
    r"^[ \t]*[*_]{0,3}(?:stage[\s_-]?id|branch|status|depend)", re.IGNORECASE | re.MULTILINE
)
# Without marks a line begins a section only when one word follows, as an id is.
_ONE_WORD = re.compile(r"[`\"']?[\w.-]+[`\"']?(?:[ \t]*\([^()]*\))?[.,;]?")
# No list of dependencies is wrapped into more lines, and each costs something.
_MOST_ROWS = 20
_BEFORE = frozenset(" \t\n|,;·•(>/\u2014\u2013")
_BLANKS = " \t\n"
_BETWEEN = " \t\n\\|·•,;/"
_BREAK = re.compile(r"[ \t]*(?:<br[ \t]{0,9}/?>|\\)$", re.IGNORECASE)
_JOINS = (",", ";", "&", "+", " and")
_JOINED = re.compile(r"[ \t]*(?:[,;&+]|and\b)")
_HALF_STATUS = re.compile(r"\W*(?:not|in)", re.IGNORECASE)
_OTHER_HALF = re.compile(r"[ \t]*(?:started|progress)\b", re.IGNORECASE)


class Field(NamedTuple):
    """A name and its value.

    `column` is where the name's marks begin. `rows` holds line and column of each row of the
    value: a formatter may have wrapped it. `titles` tells that the name stands in bold at the
    beginning of a line, as the title of a part does.
    """

    line: int
    column: int
    depth: int
    name: str
    value: str
    rows: tuple[tuple[int, int], ...]
    titles: bool

    @property
    def key(self) -> str:
        """The name in lower case with single spaces; one spelling for each field of a stage."""
        words = " ".join(re.split(r"[\s_-]+", self.name.casefold()))
        return _SYNONYMS.get(words, words)

    @property
    def value_line(self) -> int:
        """The line on which the value begins."""
        return self.rows[0][0]

    @property
    def value_column(self) -> int:
        """The column at which the value begins."""
        return self.rows[0][1]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of the file for an offset in the value."""
        row = self.value.count("\n", 0, offset)
        line, column = self.rows[row]
        return line, column + offset - (self.value.rfind("\n", 0, offset) + 1)

    def edit(self, wanted: str) -> Edit:
        """Return the edit that makes the value `wanted`; what both begin or end with stays."""
        old, first, last = self.value, 0, 0
        most = min(len(old), len(wanted))
        while first < most and old[first] == wanted[first]:
            first += 1
        while last < most - first and old[-1 - last] == wanted[-1 - last]:
            last += 1
        text = wanted[first : len(wanted) - last]
        return Edit(*self.place(first), 0, text, self.place(len(old) - last))


class _Found(NamedTuple):
    """A field by offsets in its paragraph's text."""

    head: int
    name: str
    value: range
    titles: bool


def read_fields(text: str, line: int, depth: int, lines: tuple[str, ...]) -> Iterator[Field]:
    """Yield the fields of a paragraph whose text begins on a line of the file, in order."""
    if "**" not in text and "|" not in text and not (":" in text and _PLAIN.search(text)):
        return
    starts = line_starts(text)
    # A hostile line can hold very many fields, and looking at all of it costs something.
    shifts: dict[int, int] = {}

    def place(offset: int, row: int) -> tuple[int, int]:
        if row not in shifts:
            shifts[row] = shift_of(lines[line + row], _row(text, starts[row], len(text)))
        return line + row, shifts[row] + offset - starts[row]

    row = 0
    for one in _in_table(text) if _is_table(text) else _in_text(text):
        while row + 1 < len(starts) and starts[row + 1] <= one.head:
            row += 1
        value = text[one.value.start : one.value.stop]
        first = row + text.count("\n", one.head, one.value.start)
        places = [place(one.value.start, first)]
        places += [place(starts[first + n], first + n) for n in range(1, value.count("\n") + 1)]
        name = " ".join(one.name.split())
        _, column = place(one.head, row)
        yield Field(line + row, column, depth, name, value, tuple(places), one.titles)


def shift_of(line: str, written: str) -> int:
    """Return how many characters of container prefix the file's line has before `written`.

    Containers strip prefixes and expand leading tabs, so what both surely share is the text from
    its first visible character on. Where a tab was expanded the result may be negative.
    """
    return len(line.rstrip()) - len(written.strip()) - (len(written) - len(written.lstrip()))


def _row(text: str, start: int, limit: int) -> str:
    end = text.find("\n", start, limit)
    return text[start : limit if end < 0 else end]


def _in_text(text: str) -> Iterator[_Found]:
    begins = {found.end() for found in re.finditer(r"^[ \t]*", text, re.MULTILINE)}
    heads = list(_heads(text, begins))
    limits = [*(head.start() for head in heads[1:]), len(text)]
    for head, limit in zip(heads, limits, strict=False):
        name = head["any"] or head["known"]
        value = _value(text, head, limit)
        begins_row = head.start() in begins
        marks = head["any"] is not None or head["mark"] in ("**", "__")
        one = _Found(head.start(), name.strip(), value, begins_row and marks)
        is_bare = begins_row and head["any"] is None and not head["mark"]
        is_id = is_bare and _ID.fullmatch(name) is not None
        if not is_id or _ONE_WORD.fullmatch(text[value.start : value.stop]):
            yield one


def _heads(text: str, begins: Container[int]) -> Iterator[re.Match[str]]:
    """Yield what begins a field: first at the beginning of a line, then anywhere behind it."""
    begun = False
    for found in _HEAD.finditer(without_code(text)):
        start = found.start()
        if start in begins or (begun and text[start - 1] in _BEFORE):
            begun = True
            yield found


def _value(text: str, head: re.Match[str], limit: int) -> range:
    """Return the offsets of a value: to the end of its line, and on where that cannot be all."""
    start = head.end()
    row_end = start + len(_row(text, start, limit))
    known = bool(head["known"]) or _NAME.fullmatch(head["any"].strip()) is not None
    for _ in range(_MOST_ROWS if known else 0):
        following = _row(text, row_end + 1, limit)
        if not following.strip() or not _goes_on(text[start:row_end], following):
            break
        row_end += 1 + len(following)
    value = text[start:row_end]
    is_last = row_end < limit or limit == len(text) or text[limit - 1] == "\n"
    if not is_last and not value.strip(_BLANKS):
        start += min(len(value), 2) - 1  # what is written here must not touch the next field
        return range(start, start)
    start += len(value) - len(value.lstrip(_BLANKS))
    value = value.strip(_BLANKS)
    if head["whole"] and head["mark"] and head["mark"] in value:
        value = value[: value.index(head["mark"])].rstrip()
    shorter = _BREAK.sub("", value) if is_last else _without_separator(value)
    return range(start, start + len(shorter))


def _goes_on(value: str, following: str) -> bool:
    """Tell whether a wrapped line ended in the middle of a value; a table's row goes on none."""
    if following.lstrip().startswith("|"):
        return False
    plain = value.strip()
    if not plain or plain.endswith(_JOINS) or _JOINED.match(following):
        return True
    if plain.count("(") > plain.count(")") and ")" in following:
        return True
    return bool(_HALF_STATUS.fullmatch(plain) and _OTHER_HALF.match(following))


def _without_separator(value: str) -> str:
    """Return a value without what parts it from the next field on its line."""
    shorter = _BREAK.sub("", value).rstrip(_BETWEEN)
    if shorter.endswith((" -", " \u2014", " \u2013")):
        shorter = shorter[:-2].rstrip(_BETWEEN)
    return shorter or value


def _is_table(text: str) -> bool:
    """Tell whether a paragraph is a table (GFM, "Tables"): a rule of dashes is its second line."""
    rule = _row(text, text.find("\n") + 1, len(text)).strip() if "\n" in text else ""
    return "-" in rule and "|" in rule and not rule.strip("|-: \t")


def _in_table(text: str) -> Iterator[_Found]:
    """Yield the fields of a table whose rows are names and values."""
    at = 0
    for number, row in enumerate(text.split("\n")):
        cells = list(_cells(row))
        if len(cells) > 1 and number != 1:
            (start, cell), (value_start, value) = cells[:2]
            name = cell.strip("*_`: ")
            # Two names side by side are the head of a table of several stages.
            is_head = _NAME.fullmatch(value.strip("*_`: ")) is not None
            if _NAME.fullmatch(name) and not is_head:
                value_at = at + value_start
                yield _Found(at + start, name, range(value_at, value_at + len(value)), titles=False)
            elif _NAME.fullmatch(name) and number == 0:
                return
        at += len(row) + 1


def _cells(row: str) -> Iterator[tuple[int, str]]:
    """Yield the cells of a row: where the text of each begins, and the text."""
    bars = [found.start() for found in re.finditer(r"(?<!\\)\|", row)]
    edges = [-1, *bars, len(row)]
    for start, end in pairwise(edges):
        cell = row[start + 1 : end]
        if cell.strip() or 0 <= start < bars[-1]:
            yield start + 1 + len(cell) - len(cell.lstrip()), cell.strip()
