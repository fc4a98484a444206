"""restore: brings a removed worktree back exactly as it was saved.

The worktree is put together beside its place and moved there when it is whole, so that a killed
restoration is thrown away and begun anew: nobody can have worked in it. What was saved stays.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import raw_head, worktree_git_directory
from plan_worktree.git.index import refresh
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.open_plan import open_plan, select
from plan_worktree.project.ref_names import HEADS, base_ref
from plan_worktree.project.refusal import BadArgument, Refused
from plan_worktree.removal.shared_saved import fetch_saved, push_saved, require_share
from plan_worktree.removal.step import Progress
from plan_worktree.removal.unpack import thaw
from plan_worktree.setup.slots import give_missing_slot
from plan_worktree.state.obstacles import blocking_ref, unusable
from plan_worktree.state.repository.facts import Facts, Saved, facts_for_reading
from plan_worktree.worktrees.lock_marks import RESTORING, is_unfinished, restoring_path
from plan_worktree.worktrees.notes import RESTORED, restored_from
from plan_worktree.worktrees.pointer import exclude_pointer, write_pointer
from plan_worktree.worktrees.submodules import initialise


@dataclass(frozen=True, slots=True)
class RestoreStep:
    """What is brought back: where, and with `new_branch` at which commit its branch is made.

    `is_done` when an earlier run has brought it back.
    """

    stage: Stage
    saved: Saved
    worktree: Path
    new_branch: str | None
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class PushedStep:
    """What of a stage was pushed to a remote, or would be; `is_new` where that lacked it."""

    stage: Stage
    saved: Saved
    remote: str
    is_new: bool


def plan_restore(facts: Facts, stage: Stage, time: str | None) -> RestoreStep:
    """Decide how a stage is brought back. Raises BadArgument and Refused."""
    saved = chosen_saved(facts, stage, time)
    path = facts.path(stage)
    directory = worktree_git_directory(path, facts.home.git_directory)
    if directory and restored_from(directory) == saved.ref.name:
        return RestoreStep(stage, saved, path, None, is_done=True)
    refusals = [f"stage {stage.id}: {why}" for why in _in_the_way(facts, stage, saved, path)]
    if refusals:
        raise Refused(refusals)
    return RestoreStep(stage, saved, path, None if facts.head(stage) else saved.tip)


def execute_restore(facts: Facts, step: RestoreStep, plan_path: Path) -> None:
    """Carry it out. Must run under the repository lock. Raises GitError and OSError."""
    root, path = facts.home.root, step.worktree
    draft = restoring_path(path)
    if is_unfinished(draft.parent):  # a killed run had only begun
        shutil.rmtree(draft.parent)
    if step.is_done:
        return
    exclude_pointer(facts.home)
    draft.parent.mkdir(parents=True, exist_ok=True)
    commit = step.saved.ref.parents[0] if step.saved.is_snapshot else step.saved.tip
    gitworktrees.add_locked(root, draft, commit, RESTORING)
    directory = worktree_git_directory(draft, facts.home.git_directory)
    if directory is None:
        raise FileNotFoundError(f"git has not made {draft}")
    if step.new_branch:
        gitrefs.update_refs(root, _branch(facts, step, step.new_branch))
    branch = HEADS + step.stage.branch
    if step.saved.is_snapshot:
        thaw(root, step.saved.ref.object_id, draft, directory)
        _require_free_head(facts, step, directory, commit)
    else:
        gitworktrees.check_out(draft, None)
        (directory / "HEAD").write_text(f"ref: {branch}\n", encoding="utf-8")
    (directory / RESTORED).write_text(f"{step.saved.ref.name}\n", encoding="utf-8")
    write_pointer(draft, plan_path, path)
    _take_place(draft, path, directory)
    initialise(facts.home, path)
    gitworktrees.unlock(root, path)


def chosen_saved(facts: Facts, stage: Stage, time: str | None) -> Saved:
    """Return what was saved of a stage at a time, or else last. Raises BadArgument and Refused."""
    every = facts.saved(stage)
    if not every:
        setup = f"plan-worktree setup {quote(facts.plan.plan_id)} {quote(stage.id)}"
        raise Refused([f"stage {stage.id}: nothing of it is saved: {setup}"])
    chosen = next((saved for saved in every if time in (None, saved.time)), None)
    if chosen is None:
        times = ", ".join(saved.time for saved in every[:5])
        raise BadArgument(f"nothing of stage {stage.id} was saved at {time}; there is {times}")
    return chosen


def _in_the_way(facts: Facts, stage: Stage, saved: Saved, path: Path) -> Sequence[str]:
    plan, name = quote(facts.plan.plan_id), quote(stage.id)
    entry = facts.worktree_at(path) or facts.worktree_on(stage.branch)
    if entry and (facts.is_whole(entry) or entry.path.exists()):
        return [f"it has a worktree, {entry.path}: plan-worktree remove {plan} {name}"]
    if entry:
        advice = f"plan-worktree remove --gone {plan} {name}"
        return [f"git still knows its worktree {entry.path}, which is gone: {advice}"]
    found = [why for why in (blocking_ref(facts, stage), unusable(facts, path)) if why]
    draft = restoring_path(path).parent
    if os.path.lexists(draft) and not is_unfinished(draft):
        found.append(f"{draft} is in the way: mv {quote(str(draft))} ELSEWHERE")
    head = facts.head(stage)
    if head and not facts.base(stage):
        found.append(f"branch {stage.branch} exists and was not made by this plan")
    elif head and head != saved.tip:
        aside = quote(str(path.with_name(f"{path.name}-saved")))
        found.append(
            f"branch {stage.branch} has moved since it was saved: to look at what was saved, "
            f"git worktree add --detach {aside} {saved.ref.object_id[:12]}"
        )
    return found


def _branch(facts: Facts, step: RestoreStep, tip: str) -> list[tuple[str, ...]]:
    branch = ("create", HEADS + step.stage.branch, tip)
    if facts.base(step.stage):
        return [branch]
    # Killed half-way, git leaves the first: a branch without a base would be somebody else's.
    return [("create", base_ref(facts.plan, step.stage), tip), branch]


def _require_free_head(facts: Facts, step: RestoreStep, directory: Path, commit: str) -> None:
    """Detach HEAD when it was at another branch that has moved, or is checked out elsewhere."""
    branch = raw_head(directory).removeprefix("ref: ")
    if branch in (HEADS + step.stage.branch, commit):
        return
    tip = facts.refs.get(branch)
    used = facts.worktree_on(branch.removeprefix(HEADS))
    if used or tip is None or tip.object_id != commit:
        (directory / "HEAD").write_text(f"{commit}\n", encoding="ascii")


def _take_place(draft: Path, path: Path, directory: Path) -> None:
    """Move a whole worktree to where it belongs; git is told before (gitrepository-layout(5))."""
    mounted = path.is_mount()
    if path.is_dir() and not mounted:
        path.rmdir()
    named = directory / "gitdir.new"
    named.write_bytes(os.fsencode(path / ".git") + b"\n")
    named.replace(directory / "gitdir")
    if mounted:
        for child in sorted(draft.iterdir(), reverse=True):
            shutil.move(child, path / child.name, copy_function=shutil.copy2)
        draft.rmdir()
        refresh(path)
    else:
        draft.rename(path)
    with suppress(OSError):  # somebody has put something there
        draft.parent.rmdir()


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """What the caller asks for; of what was saved of a stage, the newest or that of a `time`."""

    plan: str | None
    stage: str
    time: str | None = None
    dry_run: bool = False


def run_restore(options: RestoreOptions, start: Path, progress: Progress) -> RestoreStep:
    """Bring a stage back, or in a dry run return what would be. Raises like `run_setup`."""
    found = open_plan(options.plan, start)
    if not options.dry_run:
        fetch_saved(found, select(found.plan, [options.stage])[0], options.time, progress)
    with changing(found, progress, dry_run=options.dry_run) as (opened, facts):
        (stage,) = select(opened.plan, [options.stage])
        step = plan_restore(facts, stage, options.time)
        if not options.dry_run:
            execute_restore(facts, step, opened.path)
            give_missing_slot(facts, stage, step.worktree, progress)
    return step


def run_push(options: RestoreOptions, start: Path) -> PushedStep:
    """Push what is saved of a stage, so that another clone can bring it back.

    Raises BadArgument, Refused, GitError and OSError.
    """
    found = open_plan(options.plan, start)
    (stage,) = select(found.plan, [options.stage])
    share = require_share(found)
    saved = chosen_saved(facts_for_reading(found), stage, options.time)
    is_new = push_saved(share, stage, saved, dry_run=options.dry_run)
    return PushedStep(stage, saved, share.remote, is_new)


def saved_stages(
    written: str | None, names: Sequence[str], start: Path
) -> list[tuple[Stage, Saved]]:
    """Return what is saved of a plan's stages, the newest first. Raises like `run_setup`."""
    opened = open_plan(written, start)
    facts = facts_for_reading(opened)
    wanted = select(opened.plan, names)
    return [(stage, saved) for stage in wanted for saved in facts.saved(stage)]
