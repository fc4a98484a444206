"""Which lines of a source no part of the imported plan has.

The plan is looked at as text, without trust in what a format says it has carried over. A line is
there when the plan has a line of the same words, as often as the source; or when each of its words
follows the one before it somewhere in the plan, but for a label or a number that it begins with.
Rules, marks and lines without words do not count, nor does YAML at the top of a file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from plan_worktree.authoring.importing.outline import front_matter
from plan_worktree.authoring.importing.source import File, Given

_WORD = re.compile(r"[^\W_]+")
_MARK = re.compile(r"[ \t>]*(?:[*+-][ \t]+)?(?:`{3,}|~{3,})")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_FLAG = re.compile(r"\[(?:[ xXP]|US\d+)\]", re.IGNORECASE)
# What a line may begin with, and the plan says in another way: a number, the name of a task or of a
# field that formats know, or what is done to a file.
_LABEL = re.compile(
    r"[\s>#]{0,40}(?:[*+-]\s+)?(?:\d{1,9}(?:\.\d{1,9})*[.):]?\s+)?\s{0,40}(?:"
    r"\*\*(?:goal|architecture|tech stack|files?|purpose|independent test)(?:\*\*:|:\*\*)"
    r"|(?:step|phase|task|part|stage|change|milestone|commit|pr)\s#?\d{1,9}(?:\.\d{1,9})*[a-z]?\b"
    r"|T\d{3,9}\b|(?:create|modify|update|add|delete|test|purpose|output)\s?:)?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"`[ \t]*[,;&+]?[ \t]*`|`,? and `")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"(\s{0,9}:)?')


@dataclass(frozen=True, slots=True)
class Loss:
    """A line of a source that is nowhere in the plan."""

    file: str
    line: int
    text: str


def losses(given: Given, text: str) -> tuple[Loss, ...]:
    """Return the lines of a source that a plan's text does not have."""
    plan = _Plan(text.replace("&#32;", " ").replace("\u200b", ""))
    return tuple(
        Loss(file.name, line, row.strip())
        for file in given.files
        for line, row, parts in _rows(file)
        if not all(plan.has(part) for part in parts)
    )


def spoken(found: Sequence[Loss]) -> str:
    """Return one sentence on lines that were left out; "" for none."""
    if not found:
        return ""
    by_file: dict[str, list[int]] = {}
    for loss in found:
        by_file.setdefault(loss.file, []).append(loss.line)
    places = "; ".join(f"{name}:{', '.join(_spans(lines))}" for name, lines in by_file.items())
    many = "1 line of the source is" if len(found) == 1 else f"{len(found)} lines of the source are"
    return f"{many} in no part of the plan: {places}"


def _spans(lines: Sequence[int]) -> Iterator[str]:
    """Yield ascending numbers, those in a row as one."""
    first = last = lines[0]
    for line in [*lines[1:], 0]:
        if line == last + 1:
            last = line
            continue
        yield str(first) if first == last else f"{first}-{last}"
        first = last = line


def _rows(file: File) -> Iterator[tuple[int, str, list[str]]]:
    """Yield the lines of a file that say something: number, text, and what of it must be carried.

    Of JSON that are the strings of several words.
    """
    rows = file.document.source.lines
    if file.is_json:
        for line, row in enumerate(file.text.split("\n"), 1):
            found = (one for one in _STRING.finditer(row) if not one[2])
            strings = (_decoded(f'"{one[1]}"') for one in found)
            parts = [part for one in strings if " " in one for part in one.splitlines()]
            yield line, row, parts
        return
    start = front_matter(rows)
    for line, row in enumerate(rows[start:], start + 1):
        if not _MARK.match(row):
            yield line, row, [row]


def _decoded(string: str) -> str:
    try:
        return str(json.loads(string))
    except ValueError:  # pragma: no cover - what was read as JSON has no such string
        return string


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


class _Plan:
    """The words of a plan: which stand in a line together, which side by side, and which at all.

    A line that the source repeats is looked for as often, so each line of the plan is used up.
    """

    def __init__(self, text: str) -> None:
        rows = map(_words, text.split("\n"))
        words: list[str] = []
        self._lines: Counter[str] = Counter()
        for row in rows:
            words += row
            self._lines[" ".join(row)] += 1
        self._words = frozenset(words)
        self._pairs = frozenset(pairwise(words))

    def has(self, row: str) -> bool:
        words = _words(row)
        if not words:
            return True
        key = " ".join(words)
        if self._lines.get(key, 0) > 0:
            self._lines[key] -= 1
            return True
        rest = _FLAG.sub(" ", _TAG.sub(" ", row))
        label = _LABEL.match(rest)
        rest = rest[label.end() :] if label else rest
        behind = _words(rest)
        if key in self._lines and behind:  # the plan has it, but not as often
            return False
        if row.startswith("# "):  # the title, which the plan writes in its own way
            return self._words.issuperset(words)
        if self._has_words(words) or self._has_words(behind):
            return True
        # A list of paths on a line becomes a line for each.
        pieces = _BETWEEN.split(rest)
        return len(pieces) > 1 and all(self._has_words(_words(piece)) for piece in pieces)

    def _has_words(self, words: Sequence[str]) -> bool:
        return self._words.issuperset(words) and all(map(self._pairs.__contains__, pairwise(words)))
