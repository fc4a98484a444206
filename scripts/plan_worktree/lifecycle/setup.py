"""setup: a worktree and a branch for every stage.

Planning decides from facts what each stage needs and refuses, before the first change, when
anything foreign is in the way. Executing creates branch and base ref in one transaction, so a
branch of ours always has its base ref: that is how a foreign branch is told from one of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from plan_worktree.cores import cores
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import GitError
from plan_worktree.lifecycle.making import (
    Percentage,
    Supplies,
    Waiting,
    furnish,
    supplies,
    write_files,
)
from plan_worktree.plan.model import Stage
from plan_worktree.project.home import POINTER
from plan_worktree.project.hooks import HookError
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS, base_ref, target_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.state.facts import Facts
from plan_worktree.state.obstacles import in_the_way, moved_here, moved_target, no_target
from plan_worktree.worktrees.half_made import holds_nothing, is_untouched
from plan_worktree.worktrees.marks import MAKING, call_rubbish, free_removed_path, is_half_made
from plan_worktree.worktrees.pointer import exclude_pointer, write_pointer
from plan_worktree.worktrees.rubbish import delete_rubbish, forget

Failure = (GitError, HookError, OSError)


class Action(StrEnum):
    """What setup does, or did, for a stage."""

    CREATED = "created"
    KEPT = "kept"
    REPAIRED = "repaired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One stage's part of a setup. `base` is the commit its branch starts or started from.

    `is_new` when its worktree is made, or made whole, in this run.
    """

    stage: Stage
    action: Action
    worktree: Path
    base: str
    new_branch: bool
    is_new: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom setup tells how it goes: of waiting, of each stage's percentage, of each step done.

    Of percentages only when somebody looks on.
    """

    waiting: Waiting
    done: Callable[[Step], None]
    percentage: Callable[[str, int], None] | None = None

    def of_stage(self, stage: Stage) -> Percentage | None:
        """Return whom to tell the percentage of one stage."""
        tell = self.percentage
        return None if tell is None else lambda percent: tell(stage.id, percent)


def plan_setup(
    facts: Facts,
    stages: Sequence[Stage],
    find_bases: Callable[[Sequence[Stage], str], Mapping[str, str]],
) -> list[Step]:
    """Decide what each stage needs. Raises Refused, naming everything that is in the way.

    `find_bases` is asked where new branches start; it is given the target's commit.
    """
    target = facts.target_commit
    homeless = no_target(facts)
    if homeless or target is None:
        raise Refused([homeless or ""])
    refusals = [moved] if (moved := moved_target(facts)) else []
    found = ((stage, in_the_way(facts, stage)) for stage in stages)
    refusals += [f"stage {stage.id}: {why}" for stage, why in found if why]
    if refusals:
        raise Refused(refusals)
    bases = find_bases([stage for stage in stages if facts.head(stage) is None], target)
    return [_step(facts, stage, bases.get(stage.id)) for stage in stages]


def execute_setup(
    facts: Facts, steps: Sequence[Step], plan_path: Path, watcher: Watcher
) -> list[Step]:
    """Carry out the steps. A stage that fails does not stop the others.

    Must run under the repository lock, on facts read under it.
    """
    if all(step.action is Action.KEPT for step in steps):
        return list(_kept(steps, plan_path, watcher))
    results = {step.stage.id: step for step in _kept(steps, plan_path, watcher)}
    begun = [step for step in steps if step.action is not Action.KEPT]
    try:
        _record_target(facts, watcher.waiting)
    except GitError as error:
        # A stage without a recorded target would land in whatever home has checked out later.
        for step in begun:
            results[step.stage.id] = _failed(step, error)
            watcher.done(results[step.stage.id])
        return [results[step.stage.id] for step in steps]
    exclude_pointer(facts.home)
    given = supplies(facts.home, plan_path)
    # While one is being registered, git cannot list the worktrees (a half-written entry is an
    # error), and unlocking or a hook does: so nothing is filled before all are registered.
    ready = [_registered(facts, given, step, watcher) for step in begun]
    with ThreadPoolExecutor(cores()) as pool:
        filling = [pool.submit(fill) for fill in ready]
        for finished in as_completed(filling):
            results[finished.result().stage.id] = finished.result()
            watcher.done(finished.result())
    return [results[step.stage.id] for step in steps]


def _record_target(facts: Facts, waiting: Waiting) -> None:
    if not facts.target_recorded and facts.target:
        root, name, target = facts.home.root, target_ref(facts.plan.plan_id), facts.target
        patiently(lambda: gitrefs.set_symbolic_ref(root, name, target), waiting)


def _registered(facts: Facts, given: Supplies, step: Step, watcher: Watcher) -> Callable[[], Step]:
    """Do now what changes the repository; return what is left: to fill a directory."""
    try:
        if moved_here(facts, step.stage):
            gitworktrees.repair(facts.home.root, step.worktree)
            pointer = step.worktree / POINTER
            if pointer.is_symlink() and not pointer.exists():  # it led here from another place
                pointer.unlink()
            write_pointer(step.worktree, given.plan)
            return lambda: step
        begun = _begin(facts, step, watcher.waiting)
    except Failure as error:
        failed = _failed(step, error)
        return lambda: failed
    return lambda: _fill(facts, given, step, watcher, begun=begun)


def _kept(steps: Sequence[Step], plan_path: Path, watcher: Watcher) -> Iterator[Step]:
    for step in steps:
        if step.action is not Action.KEPT:
            continue
        result = step
        try:
            write_pointer(step.worktree, plan_path)
        except Failure as error:
            result = _failed(step, error)
        watcher.done(result)
        yield result


def _step(facts: Facts, stage: Stage, new_base: str | None) -> Step:
    path = facts.path(stage)
    entry = facts.worktree_at(path)
    action, is_new = Action.CREATED, True
    if entry:
        is_new = not facts.is_whole(entry)
        is_new = is_new or is_half_made(entry)
        action = Action.REPAIRED if is_new else Action.KEPT
    elif moved_here(facts, stage):
        action, is_new = Action.REPAIRED, False
    base = new_base or facts.base(stage) or facts.target_commit or ""
    return Step(stage, action, path, base, new_base is not None, is_new)


def _begin(facts: Facts, step: Step, waiting: Waiting) -> bool:
    """Make a stage's branch and register its worktree; tell whether it had been begun before."""
    home, path = facts.home, step.worktree
    entry = facts.worktree_at(path)
    if entry and facts.is_whole(entry):
        if not is_untouched(path):
            return True
        (path / ".git").unlink()
    if entry:  # at most an empty folder is there
        if path.is_dir():
            path.rmdir()
        forget(home.git_directory, path)
    if step.new_branch:
        commands = _new_branch(facts, step)
        patiently(lambda: gitrefs.update_refs(home.root, commands), waiting)
    try:
        patiently(
            lambda: gitworktrees.add_locked(home.root, path, step.stage.branch, MAKING), waiting
        )
    except GitError:
        if worktree_git_directory(path, home.git_directory) is None:
            _take_branch_back(facts, step, waiting)
        raise
    return False


def _new_branch(facts: Facts, step: Step) -> list[tuple[str, ...]]:
    pinned, old = base_ref(facts.plan, step.stage), facts.base(step.stage)
    branch = ("create", HEADS + step.stage.branch, step.base)
    # Killed half-way, git leaves the first: a base without a branch is no obstacle.
    if old:  # its branch was deleted by hand: the stage starts afresh
        return [("update", pinned, step.base, old), branch]
    return [("create", pinned, step.base), branch]


def _fill(facts: Facts, given: Supplies, step: Step, watcher: Watcher, *, begun: bool) -> Step:
    home, path = facts.home, step.worktree
    percentage = watcher.of_stage(step.stage)
    try:
        write_files(home, path, begun=begun, waiting=watcher.waiting, percentage=percentage)
    except Failure as error:
        if not begun:
            _roll_back(facts, step, watcher.waiting)
        return _failed(step, error)
    try:
        furnish(given, path)
    except Failure as error:
        return _failed(step, error)
    return step


def _roll_back(facts: Facts, step: Step, waiting: Waiting) -> None:
    """Take a worktree away whose checkout failed, unless somebody has put something into it."""
    path, home = step.worktree, facts.home
    with suppress(*Failure):  # then it stays, half-made, for the next run
        if not holds_nothing(home, path):
            return
        away = path.rename(free_removed_path(path))
        if not holds_nothing(home, away):  # it came in between
            away.rename(path)
            return
        call_rubbish(away, home.git_directory)
        forget(home.git_directory, path)
        _take_branch_back(facts, step, waiting)
        delete_rubbish(away)


def _take_branch_back(facts: Facts, step: Step, waiting: Waiting) -> None:
    """Delete a branch that was made just now, unless it has got commits since."""
    if step.new_branch:
        names = (HEADS + step.stage.branch, base_ref(facts.plan, step.stage))
        commands = [("delete", name, step.base) for name in names]
        # Several stages may be taken back at once, and each needs git's lock on packed refs.
        patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)


def _failed(step: Step, error: Exception) -> Step:
    return replace(step, action=Action.FAILED, is_new=False, error=str(error))
