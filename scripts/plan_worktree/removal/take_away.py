"""Takes worktrees and branches away that were examined and, where it is needed, saved.

A directory is renamed and looked at once more before it is called removed. Whoever changed it
meanwhile keeps it.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from plan_worktree.change.refs_together import change_together
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import (
    operation_in_progress,
    own_refs,
    raw_head,
    worktree_git_directory,
)
from plan_worktree.git.process import GitError
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS, base_ref, saved_ref_now
from plan_worktree.removal.content import Content, read_content
from plan_worktree.removal.ignored import ignored_files
from plan_worktree.removal.snapshot import Original, save
from plan_worktree.removal.step import Removal, RemoveOptions, RemoveStep
from plan_worktree.setup.slots import free_slot
from plan_worktree.state.repository.facts import Facts
from plan_worktree.worktrees.deletion import drop_entry
from plan_worktree.worktrees.lock_marks import REMOVING, free_removed_path, mark_removed

_CHANGED = "was changed while it was being removed: run remove again"


class _Changed(Exception):
    """A worktree was changed while it was being removed; it is as it was."""


def execute_remove(
    facts: Facts,
    steps: Sequence[RemoveStep],
    options: RemoveOptions,
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
            result = _take_away(facts, step, options, waiting)
        except (GitError, OSError, _Changed) as error:
            result = replace(step, action=Removal.FAILED, error=str(error))
        results.append(result)
        done(result)
    return results


def _take_away(
    facts: Facts, step: RemoveStep, options: RemoveOptions, waiting: Callable[[str], None]
) -> RemoveStep:
    home, stage = facts.home, step.stage
    ref = saved_ref_now(facts.plan, stage)
    saved, trash = None, None
    if step.worktree:
        directory = worktree_git_directory(step.worktree, home.git_directory)
        if directory:
            saved, trash = _move_away(facts, step, options, directory, ref)
        if not step.worktree.exists():
            drop_entry(home.git_directory, step.worktree)
    if step.head:
        saved = _delete_branch(facts, step, step.head, saved, waiting)
    if step.worktree is None or not step.worktree.exists():
        free_slot(facts, stage, waiting)
    return replace(step, saved=saved, trash=trash)


def _move_away(
    facts: Facts, step: RemoveStep, options: RemoveOptions, directory: Path, ref: str
) -> tuple[str | None, Path | None]:
    """Save a worktree as far as it is to be, and rename it; return the ref and the new path."""
    path, root, content = step.worktree or facts.home.root, facts.home.root, step.content
    entry = facts.worktree_of(step.stage)
    if content is None or entry is None:
        raise _Changed(f"{path} {_CHANGED}")
    _require(content.is_clean or options.force, path)
    if entry.locked is not None:
        gitworktrees.unlock(root, path)
    gitworktrees.lock(root, path, REMOVING)
    saved, away = None, path
    try:
        usual = f"ref: {HEADS}{step.stage.branch}"
        odd = raw_head(directory) != usual or operation_in_progress(directory) is not None
        unlanded = step.keep_tip and (step.head is None or options.delete_branch)
        # Else what was saved before would be the newest, and not be what was removed.
        older = any(saved.is_snapshot for saved in facts.saved(step.stage))
        if options.force and (
            odd or unlanded or older or own_refs(directory) or not content.is_clean
        ):
            save(root, Original(path, directory, content), ref, facts.head(step.stage))
            saved = ref
        else:
            _require(not odd and content.head == facts.head(step.stage), path)
        away = _renamed(path)
        _require_untouched(away, directory, content, options)
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
        mark_removed(away, facts.home.git_directory)
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


def _require_untouched(
    away: Path, directory: Path, content: Content, options: RemoveOptions
) -> None:
    """Look once more, where nobody writes by accident. Raises _Changed."""
    ignored = ignored_files(away) if options.include_ignored else ()
    again = read_content(away, directory, ignored, moved=True)
    _require(again.fingerprint == content.fingerprint, away)


def _require(as_examined: bool, path: Path) -> None:
    if not as_examined:
        raise _Changed(f"{path.name} {_CHANGED}")


def _delete_branch(
    facts: Facts, step: RemoveStep, tip: str, saved: str | None, waiting: Callable[[str], None]
) -> str | None:
    """Delete a branch at its tip; return the ref that keeps that, `saved` where it does already.

    Of a stage in which nothing was ever done the base goes as well.
    """
    home, stage = facts.home, step.stage
    commands = [("delete", HEADS + stage.branch, tip)]
    last = next(iter(facts.saved(stage)), None)
    if saved or not step.keep_tip:
        if not saved and not last:
            commands.append(("delete", base_ref(facts.plan, stage), facts.base(stage) or ""))
        patiently(lambda: change_together(home, home.root, commands), waiting)
        return saved
    # Base and tip stay: status knows from them what it was.
    if step.worktree is None and last and last.tip == tip:
        ref = last.ref.name  # an earlier run has saved it, and was killed then
    else:
        ref = saved_ref_now(facts.plan, stage)
        commands.insert(0, ("create", ref, tip))
    patiently(lambda: gitrefs.update_refs(home.root, commands), waiting)
    return ref
