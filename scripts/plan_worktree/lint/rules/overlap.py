"""PW501: stages that can run together and change the same file.

Two stages can run together when the graph orders neither before the other. Entries are taken in
the order of the file; each looks at the earlier ones that name the same path, a directory around
it, or a pattern that matches it. Sets of stages are bit masks, so a path that a thousand stages
touch costs a thousand steps and not a million.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.subject import Rule, Subject
from plan_worktree.plan.filelist import Change, FileEntry
from plan_worktree.plan.globs import literal_prefix, matches
from plan_worktree.plan.graph import Graph

# Patterns are compared one by one. Real plans need a few dozen comparisons; a hostile one gets
# half a second's worth, and after that its patterns are taken for what they literally say.
_MOST_COMPARISONS = 20_000


class Touch(NamedTuple):
    """An entry, its stage with the stage's place in the graph, and the path to compare by."""

    position: int
    stage: str
    entry: FileEntry
    key: str


def shared_file(subject: Subject) -> Iterator[Diagnostic]:
    """PW501: two stages that can run together change the same file.

    An error when both create it or one deletes it: no order of landing can be right then.
    """
    related = _related(subject.graph)
    index = _Index()
    for touch in touches(subject):
        found = index.conflict(touch, ~related[touch.position])
        if found:
            yield _finding(subject, touch, *found)
        index.add(touch)


RULES: tuple[Rule, ...] = (shared_file,)


def touches(subject: Subject) -> Iterator[Touch]:
    """Yield every entry of every stage that has a place in the graph, in the file's order."""
    folds = subject.repository is not None and subject.repository.folds_case
    for section, entries in zip(subject.sections, subject.files, strict=True):
        position = subject.graph.position.get(section.stage_id)
        for entry in entries if position is not None else ():
            if position is not None and not entry.leaves:
                path = entry.path.removeprefix("./")
                yield Touch(position, section.stage_id, entry, path.casefold() if folds else path)


class _Seen:
    """The earlier entries at one path: which stages do what, and the first entry of each."""

    __slots__ = ("creating", "deleting", "first", "touching")

    def __init__(self) -> None:
        self.touching = self.creating = self.deleting = 0
        self.first: dict[tuple[int, Change | None], Touch] = {}

    def add(self, touch: Touch) -> None:
        bit, change = 1 << touch.position, touch.entry.change
        self.touching |= bit
        self.creating |= bit if change is Change.CREATE else 0
        self.deleting |= bit if change is Change.DELETE else 0
        for kind in (change, None):
            self.first.setdefault((touch.position, kind), touch)

    def conflict(self, change: Change, free: int) -> tuple[Touch, Severity] | None:
        grave: list[tuple[int, Change | None]] = [(self.deleting, Change.DELETE)]
        if change is Change.DELETE:
            grave.append((self.touching, None))
        if change is Change.CREATE:
            grave.append((self.creating, Change.CREATE))
        for bits, kind in grave:
            if bits & free:
                return self.first[_lowest(bits & free), kind], Severity.ERROR
        if self.touching & free:
            return self.first[_lowest(self.touching & free), None], Severity.WARNING
        return None


class _Index:
    """All earlier entries, by what a later one could meet them at."""

    def __init__(self) -> None:
        self.paths: dict[str, _Seen] = defaultdict(_Seen)
        self.directories: dict[str, _Seen] = defaultdict(_Seen)
        self.beneath: dict[str, _Seen] = defaultdict(_Seen)  # by each folder around an entry
        self.listed: dict[str, list[Touch]] = defaultdict(list)  # the same, entry by entry
        self.patterns: dict[str, list[Touch]] = defaultdict(list)  # by literal folder
        self.comparisons = 0

    def add(self, touch: Touch) -> None:
        self.paths[touch.key].add(touch)
        for folder in _folders(touch.key):
            self.beneath[folder].add(touch)
            self.listed[folder].append(touch)
        if touch.entry.is_directory:
            self.directories[touch.key].add(touch)
        if touch.entry.is_glob:
            self.patterns[literal_prefix(touch.key)].append(touch)

    def conflict(self, touch: Touch, free: int) -> tuple[Touch, Severity] | None:
        """Return the earlier entry that `touch` collides with, the gravest kind first."""
        around = _folders(touch.key)
        places = [self.paths[touch.key], *(self.directories[folder] for folder in around)]
        if touch.entry.is_directory:
            places.append(self.beneath[touch.key])
        found = [hit for seen in places if (hit := seen.conflict(touch.entry.change, free))]
        found.sort(key=lambda hit: hit[1] is not Severity.ERROR)
        return found[0] if found else self._pattern(touch, around, free)

    def _pattern(self, touch: Touch, around: list[str], free: int) -> tuple[Touch, Severity] | None:
        pairs = [(other, other, touch) for folder in around for other in self.patterns[folder]]
        if touch.entry.is_glob:
            earlier = self.listed[literal_prefix(touch.key)]
            pairs += [(other, touch, other) for other in earlier]
        for other, pattern, path in pairs:
            if self.comparisons >= _MOST_COMPARISONS:
                break
            if free >> other.position & 1:
                self.comparisons += 1
                if matches(pattern.key, path.key):
                    return other, _weight(other.entry.change, touch.entry.change)
        return None


def _related(graph: Graph) -> list[int]:
    """For each place, the places that are ordered with it, itself among them."""
    after = dict.fromkeys(graph.order, 0)
    for stage in reversed(graph.order):
        for needed in graph.dependencies[stage]:
            after[needed] |= after[stage] | 1 << graph.position[stage]
    return [
        graph.ancestor_bits[stage] | after[stage] | 1 << position
        for position, stage in enumerate(graph.order)
    ]


def _weight(one: Change, other: Change) -> Severity:
    """Weigh two changes of one path: which two can never both be right, in any order."""
    creates_twice = one is Change.CREATE and other is Change.CREATE
    return Severity.ERROR if creates_twice or Change.DELETE in (one, other) else Severity.WARNING


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _folders(key: str) -> list[str]:
    """Return the folders around a path, each with its closing slash; "" is the top."""
    path = key.rstrip("/")
    return ["", *(path[: found.end()] for found in re.finditer("/", path))] if path else []


def _finding(subject: Subject, touch: Touch, other: Touch, severity: Severity) -> Diagnostic:
    mine, theirs = touch.entry, other.entry
    message = (
        f'stage "{touch.stage}" {_SPOKEN[mine.change]} {mine.path} here while stage '
        f'"{other.stage}", which can run at the same time, {_SPOKEN[theirs.change]} '
        f"{theirs.path} in line {theirs.line + 1}: let one depend on the other, or give the file "
        "to one of them"
    )
    return subject.on(mine.line + 1, mine.column + 1, "PW501", message, severity)


_SPOKEN = {Change.CREATE: "creates", Change.MODIFY: "modifies", Change.DELETE: "deletes"}
