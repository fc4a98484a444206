"""JSON text as a value, and where in the text each of its parts stands.

The value comes from the standard library's parser, so what is JSON is decided there (RFC 8259,
plus the refusal of `NaN`, `Infinity` and repeated keys). Positions are found by a second, flat
scan that runs only when a finding needs one; it relies on the text being valid.
"""

import json
import re
from typing import NamedTuple

Pointer = tuple[str | int, ...]

_TOKEN = re.compile(r'[ \t\n\r]*("[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^ \t\n\r{}\[\]:,"]+)')

# Findings point at most at plan.stages[i].depends_on[j]; extensions may nest as they like.
_DEEPEST = 6


class JsonProblem(Exception):
    """Text that is not JSON: what is wrong, and the offset (in characters) where."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Positions(NamedTuple):
    """Offsets of values, of their ends and of their keys by pointer, and of repeated keys.

    A repeated key is its pointer, its first offset and the repeated one. Everything that lies
    too deep to be pointed at shares the pointer None.
    """

    values: dict[Pointer | None, int]
    ends: dict[Pointer | None, int]
    keys: dict[Pointer | None, int]
    repeated: list[tuple[Pointer, int, int]]


class Parsed(NamedTuple):
    """A JSON value; `has_repeated_keys` when some object names a key twice (the last one won)."""

    value: object
    has_repeated_keys: bool


def parse(text: str) -> Parsed:
    """Parse JSON. Raises JsonProblem for anything that is not."""
    repeated = False

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        value = dict(pairs)
        repeated |= len(value) != len(pairs)
        return value

    def refuse(name: str) -> object:
        raise JsonProblem(_offset_of_word(text, name), f"{name} is not JSON: use a number or null")

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise JsonProblem(*_explained(text, error)) from None
    except RecursionError:
        raise JsonProblem(0, "nested far deeper than a plan's metadata can be") from None
    except ValueError as error:  # an integer beyond sys.int_info.str_digits_check_threshold
        raise JsonProblem(0, f"a number is too long to be read ({error})") from None
    return Parsed(value, repeated)


def locate(text: str) -> Positions:
    """Map pointers to offsets in valid JSON text, in one pass without recursion."""
    positions = Positions({}, {}, {}, [])
    stack = [_Open((), None)]
    for found in _TOKEN.finditer(text):
        token, at = found[1], found.start(1)
        top = stack[-1]
        if token in "}]":
            positions.ends[stack.pop().pointer] = at + 1
        elif token == ",":
            top.advance()
        elif token == ":":
            top.expects_key = False
        elif top.expects_key:
            top.key = str(json.loads(token))
            first = top.seen.setdefault(top.key, at)
            pointer = top.child()
            positions.keys[pointer] = at
            if first != at and pointer is not None:
                positions.repeated.append((pointer, first, at))
        else:
            pointer = top.child()
            positions.values[pointer] = at
            if token in "{[":
                stack.append(_Open(pointer, "" if token == "{" else 0))
            else:
                positions.ends[pointer] = found.end(1)
    return positions


class _Open:
    """An object or array being scanned; its `key` is where the scan is in it.

    A key of None stands for the text around the one outermost value.
    """

    __slots__ = ("expects_key", "key", "pointer", "seen")

    def __init__(self, pointer: Pointer | None, key: str | int | None) -> None:
        self.pointer = pointer
        self.key = key
        self.expects_key = isinstance(key, str)
        self.seen: dict[str, int] = {}  # keys so far, with their offsets

    def child(self) -> Pointer | None:
        if self.pointer is None or len(self.pointer) >= _DEEPEST:
            return None
        return self.pointer if self.key is None else (*self.pointer, self.key)

    def advance(self) -> None:
        if isinstance(self.key, int):
            self.key += 1
        else:
            self.expects_key = True


def _offset_of_word(text: str, word: str) -> int:
    for found in _TOKEN.finditer(text):
        if found[1] == word:
            return found.start(1)
    return 0


def _explained(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """Say what a person most likely did, where the parser only says what it expected."""
    at, rest = error.pos, text[error.pos :].lstrip()
    before = text[:at].rstrip()
    if not text.strip():
        return at, "the metadata block is empty"
    if not rest:
        return len(before), "the metadata ends here, but a bracket or brace is still open"
    comma = "a comma before a closing bracket: remove the comma"
    if rest[0] in "}]" and before.endswith(","):
        return len(before) - 1, comma
    if rest[0] == "," and "trailing comma" in error.msg:  # Python 3.13 and newer
        return at, comma
    if rest[0] == "'":
        return at, "JSON strings take double quotes, not single ones"
    if rest.startswith(("//", "/*", "#")):
        return at, "JSON has no comments: remove it"
    if "delimiter" in error.msg and rest[0] in '"{[':
        return len(before), "a comma is missing here"
    return at, f"not JSON here: {error.msg[0].lower()}{error.msg[1:]}"
