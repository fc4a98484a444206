"""PW502-505: the files of a plan against the files there are, and lines that name none.

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
from plan_worktree.plan.model import PlanStatus, StageStatus
from plan_worktree.plan.parts.filelist import Unread
from plan_worktree.plan.parts.paths import alternatives, is_elided, is_windows
from plan_worktree.plan.parts.verbs import Change
from plan_worktree.plan.sections import FILES

# What a change may do without the file being there, and what makes it be there.
_CREATING = (Change.CREATE, Change.EITHER)


def ungrounded_change(subject: Subject) -> Iterator[Diagnostic]:
    """PW502: a stage changes a file that neither exists nor is made by a stage before it."""
    yield from _climbing(subject)
    tree = _tree(subject)
    if tree is None:
        return
    makers = Touches(one for one in touches(subject) if one.entry.change in _CREATING)
    for touch in _open_touches(subject):
        entry = touch.entry
        if entry.change in _CREATING or _exists(tree, touch):
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
    for section, listed in zip(subject.sections, subject.file_lists, strict=True):
        lines = section.parts.get(FILES)
        if lines is not None and not listed.entries and not listed.unread:
            message = (
                f'stage "{section.stage_id}" lists no file: name what it changes, such as '
                "- Modify: `path/to/file`"
            )
            yield subject.on(lines.start + 1, 1, "PW504", message)


def unreadable_line(subject: Subject) -> Iterator[Diagnostic]:
    """PW505: a line of Files to Change names a path, and what is done to it cannot be read.

    A path with the separators of Windows is read, but git and everybody else write it otherwise.
    """
    for listed in subject.file_lists:
        for unread in listed.unread:
            message = (
                f"what happens to {unread.written} cannot be read: write each file's whole path "
                f"behind Create, Modify, Delete or Test, such as - Modify: `{_plain(unread)}`"
            )
            yield subject.on(unread.line + 1, unread.column + 1, "PW505", message)
        for entry in listed.entries:
            if is_windows(entry.written):
                message = (
                    f"{entry.written} has the separators of Windows, and is read as {entry.path}: "
                    "write it with /"
                )
                yield subject.on(entry.line + 1, entry.column + 1, "PW505", message)


RULES: tuple[Rule, ...] = (ungrounded_change, existing_creation, no_files, unreadable_line)


def _plain(unread: Unread) -> str:
    """Return a path to put into advice: the one that is there, where that is whole."""
    is_whole = not is_elided(unread.written) and alternatives(unread.written)
    return unread.written if is_whole else "path/to/file"


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
