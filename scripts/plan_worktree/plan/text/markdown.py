"""mistune's block parser, made to remember where each block began.

mistune reports no positions. Two hooks supply them: every block rule runs through
`parse_method`, whose match knows where the block starts, and every container (list item, block
quote) parses its content in a child state, whose lines are lines of the parent's with a prefix
taken off. So a state only has to know the file line its first line is. Inline markup is never
parsed.

Tokens gain two keys: ``line`` (index into the file's lines) and, for fences, ``closed``. Link
definitions, of which mistune keeps none, are tokens as well: no other has what they say.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import Any, ClassVar

from mistune.block_parser import BlockParser
from mistune.core import BlockState

Token = dict[str, Any]

_EMPTY_ITEM = re.compile(r"\s*(?:[*+-]|\d{1,9}[.)])\s*$")
# One line that can only be a paragraph: most items of a plan's lists are. Skipping the rules for
# them pays for the positions.
_PLAIN_LINE = re.compile(r"(?:[^\W\d_]|\*\*[^\W\d_]|`[^`\n]|\[[ xX]\] )[^\n]*\n?\Z")
# Items that can interrupt a paragraph: bullets, and the number 1.
_INTERRUPTING = re.compile(r" {0,3}(?:[*+-]|0{0,8}1[.)])")
_CLOSING_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*$")


class _Container:
    """A list or quote being parsed: where its current part starts, and the parts' file lines."""

    __slots__ = ("lines", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.lines: list[int] = []


class _State(BlockState):
    """A block state that knows which line of the file each of its offsets is on."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.first_line = 0
        self.containers: list[_Container] = []
        self._counted = (0, 0)

    def line_of(self, offset: int) -> int:
        # Offsets come in almost rising order: counting on from the last keeps it linear.
        known, line = self._counted
        if offset < known:
            line -= self.src.count("\n", offset, known)
        else:
            line += self.src.count("\n", known, offset)
        self._counted = (offset, line)
        return self.first_line + line

    def line_text(self, offset: int) -> str:
        end = self.src.find("\n", offset)
        return self.src[offset:] if end < 0 else self.src[offset:end]

    def child_state(self, src: str, *args: Any, **kwargs: Any) -> Any:
        child: Any = super().child_state(src, *args, **kwargs)
        container = self.containers[-1]
        line = self.line_of(container.start)
        container.lines.append(line)
        # An item whose marker stands alone contributes no first line to its content.
        alone = _EMPTY_ITEM.match(self.line_text(container.start)) is not None
        child.first_line = line + alone
        # mistune has read up to, and including, the next item's marker line.
        container.start = self.src.rfind("\n", 0, max(self.cursor - 1, 0)) + 1
        return child

    def add_paragraph(self, text: str) -> None:
        known = len(self.tokens)
        line = self.line_of(self.cursor)
        super().add_paragraph(text)
        if len(self.tokens) > known:
            self.tokens[-1]["line"] = line


# mistune's own expressions for these keep a record of every repetition, and take a gigabyte for
# some megabytes of empty lines or stars. Possessive ones match the same and keep none.
_BLANK_LINES = r"(?:^[ \t\v\f]*\n)++"
_FRUGAL = {
    "blank_line": _BLANK_LINES,
    "thematic_break": (r"^ {0,3}(?:(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+|(?:\*[ \t]*+){3,}+)$"),
    "setex_heading": r"^ {0,3}(?P<setext_1>=|-){1,}+[ \t]*$",
}


_ENDS_OF_QUOTE = ["blank_line", "thematic_break", "fenced_code", "list", "block_html"]


class _Parser(BlockParser):
    state_cls = _State
    BLANK_LINE = re.compile(_BLANK_LINES, re.MULTILINE)
    SPECIFICATION: ClassVar[dict[str, str]] = {**BlockParser.SPECIFICATION, **_FRUGAL}

    def compile_sc(self, rules: list[str] | None = None) -> re.Pattern[str]:
        # What may end a quote without a blank line: mistune forgets headings, and would take the
        # next section of a plan into the quote before it (CommonMark 0.31, "Block quotes").
        if rules == _ENDS_OF_QUOTE:
            rules = ["atx_heading", *_ENDS_OF_QUOTE]
        return super().compile_sc(rules)

    def parse(self, state: Any, rules: list[str] | None = None) -> None:
        if state.parent is not None and _PLAIN_LINE.match(state.src):
            state.tokens.append({"type": "paragraph", "text": state.src, "line": state.first_line})
            state.cursor = state.cursor_max
            return
        super().parse(state, rules)

    def parse_method(self, m: re.Match[str], state: Any) -> int | None:
        line = state.line_of(m.start())
        known = len(state.tokens)
        end = super().parse_method(m, state)
        for token in state.tokens[known:]:
            token.setdefault("line", line)
        return end

    def parse_list(self, m: re.Match[str], state: Any) -> Any:
        # Behind a quote's text, an item that cannot interrupt a paragraph goes on with that text;
        # mistune would add it to whatever paragraph stands before the quote.
        if state.containers and not (m.group("list_3").strip() and _INTERRUPTING.match(m[0])):
            return None
        return self._contain(super().parse_list, m, state)

    def parse_block_quote(self, m: re.Match[str], state: Any) -> int:
        return self._contain(super().parse_block_quote, m, state)

    def parse_atx_heading(self, m: re.Match[str], state: Any) -> int:
        # mistune finds the closing number signs with an expression that takes quadratic time.
        text = m.group("atx_2").strip(string.whitespace)
        without = text.rstrip("#")
        if without != text and (not without or without[-1].isspace()):
            text = without.rstrip()
        level = len(m.group("atx_1"))
        state.append_token(
            {"type": "heading", "text": text, "attrs": {"level": level}, "style": "atx"}
        )
        return m.end() + 1

    def parse_fenced_code(self, m: re.Match[str], state: Any) -> int | None:
        end = super().parse_fenced_code(m, state)
        if end is not None:
            start = state.src.rfind("\n", 0, max(end - 1, 0)) + 1
            last = _CLOSING_FENCE.match(state.src[start:end].rstrip("\n"))
            marker = m.group("fenced_2")
            state.tokens[-1]["closed"] = (
                start > m.start() and last is not None and last[1].startswith(marker)
            )
        return end

    def parse_ref_link(self, m: re.Match[str], state: Any) -> int | None:
        goes_on = bool(state.tokens) and state.tokens[-1]["type"] == "paragraph"
        end = super().parse_ref_link(m, state)
        if end is not None and not goes_on:
            state.append_token({"type": "definition", "raw": state.src[m.start() : end]})
        return end

    def _contain(self, parse: Any, m: re.Match[str], state: Any) -> int:
        container = _Container(m.start())
        state.containers.append(container)
        known = len(state.tokens)
        end: int = parse(m, state)
        state.containers.pop()
        for token in state.tokens[known:]:
            if token["type"] == "list" and "line" not in token:
                for item, line in zip(token["children"], container.lines, strict=True):
                    item["line"] = line
        return end


_PARSER = _Parser()


def parse_blocks_and_links(text: str) -> tuple[list[Token], frozenset[str]]:
    """Return mistune's block tokens with lines, and the labels (lower-case) of link definitions.

    `text` has LF line endings and a final one.
    """
    state = parse_state(text)
    return state.tokens, frozenset(label.lower() for label in state.env["ref_links"])


# A page is rendered from what the document was read from; whoever has it must not change it.
@lru_cache(maxsize=1)
def parse_state(text: str) -> BlockState:
    """Return what a renderer needs of a text: its block tokens, and link definitions in `env`."""
    state = _State()
    state.process(text)
    _PARSER.parse(state)
    return state
