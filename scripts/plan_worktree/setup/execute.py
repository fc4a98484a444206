"""Carries a setup out: branches and worktrees one after the other, then their files at once.

Registering worktrees changes what they share, so only one is registered at a time. A stage that
fails is taken back as far as nobody has put something into it, and does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import GitError
from plan_worktree.project.lock import patiently
from plan_worktree.project.names import POINTER
from plan_worktree.project.processes import cores
from plan_worktree.project.ref_names import HEADS, base_ref, target_ref
from plan_worktree.project.variables import first_port, ports_words, stage_variables
from plan_worktree.setup.populate import (
    Extras,
    Waiting,
    populate,
    read_extras,
    write_files,
)
from plan_worktree.setup.slots import free_slot, give_slots, write_file
from plan_worktree.setup.step import Action, Step, Watcher
from plan_worktree.state.obstacles import moved_here
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.slots import slot_of
from plan_worktree.worktrees.deletion import delete_removed, drop_entry
from plan_worktree.worktrees.environment_file import exclude_environment_file
from plan_worktree.worktrees.finish_half_made import holds_nothing, is_untouched
from plan_worktree.worktrees.lock_marks import MAKING, free_removed_path, mark_removed
from plan_worktree.worktrees.pointer import exclude_pointer, write_pointer

Failure = (GitError, OSError)


def execute_setup(
    facts: Facts, steps: Sequence[Step], plan_path: Path, watcher: Watcher
) -> list[Step]:
    """Carry out the steps. A stage that fails does not stop the others.

    Must run under the repository lock, on facts read under it.
    """
    exclude_environment_file(facts.home)
    begun = [step for step in steps if step.action is not Action.KEPT]
    kept = list(_kept(facts, [s for s in steps if s.action is Action.KEPT], plan_path, watcher))
    if not begun:
        return kept
    results = {step.stage.id: step for step in kept}
    try:
        _record_target(facts, watcher.waiting)
    except GitError as error:
        # A stage without a recorded target would land in whatever home has checked out later.
        for step in begun:
            results[step.stage.id] = _failed(step, error)
            watcher.done(results[step.stage.id])
        return [results[step.stage.id] for step in steps]
    exclude_pointer(facts.home)
    extras = read_extras(facts.home, plan_path)
    # While one is being registered, git cannot list the worktrees (a half-written entry is an
    # error), and unlocking or a hook does: so nothing is filled before all are registered.
    ready = [_registered(facts, extras, step, watcher) for step in begun]
    facts = give_slots(facts, {s.stage.id: s.worktree for s in begun}, watcher.waiting)
    with ThreadPoolExecutor(cores()) as pool:
        filling = [pool.submit(fill, facts) for fill in ready]
        for finished in as_completed(filling):
            results[finished.result().stage.id] = finished.result()
            watcher.done(finished.result())
    return [results[step.stage.id] for step in steps]


def _record_target(facts: Facts, waiting: Waiting) -> None:
    """Write the plan's target down at its first setup. Raises GitError."""
    if not facts.target_recorded and facts.target:
        root, name, target = facts.home.root, target_ref(facts.plan.plan_id), facts.target
        patiently(lambda: gitrefs.set_symbolic_ref(root, name, target), waiting)


def _registered(
    facts: Facts, extras: Extras, step: Step, watcher: Watcher
) -> Callable[[Facts], Step]:
    """Do now what changes the repository; return what is left: to fill a directory.

    What is left is done with facts in which the stage has a slot.
    """
    try:
        if moved_here(facts, step.stage):
            gitworktrees.repair(facts.home.root, step.worktree)
            pointer = step.worktree / POINTER
            if pointer.is_symlink() and not pointer.exists():  # it led here from another place
                pointer.unlink()
            write_pointer(step.worktree, extras.plan)
            return lambda slotted: _with_file(slotted, step)
        begun = _begin(facts, step, watcher.waiting)
    except Failure as error:
        failed = _failed(step, error)
        return lambda _: failed
    return lambda slotted: _fill(slotted, extras, step, watcher, begun=begun)


def _kept(facts: Facts, steps: Sequence[Step], plan_path: Path, watcher: Watcher) -> Iterator[Step]:
    facts = give_slots(facts, {s.stage.id: s.worktree for s in steps}, watcher.waiting)
    for step in steps:
        try:
            write_pointer(step.worktree, plan_path)
            result = _with_file(facts, step)
        except Failure as error:
            result = _failed(step, error)
        watcher.done(result)
        yield result


def _with_file(facts: Facts, step: Step) -> Step:
    """Write a worktree's file of variables; return the step with what came of that."""
    slot = slot_of(facts, step.stage, step.worktree)
    if slot is not None and step.is_new and first_port(slot) is None:
        step = step.warned(f"its slot is {slot}, and {ports_words(slot)}")
    return replace(step, slot=slot, no_file=write_file(facts, step.stage, step.worktree))


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
        drop_entry(home.git_directory, path)
    if step.new_branch:
        commands = _new_branch(facts, step)
        patiently(lambda: gitrefs.update_refs(home.root, commands), waiting)
    if taken := step.taken:
        branch = step.stage.branch
        patiently(lambda: gitrefs.follow(home.root, branch, taken.remote, taken.branch), waiting)
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
    branch = ("create", HEADS + step.stage.branch, step.tip)
    # Killed half-way, git leaves the first: a base without a branch is no obstacle.
    if old:  # its branch was deleted by hand: the stage starts afresh
        return [("update", pinned, step.base, old), branch]
    return [("create", pinned, step.base), branch]


def _fill(facts: Facts, extras: Extras, step: Step, watcher: Watcher, *, begun: bool) -> Step:
    home, path = facts.home, step.worktree
    percentage = watcher.of_stage(step.stage)
    try:
        write_files(home, path, begun=begun, waiting=watcher.waiting, percentage=percentage)
    except Failure as error:
        if not begun:
            _roll_back(facts, step, watcher.waiting)
        return _failed(step, error)
    try:
        slot = slot_of(facts, step.stage, path)
        variables = stage_variables(home.root, facts.plan.plan_id, step.stage.id, slot)
        step = replace(step, given=populate(extras, path, variables))
        step = _with_file(facts, step)
        gitworktrees.unlock(home.root, path)
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
        mark_removed(away, home.git_directory)
        drop_entry(home.git_directory, path)
        _take_branch_back(facts, step, waiting)
        free_slot(facts, step.stage, waiting)
        delete_removed(away)


def _take_branch_back(facts: Facts, step: Step, waiting: Waiting) -> None:
    """Delete a branch that was made just now, unless it has got commits since."""
    if not step.new_branch:
        return
    pinned, old = base_ref(facts.plan, step.stage), facts.base(step.stage)
    branch = ("delete", HEADS + step.stage.branch, step.tip)
    base = ("update", pinned, old, step.base) if old else ("delete", pinned, step.base)
    # One after the other: git deletes in any order, and a branch without a base would be somebody
    # else's. Several stages may be taken back at once, and each needs git's lock on packed refs.
    patiently(lambda: gitrefs.update_refs(facts.home.root, [branch]), waiting)
    patiently(lambda: gitrefs.update_refs(facts.home.root, [base]), waiting)


def _failed(step: Step, error: Exception) -> Step:
    return replace(step, action=Action.FAILED, is_new=False, error=str(error))
