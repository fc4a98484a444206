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
from plan_worktree.lint.overlap import Touch, touches
from plan_worktree.lint.subject import Rule, Subject, Tree
from plan_worktree.plan.filelist import Change
from plan_worktree.plan.globs import matches
from plan_worktree.plan.model import PlanStatus, StageStatus
from plan_worktree.plan.sections import FILES


def ungrounded_change(subject: Subject) -> Iterator[Diagnostic]:
    """PW502: a stage changes a file that neither exists nor is made by a stage before it."""
    yield from _climbing(subject)
    tree = _tree(subject)
    if tree is None:
        return
    made = _makers(subject)
    for touch in _open_touches(subject):
        entry = touch.entry
        if entry.change is Change.CREATE or _exists(tree, touch):
            continue
        makers = _makers_of(touch, made)
        if any(
            other.stage == touch.stage or subject.graph.is_before(other.stage, touch.stage)
            for other in makers
        ):
            continue
        if makers:
            other = makers[0]
            why = (
                f'stage "{other.stage}" creates it (line {other.entry.line + 1}), but '
                f'"{touch.stage}" does not depend on it: add "{other.stage}" to the depends_on '
                f'of "{touch.stage}"'
            )
        else:
            why = (
                f"it is not in {tree.name} and no stage creates it: mend the path, or let a stage "
                "before create it"
            )
        message = f'stage "{touch.stage}" would {entry.change} {entry.path}, but {why}'
        yield subject.on(entry.line + 1, entry.column + 1, "PW502", message)


def existing_creation(subject: Subject) -> Iterator[Diagnostic]:
    """PW503: a stage creates a file that exists already."""
    tree = _tree(subject)
    if tree is None:
        return
    deleted = {(t.stage, t.key) for t in touches(subject) if t.entry.change is Change.DELETE}
    for touch in _open_touches(subject):
        entry = touch.entry
        if entry.change is not Change.CREATE or entry.is_glob or entry.is_directory:
            continue
        gone = any(
            key == touch.key
            and (stage == touch.stage or subject.graph.is_before(stage, touch.stage))
            for stage, key in deleted
        )
        if not gone and tree.has(entry.path):
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
    entry = touch.entry
    if entry.is_glob:
        return tree.matches(entry.path)
    return tree.has(entry.path.rstrip("/"))


def _makers(subject: Subject) -> dict[str, list[Touch]]:
    """Return the entries that create something, by path and by each folder around it."""
    made: dict[str, list[Touch]] = defaultdict(list)
    for touch in touches(subject):
        if touch.entry.change is Change.CREATE:
            made[touch.key].append(touch)
            parts = touch.key.rstrip("/").split("/")[:-1]
            for length in range(1, len(parts) + 1):
                made["/".join(parts[:length]) + "/"].append(touch)
            if touch.entry.is_glob:
                made["*"].append(touch)
    return made


def _makers_of(touch: Touch, made: dict[str, list[Touch]]) -> list[Touch]:
    """Return what creates a path, or a directory or pattern that holds it; exact ones first."""
    found = list(made.get(touch.key, ()))
    parts = touch.key.rstrip("/").split("/")
    folders = ["/".join(parts[:length]) + "/" for length in range(1, len(parts))]
    found += [m for folder in folders for m in made.get(folder, ()) if m.entry.is_directory]
    found += [m for m in made.get("*", ()) if matches(m.key, touch.key)]
    if touch.entry.is_glob:
        found += [m for makers in made.values() for m in makers if matches(touch.key, m.key)]
    return found
