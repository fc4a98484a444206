"""remove: takes worktrees away, and branches whose work has landed.

Refuses whatever would be lost; with force it is saved first, and what cannot be saved still
refuses. A directory is renamed before anything is deleted, and looked at again under its new
name, where nobody writes into it by accident: what goes was proved to be in a commit, or saved, or
is ignored by git. A branch is deleted only at the commit that was examined, so work that arrives
in between stays.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import (
    operation_in_progress,
    own_refs,
    raw_head,
    worktree_git_directory,
)
from plan_worktree.git.process import GitError
from plan_worktree.lifecycle.content import Content, read_content
from plan_worktree.lifecycle.ignored import Ignored, ignored_files, ignored_parts
from plan_worktree.lifecycle.losses import find_losses
from plan_worktree.lifecycle.snapshot import save
from plan_worktree.plan.model import Stage
from plan_worktree.project.lock import patiently
from plan_worktree.project.processes import running
from plan_worktree.project.ref_names import HEADS, base_ref, saved_ref_now
from plan_worktree.project.refusal import Refused
from plan_worktree.state.facts import Facts
from plan_worktree.state.obstacles import kept_in_gone
from plan_worktree.state.status import Report, StageReport
from plan_worktree.worktrees.marks import REMOVING, call_rubbish, free_removed_path
from plan_worktree.worktrees.rubbish import forget

_CHANGED = "was changed while it was being removed: run remove again"


class Removal(StrEnum):
    """What remove does, or did, for a stage."""

    REMOVED = "removed"
    ABSENT = "absent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class How:
    """What the caller asks for.

    `force` saves what would be lost; with `delete_branch` branches that have not landed go, too,
    and with `include_ignored` ignored files are saved as well. `gone` drops nothing but entries
    whose directory is gone, `merged` takes nothing but stages that have landed.
    """

    gone: bool = False
    force: bool = False
    delete_branch: bool = False
    include_ignored: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True)
class RemoveStep:
    """One stage's part of a removal.

    `content` is what was found in the worktree, None without a directory. `head` is the tip to
    delete the branch at, None where there is no branch to delete; `keep_tip` when that has to stay
    findable. `ignored` goes unsaved. `saved` names the ref of what was
    saved, `rubbish` the directory that is still to be deleted.
    """

    stage: Stage
    action: Removal
    worktree: Path | None
    content: Content | None = None
    head: str | None = None
    keep_tip: bool = False
    ignored: tuple[Ignored, ...] = ()
    saved: str | None = None
    rubbish: Path | None = None
    error: str | None = None


class _Changed(Exception):
    """A worktree was changed while it was being removed; it is as it was."""


def plan_remove(
    facts: Facts, report: Report, stages: Sequence[Stage], how: How
) -> list[RemoveStep]:
    """Decide what to take away. Raises Refused, naming everything that would be lost."""
    wanted = {stage.id for stage in stages}
    entries = [
        entry
        for entry in report.stages
        if entry.stage.id in wanted and (entry.work.merged or not how.merged)
    ]
    processes = running()
    refusals = []
    steps = []
    for entry in entries:
        step = _step(facts, entry, how)
        losses = find_losses(facts, entry, step.content, step.ignored, processes)
        steps.append(step)
        reasons = losses.final if how.force else (*losses.final, *losses.savable)
        refusals += [f"stage {entry.stage.id}: {why}" for why in reasons]
    if refusals:
        raise Refused(refusals)
    return steps


def plan_remove_gone(facts: Facts, stages: Sequence[Stage]) -> list[RemoveStep]:
    """Decide which of the stages' worktree entries to drop: those whose directory is gone.

    Raises Refused when something was staged in one.
    """
    entries = [(stage, facts.worktree_of(stage)) for stage in stages]
    gone = [(s, e) for s, e in entries if e and e.locked is None and not e.path.exists()]
    refusals = [f"stage {stage.id}: {why}" for stage, e in gone if (why := kept_in_gone(facts, e))]
    if refusals:
        raise Refused(refusals)
    return [RemoveStep(stage, Removal.REMOVED, entry.path) for stage, entry in gone]


def execute_remove(
    facts: Facts,
    steps: Sequence[RemoveStep],
    how: How,
    waiting: Callable[[str], None],
    done: Callable[[RemoveStep], None],
) -> list[RemoveStep]:
    """Carry out the steps; `done` is told of each. Must run under the repository lock.

    What is left to delete afterwards, without the lock, is each step's `rubbish`.
    """
    results = []
    for step in steps:
        result = step
        try:
            result = _take_away(facts, step, how, waiting)
        except (GitError, OSError, _Changed) as error:
            result = replace(step, action=Removal.FAILED, error=str(error))
        results.append(result)
        done(result)
    return results


def _content(facts: Facts, stage: Stage, how: How) -> Content | None:
    """Look into a stage's worktree; None where there is none, or not what git thinks it is."""
    entry = facts.worktree_of(stage)
    if entry is None or entry.path == facts.home.root:
        return None
    directory = worktree_git_directory(entry.path, facts.home.git_directory)
    if directory is None:
        return None
    ignored = ignored_files(entry.path) if how.include_ignored else ()
    return read_content(entry.path, directory, ignored)


def _step(facts: Facts, entry: StageReport, how: How) -> RemoveStep:
    stage, branch = entry.stage, entry.work.branch
    has_work = branch is not None and branch.has_own_commits
    landed = branch is not None and branch.has_landed
    head = facts.head(stage) if facts.base(stage) else None
    if has_work and not landed and not how.delete_branch:
        head = None  # refused without force; with it, the branch keeps its commits
    listed, path = facts.worktree_of(stage), entry.work.worktree
    users = [w for w in facts.worktrees.values() if w.branch == HEADS + stage.branch]
    if any(listed is None or user.path != listed.path for user in users):
        head = None  # somebody has it checked out elsewhere
    content = _content(facts, stage, how)
    ignored = ignored_parts(path) if path and content and not how.include_ignored else ()
    action = Removal.REMOVED if path or head else Removal.ABSENT
    # A branch may hold the last of what a dependency had, too.
    keep_tip = has_work or (branch is not None and branch.ahead != 0)
    return RemoveStep(stage, action, path, content, head, keep_tip, tuple(ignored))


def _take_away(
    facts: Facts, step: RemoveStep, how: How, waiting: Callable[[str], None]
) -> RemoveStep:
    home, stage = facts.home, step.stage
    ref = saved_ref_now(facts.plan, stage)
    saved, rubbish = None, None
    if step.worktree:
        directory = worktree_git_directory(step.worktree, home.git_directory)
        if directory:
            saved, rubbish = _move_away(facts, step, how, directory, ref)
        if not step.worktree.exists():
            forget(home.git_directory, step.worktree)
    if step.head:
        commands = [("delete", HEADS + stage.branch, step.head)]
        last = next(iter(facts.saved(stage)), None)
        if step.keep_tip and not saved:  # base and tip stay: status knows from them what it was
            if step.worktree is None and last and last.tip == step.head:
                saved = last.ref.name  # an earlier run has saved it, and was killed then
            else:
                commands.append(("create", ref, step.head))
                saved = ref
        elif not saved and not facts.saved(stage):  # nothing was ever done here
            pinned = base_ref(facts.plan, stage)
            commands.append(("delete", pinned, facts.base(stage) or ""))
        patiently(lambda: gitrefs.update_refs(home.root, commands), waiting)
    return replace(step, saved=saved, rubbish=rubbish)


def _move_away(
    facts: Facts, step: RemoveStep, how: How, directory: Path, ref: str
) -> tuple[str | None, Path | None]:
    """Save a worktree as far as it is to be, and rename it; return the ref and the new path."""
    path, root, content = step.worktree or facts.home.root, facts.home.root, step.content
    entry = facts.worktree_of(step.stage)
    if content is None or entry is None:
        raise _Changed(f"{path} {_CHANGED}")
    _require(content.is_clean or how.force, path)
    if entry.locked is not None:
        gitworktrees.unlock(root, path)
    gitworktrees.lock(root, path, REMOVING)
    saved, away = None, path
    try:
        usual = f"ref: {HEADS}{step.stage.branch}"
        odd = raw_head(directory) != usual or operation_in_progress(directory) is not None
        unlanded = step.keep_tip and (step.head is None or how.delete_branch)
        # Else what was saved before would be the newest, and not be what was removed.
        older = any(saved.is_snapshot for saved in facts.saved(step.stage))
        if how.force and (odd or unlanded or older or own_refs(directory) or not content.is_clean):
            save(root, path, directory, content, ref, facts.head(step.stage))
            saved = ref
        else:
            _require(not odd and content.head == facts.head(step.stage), path)
        away = _renamed(path)
        _require_untouched(away, directory, content, how)
    except BaseException:
        if away != path:
            away.rename(path)
        gitworktrees.unlock(root, path)
        if entry.locked is not None:
            gitworktrees.lock(root, path, entry.locked)
        raise
    if away == path:
        shutil.rmtree(directory)
    else:
        call_rubbish(away, facts.home.git_directory)
    return saved, away


def _renamed(path: Path) -> Path:
    """Rename a worktree's directory and return where it is now."""
    away = free_removed_path(path)
    try:
        path.rename(away)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return path  # a mount point: it is emptied where it is
    return away


def _require_untouched(away: Path, directory: Path, content: Content, how: How) -> None:
    """Look once more, where nobody writes by accident. Raises _Changed."""
    ignored = ignored_files(away) if how.include_ignored else ()
    again = read_content(away, directory, ignored, moved=True)
    _require(again.fingerprint == content.fingerprint, away)


def _require(as_examined: bool, path: Path) -> None:
    if not as_examined:
        raise _Changed(f"{path.name} {_CHANGED}")
