"""PW502-504: the files of a plan against the files there are.

The question is put to the plan's target commit, which is what stage branches start from; what
lies in the working tree alone does not count. Paths that climb out of the repository are a
finding and never looked at. Stages declared complete have done what they list, and are let be.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.subject import Rule, Subject, Tree
from plan_worktree.lint.touches import Touch, Touches, touches
from plan_worktree.plan.filelist import Change
from plan_worktree.plan.model import PlanStatus, StageStatus
from plan_worktree.plan.sections import FILES


def ungrounded_change(subject: Subject) -> Iterator[Diagnostic]:
    """PW502: a stage changes a file that neither exists nor is made by a stage before it."""
    yield from _climbing(subject)
    tree = _tree(subject)
    if tree is None:
        return
    makers = Touches(one for one in touches(subject) if one.entry.change is Change.CREATE)
    for touch in _open_touches(subject):
        entry = touch.entry
        if entry.change is Change.CREATE or _exists(tree, touch):
            continue
        found = [*makers.same(touch), *makers.alike(touch)]
        # Where there was too much to compare, the plan has the benefit of the doubt.
        if makers.gave_up or any(_comes_before(subject, other, touch) for other in found):
            continue
        message = _why(subject, tree, touch, found)
        yield subject.on(entry.line + 1, entry.column + 1, "PW502", message)


def existing_creation(subject: Subject) -> Iterator[Diagnostic]:
    """PW503: a stage creates a file that exists already."""
    tree = _tree(subject)
    if tree is None:
        return
    deleted = Touches(one for one in touches(subject) if one.entry.change is Change.DELETE)
    for touch in _open_touches(subject):
        entry = touch.entry
        if entry.change is not Change.CREATE or entry.is_directory or not tree.has(entry.path):
            continue
        found = [*deleted.same(touch), *deleted.alike(touch)]
        if not (deleted.gave_up or any(_comes_before(subject, one, touch) for one in found)):
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
    """Say why a file is not there, and what fixes it."""
    path = touch.entry.path
    if not makers:
        return (
            f'stage "{touch.stage}" would {touch.entry.change} {path}, but it is not in '
            f"{tree.name} and no stage creates it: fix the path, or let a stage before create it"
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
