"""Where mistune 3 and markdown-it-py read the same lines as different blocks.

An oracle is only worth something where it must agree. `known_disagreement` opens and closes
containers (quotes and list items) the way CommonMark does and names the first line at which the
two parsers are known to part; everything before that line must agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = r"(?:[*+-]|\d{1,9}[.)])"
_CONTAINER = re.compile(rf"( {{0,3}})(?:(>) ?|({_MARK})(?: +|$))")
_RULE = re.compile(r" {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$")
# Text that opens no block, and that both parsers let a paragraph go on with.
_PLAIN = re.compile(r" {0,3}(?:[^\W\d_]|\*\*[^\W\d_]|`[^`]|[\[{}|\\\"])")
# What ends a quote, or an item, for both parsers without a blank line.
_ENDS_BOTH = r"```[^`]*$|~~~|<!--|<\?|(?:[*+-]|1[.)]) +[^ ]"
_ENDS_QUOTE = re.compile(rf" {{0,3}}(?:{_ENDS_BOTH}|#{{1,6}}(?: |$))")
_ENDS_ITEM = re.compile(rf" ?(?:{_ENDS_BOTH}|#{{1,6}}(?: |$)|>)")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
# HTML and fences: what follows is no paragraph, whatever it looks like.
_LITERAL = re.compile(r" {0,3}(?:<[a-zA-Z/!?]|```[^`]*$|~~~)")
_MIXED = re.compile(r"\s*(?:-+=|=+-)[-=]*[ \t]*$")

_ODD_BLANK = re.compile(rf"(?:[ \t>]|{_MARK}[ \t])*[^\S \t][^\S\n]*$")
_REFERENCE = re.compile(r" {0,3}\[[^]]*\]:")
_BARE_REFERENCE = re.compile(rf"{_REFERENCE.pattern}\s*$")
_TAB_THEN_BLOCK = re.compile(r">[ \t]*\t(?! *(?:[^\W\d_]|\*\*[^\W\d_]|`[^`]|\[))")
_TAB_BEHIND_MARK = re.compile(rf"{_MARK} *\t")

# Lines that CommonMark lets end a quote, or go on with it, and mistune does not: it takes a heading
# into the quote, and adds what cannot begin a list to the paragraph before the quote.
BEHIND_A_QUOTE = re.compile(
    r">.*\n(?:[ \t]*[^ \t\n].*\n)*?[ \t>]*(?:#{1,6}(?:[ \t]|$)|[*+-]\s*$|\d+[.)])", re.MULTILINE
)

# Stands for the line before when that is a blank one of four columns or more.
_LONG = "long blank"

ODD_BLANK = "mistune takes form feeds and Unicode spaces for blanks, CommonMark for text"
LONG_BLANK = "behind a paragraph, mistune takes a blank line of four columns for more of it"
UNDERLINE = "mistune takes a mixture of - and = for an underline"
REFERENCE = "mistune reads a reference on from any next line, also from a fence or an underline"
FAR_QUOTE = "markdown-it-py goes on with a quote whose > is indented by four columns or more"
BEHIND_QUOTE = "mistune goes on with a quote where a line without > opens a block or is indented"
BEHIND_ITEM = "mistune goes on with an item where a line left of its text opens a block"
TAB_STOPS = "inside a container mistune counts tab stops from the container, not from the margin"


@dataclass(frozen=True)
class _Container:
    """A quote, or a list item whose text stands at `column`."""

    is_quote: bool
    column: int = 0


@dataclass(frozen=True)
class Disagreement:
    """The first line (from 0) on which the parsers part, and why."""

    line: int
    reason: str


def known_disagreement(text: str) -> Disagreement | None:
    """Return the first known disagreement of a document, or None."""
    opened: list[_Container] = []
    before: str | None = None
    fence: re.Match[str] | None = None
    for number, line in enumerate(text.split("\n")[:-1]):
        if fence:
            closing = _FENCE.match(line)
            if closing and closing[1].startswith(fence[1]) and not line[closing.end() :].strip():
                fence, before = None, None
            continue
        fence = None if opened or _takes_fences(before) else _FENCE.match(line)
        if fence:
            continue
        found = _read_line(opened, before, line)
        if isinstance(found, str):
            return Disagreement(number, found)
        opened, before = found
    return None


def _takes_fences(before: str | None) -> bool:
    return before is not None and bool(_LITERAL.match(before) or _BARE_REFERENCE.match(before))


def agreed_part(text: str) -> str:
    """Return the lines of a document before its first known disagreement."""
    found = known_disagreement(text)
    if found is None:
        return text
    return "".join(f"{line}\n" for line in text.split("\n")[: found.line])


def _read_line(
    opened: list[_Container], before: str | None, raw: str
) -> str | tuple[list[_Container], str | None]:
    """Return why the parsers part at this line, or the containers behind it and its own text."""
    line = raw.expandtabs(4)
    if _ODD_BLANK.match(raw):
        return ODD_BLANK
    if not line.strip():
        quotes = (depth for depth, container in enumerate(opened) if container.is_quote)
        return opened[: next(quotes, None)], _LONG if before and len(line) > 3 else None
    if before is _LONG:
        if not _ENDS_ITEM.match(line):
            return LONG_BLANK
        before = None
    if (
        before
        and _REFERENCE.match(before)
        and (_BARE_REFERENCE.match(before) or not _ENDS_ITEM.match(line))
    ):
        return REFERENCE
    continued = _continued(opened, line)
    if isinstance(continued, str):
        return continued
    depth, column = continued
    if depth < len(opened) and before is not None:
        if _PLAIN.match(line[column:]) and _PLAIN.match(before):
            return UNDERLINE if _MIXED.match(line[column:]) else (opened, line[column:])
        is_quote = opened[depth].is_quote
        ends = _ENDS_QUOTE if is_quote else _ENDS_ITEM
        if not ends.match(line[column:]):
            return BEHIND_QUOTE if is_quote else BEHIND_ITEM
    goes_on = before if depth == len(opened) and before is not None else ""
    if _PLAIN.match(goes_on) and not _ENDS_ITEM.match(line[column:].lstrip(" ")):
        return UNDERLINE if _MIXED.match(line[column:]) else (opened, line[column:])
    entered = _entered(opened[:depth], line, column, raw)
    if isinstance(entered, str) or not _LITERAL.match(goes_on):
        return entered
    return REFERENCE if entered[1] and _REFERENCE.match(entered[1]) else (entered[0], goes_on)


def _continued(opened: list[_Container], line: str) -> str | tuple[int, int]:
    """Return how many containers the line continues, and the column where it does."""
    column = 0
    for depth, container in enumerate(opened):
        indent = len(line[column:]) - len(line[column:].lstrip(" "))
        if container.is_quote:
            quote = re.match(r" *> ?", line[column:])
            if not quote:
                return depth, column
            if indent > 3:
                return FAR_QUOTE
            column += quote.end()
        elif column + indent < container.column:
            return depth, column
        else:
            column = container.column
    return len(opened), column


def _entered(
    opened: list[_Container], line: str, column: int, raw: str
) -> str | tuple[list[_Container], str]:
    """Open the containers whose marks the line has at `column`."""
    while (found := _CONTAINER.match(line, column)) and not _RULE.match(line[column:]):
        if opened and (_TAB_THEN_BLOCK.search(raw) or _TAB_BEHIND_MARK.search(raw)):
            return TAB_STOPS
        column = found.end()
        if found[3]:
            behind = line[found.end(3) :]
            if not behind.strip() or behind.startswith(" " * 5):
                column = found.end(3) + 1
        opened = [*opened, _Container(bool(found[2]), column)]
    if opened and _TAB_THEN_BLOCK.search(raw):
        return TAB_STOPS
    return UNDERLINE if _MIXED.match(line[column:]) else (opened, line[column:])
