"""setup: a worktree and a branch for every stage.

Planning decides from facts what each stage needs and refuses, before the first change, when
anything foreign is in the way. Executing creates branch and base ref in one transaction, so a
branch of ours always has its base ref: that is how a foreign branch is told from one of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from plan_worktree import git
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.halfmade import finish
from plan_worktree.lifecycle.pointer import exclude_pointer, write_pointer
from plan_worktree.lifecycle.preflight import INITIALIZING, in_the_way, moved_target, no_target
from plan_worktree.lifecycle.refs import HEADS, base_ref, target_ref
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.plan.model import Stage


class Action(StrEnum):
    """What setup does, or did, for a stage."""

    CREATED = "created"
    KEPT = "kept"
    REPAIRED = "repaired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One stage's part of a setup. `base` is the commit its branch starts or started from."""

    stage: Stage
    action: Action
    worktree: Path
    base: str
    new_branch: bool
    error: str | None = None


def plan_setup(facts: Facts, stages: Sequence[Stage]) -> list[Step]:
    """Decide what each stage needs. Raises Refused, naming everything that is in the way."""
    target = facts.target_commit
    homeless = no_target(facts)
    if homeless or target is None:
        raise Refused([homeless or ""])
    refusals = [moved] if (moved := moved_target(facts)) else []
    found = ((stage, in_the_way(facts, stage)) for stage in stages)
    refusals += [f"stage {stage.id}: {why}" for stage, why in found if why]
    if refusals:
        raise Refused(refusals)
    return [_step(facts, stage, target) for stage in stages]


def has_landed(facts: Facts, stage: Stage) -> bool:
    """Tell whether a stage was removed after its work landed: it needs no worktree any more."""
    saved = facts.saved(stage)
    if saved is None or facts.head(stage) or facts.target_commit is None:
        return False
    return git.ahead_behind(facts.home.root, saved, facts.target_commit)[0] == 0


def execute_setup(
    facts: Facts, steps: Sequence[Step], plan_path: Path, done: Callable[[Step], None]
) -> list[Step]:
    """Carry out the steps; `done` is told of each. A stage that fails does not stop the others.

    Must run under the repository lock, on facts read under it.
    """
    if any(step.action is not Action.KEPT for step in steps):
        if not facts.target_recorded and facts.target:
            git.set_symbolic_ref(facts.home.root, target_ref(facts.plan.plan_id), facts.target)
        exclude_pointer(facts.home)
    results = []
    for step in steps:
        result = step
        try:
            if step.action is not Action.KEPT:
                _make(facts, step)
            write_pointer(step.worktree, plan_path)
        except (git.GitError, OSError) as error:
            result = replace(step, action=Action.FAILED, error=str(error))
        results.append(result)
        done(result)
    return results


def _step(facts: Facts, stage: Stage, target_commit: str) -> Step:
    path = facts.path(stage)
    entry = facts.worktree_at(path)
    action = Action.CREATED
    if entry:
        whole = facts.is_whole(entry) and entry.locked != INITIALIZING
        action = Action.KEPT if whole else Action.REPAIRED
    is_new = facts.head(stage) is None
    base = target_commit if is_new else facts.base(stage) or target_commit
    return Step(stage, action, path, base, is_new)


def _make(facts: Facts, step: Step) -> None:
    """Create one stage's branch and worktree; what fails half-way is taken back."""
    root, branch = facts.home.root, HEADS + step.stage.branch
    pinned = base_ref(facts.plan, step.stage)
    entry = facts.worktree_at(step.worktree)
    if entry and facts.is_whole(entry):  # a setup was killed while files were checked out
        finish(facts.home, step.worktree)
        return
    if entry:
        _forget(facts, entry)
    if step.new_branch:
        commands: list[tuple[str, ...]] = [("create", branch, step.base)]
        if facts.base(step.stage):  # its branch was deleted by hand: the stage starts afresh
            commands.append(("update", pinned, step.base, facts.base(step.stage) or ""))
        else:
            commands.append(("create", pinned, step.base))
        git.update_refs(root, commands)
    try:
        git.add_worktree(root, step.worktree, step.stage.branch)
    except git.GitError:
        # A failing hook leaves a whole worktree behind: that one stays, and so does its branch.
        if step.new_branch and not step.worktree.exists():
            git.update_refs(root, [("delete", branch, step.base), ("delete", pinned, step.base)])
        raise


def _forget(facts: Facts, entry: git.Worktree) -> None:
    """Drop the entry of a worktree whose directory is gone; at most an empty folder is there."""
    if entry.path.is_dir():
        entry.path.rmdir()
    if entry.locked is not None:
        git.run(facts.home.root, "worktree", "unlock", "--", str(entry.path))
    git.remove_worktree(facts.home.root, entry.path)
