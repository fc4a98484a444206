"""PW502-504: the files of a plan against the files there are.

The question is put to the plan's target commit, which is what stage branches start from; what
lies in the working tree alone does not count. Paths that climb out of the repository are a
finding and never looked at. Stages declared complete have done what they list, and are let be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.rules.overlap import Touch, touches
from plan_worktree.lint.subject import Rule, Subject, Tree
from plan_worktree.plan.filelist import Change
from plan_worktree.plan.globs import literal_prefix, matches
from plan_worktree.plan.model import PlanStatus, StageStatus
from plan_worktree.plan.sections import FILES

# Patterns are compared one by one; a hostile plan gets no more, and is then given the benefit of
# the doubt. Real plans need a few hundred comparisons.
_MOST_COMPARISONS = 20_000


def ungrounded_change(subject: Subject) -> Iterator[Diagnostic]:
    """PW502: a stage changes a file that neither exists nor is made by a stage before it."""
    yield from _climbing(subject)
    tree = _tree(subject)
    if tree is None:
        return
    makers = _Makers(subject)
    for touch in _open_touches(subject):
        entry = touch.entry
        if entry.change is Change.CREATE or _exists(tree, touch):
            continue
        found = makers.of(touch)
        if found is None or any(_comes_before(subject, other, touch) for other in found):
            continue
        message = _why(subject, tree, touch, found)
        yield subject.on(entry.line + 1, entry.column + 1, "PW502", message)


def existing_creation(subject: Subject) -> Iterator[Diagnostic]:
    """PW503: a stage creates a file that exists already."""
    tree = _tree(subject)
    if tree is None:
        return
    deleted: dict[str, list[Touch]] = defaultdict(list)
    for touch in touches(subject):
        if touch.entry.change is Change.DELETE:
            deleted[touch.key].append(touch)
    for touch in _open_touches(subject):
        entry = touch.entry
        if entry.change is not Change.CREATE or entry.is_directory or not tree.has(entry.path):
            continue
        if not any(_comes_before(subject, other, touch) for other in deleted[touch.key]):
            message = (
                f'stage "{touch.stage}" would create {entry.path}, which is in {tree.name} '
                "already: write Modify, or choose another path"
            )
            yield subject.on(entry.line + 1, entry.column + 1, "PW503", message)


def no_files(subject: Subject) -> Iterator[Diagnostic]:
    """PW504: a stage's Files to Change names no file."""
    for section, files in zip(subject.sections, subject.files, strict=True):
        lines = section.parts.get(FILES)
        if lines is not None and not files:
            message = (
                f'stage "{section.stage_id}" lists no file: name what it changes, such as '
                "- Modify: `path/to/file`"
            )
            yield subject.on(lines.start + 1, 1, "PW504", message)


RULES: tuple[Rule, ...] = (ungrounded_change, existing_creation, no_files)


def _climbing(subject: Subject) -> Iterator[Diagnostic]:
    for entry in chain.from_iterable(subject.files):
        if entry.leaves:
            message = f"{entry.path} leads out of the repository: a stage changes only its files"
            yield subject.on(entry.line + 1, entry.column + 1, "PW502", message)


def _tree(subject: Subject) -> Tree | None:
    over = (PlanStatus.COMPLETE, PlanStatus.ABANDONED)
    return None if subject.plan.status in over else subject.tree


def _open_touches(subject: Subject) -> Iterator[Touch]:
    done = {s.id for s in subject.plan.stages if s.status == StageStatus.COMPLETE}
    return (touch for touch in touches(subject) if touch.stage not in done)


def _exists(tree: Tree, touch: Touch) -> bool:
    path = touch.entry.path.rstrip("/")
    if path in ("", ".") or tree.has(path):  # also a real name like app/[id]
        return True
    return touch.entry.is_glob and tree.matches(touch.entry.path)


def _comes_before(subject: Subject, other: Touch, touch: Touch) -> bool:
    return other.stage == touch.stage or subject.graph.is_before(other.stage, touch.stage)


def _why(subject: Subject, tree: Tree, touch: Touch, makers: list[Touch]) -> str:
    """Say why a file is not there, and what mends it."""
    path = touch.entry.path
    if not makers:
        return (
            f'stage "{touch.stage}" would {touch.entry.change} {path}, but it is not in '
            f"{tree.name} and no stage creates it: mend the path, or let a stage before create it"
        )
    other = makers[0]
    where = f"(line {other.entry.line + 1})"
    if subject.graph.is_before(touch.stage, other.stage):
        return (
            f'{path} does not exist when stage "{touch.stage}" starts: stage "{other.stage}", '
            f"which comes later, creates it {where}; create it here, or turn the dependency round"
        )
    return (
        f'{path} does not exist when stage "{touch.stage}" starts: stage "{other.stage}" creates '
        f'it {where}; add "{other.stage}" to the depends_on of "{touch.stage}"'
    )


class _Makers:
    """The entries that create something, by path; folders and patterns apart."""

    def __init__(self, subject: Subject) -> None:
        self.exact: dict[str, list[Touch]] = defaultdict(list)
        self.below: dict[str, list[Touch]] = defaultdict(list)  # by each folder around
        self.patterns: list[Touch] = []
        self.comparisons = 0
        for touch in touches(subject):
            if touch.entry.change is not Change.CREATE:
                continue
            self.exact[touch.key].append(touch)
            for folder in _folders(touch.key):
                self.below[folder].append(touch)
            if touch.entry.is_glob:
                self.patterns.append(touch)

    def of(self, touch: Touch) -> list[Touch] | None:
        """Return what creates a path, or a folder or pattern that holds it; exact ones first.

        None when that would take too long to find out.
        """
        found = [*self.exact[touch.key], *self.below[touch.key]]
        for folder in _folders(touch.key):
            found += [other for other in self.exact[folder] if other.entry.is_directory]
        pairs = [(other, other, touch) for other in self.patterns]
        if touch.entry.is_glob:
            pairs += [(o, touch, o) for o in self.below[literal_prefix(touch.key)]]
        for other, pattern, path in pairs:
            self.comparisons += 1
            if self.comparisons > _MOST_COMPARISONS:
                return None
            if matches(pattern.key, path.key):
                found.append(other)
        return found


def _folders(key: str) -> list[str]:
    """Return the folders around a path, each with its closing slash; "" is the top."""
    return ["", *(key[: index + 1] for index, char in enumerate(key[:-1]) if char == "/")]
