"""The files that stages list, and which of them meet: the same path, a folder around it, a pattern.

A plan of 200 stages needs some ten thousand comparisons. A hostile plan of megabytes gets what a
second is enough for; after that nothing is found to meet any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from plan_worktree.lint.subject import Subject
from plan_worktree.plan.parts.filelist import FileEntry
from plan_worktree.plan.parts.globs import literal_prefix, matches

_MOST_COMPARISONS = 2_000_000
# Comparing a path with a pattern takes as long as so many other comparisons.
_OF_A_PATTERN = 50
_MOST_FOLDERS = 50  # around a path; further ones are not looked at


class Touch(NamedTuple):
    """An entry, its stage, and the path to compare by."""

    stage: str
    entry: FileEntry
    key: str


def touches(subject: Subject) -> Iterator[Touch]:
    """Yield every entry of every stage that has a place in the graph, in the file's order."""
    folds = subject.repository is not None and subject.repository.folds_case
    for section, entries in zip(subject.sections, subject.files, strict=True):
        for entry in entries if section.stage_id in subject.graph.position else ():
            if not entry.leaves:
                path = entry.path.removeprefix("./")
                yield Touch(section.stage_id, entry, path.casefold() if folds else path)


class Touches:
    """Entries to which others are compared, by what they can meet at."""

    def __init__(self, entries: Iterable[Touch] = ()) -> None:
        self._at: dict[str, list[Touch]] = defaultdict(list)
        self._beneath: dict[str, list[Touch]] = defaultdict(list)  # by each folder around
        self._patterns: dict[str, list[Touch]] = defaultdict(list)  # by the folder before any sign
        self._comparisons = 0
        for touch in entries:
            self.add(touch)

    @property
    def gave_up(self) -> bool:
        """Whether there was too much to compare."""
        return self._comparisons > _MOST_COMPARISONS

    def add(self, touch: Touch) -> None:
        """Add an entry."""
        self._at[touch.key].append(touch)
        for folder in _folders(touch.key):
            self._beneath[folder].append(touch)
        if touch.entry.is_glob:
            self._patterns[literal_prefix(touch.key)].append(touch)

    def same(self, touch: Touch) -> Iterator[Touch]:
        """Yield the entries with the path of `touch`, those of folders around it, those in it."""
        for key in (touch.key, *_folders(touch.key)):
            yield from self._compared(self._at.get(key, ()))
        if touch.entry.is_directory:
            yield from self._compared(self._beneath.get(touch.key, ()))

    def alike(self, touch: Touch) -> Iterator[Touch]:
        """Yield the patterns that match `touch`, and the entries that it matches as a pattern."""
        for folder in _folders(touch.key):
            for other in self._compared(self._patterns.get(folder, ()), _OF_A_PATTERN):
                if matches(other.key, touch.key):
                    yield other
        if touch.entry.is_glob:
            beneath = self._beneath.get(literal_prefix(touch.key), ())
            for other in self._compared(beneath, _OF_A_PATTERN):
                if matches(touch.key, other.key):
                    yield other

    def _compared(self, candidates: Iterable[Touch], cost: int = 1) -> Iterator[Touch]:
        for candidate in candidates:
            self._comparisons += cost
            if self.gave_up:
                return
            yield candidate


def _folders(key: str) -> list[str]:
    """Return the folders around a path, each with its closing slash; "" is the top."""
    ends = [end for end, char in enumerate(key[:-1], start=1) if char == "/"]
    return ["", *(key[:end] for end in ends[:_MOST_FOLDERS])] if key else []
