"""setup: a worktree and a branch for every stage.

Planning decides from facts what each stage needs and refuses, before the first change, when
anything foreign is in the way. Executing creates branch and base ref in one transaction, so a
branch of ours always has its base ref: that is how a foreign branch is told from one of ours.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from plan_worktree import git
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.pointer import exclude_pointer, write_pointer
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
    if facts.target_commit is None or facts.target is None:
        raise Refused([_no_target(facts)])
    refusals = [*_moved_target(facts)]
    steps = []
    for stage in stages:
        refusal = _in_the_way(facts, stage)
        if refusal:
            refusals.append(f"stage {stage.id}: {refusal}")
        else:
            steps.append(_step(facts, stage, facts.target_commit))
    if refusals:
        raise Refused(refusals)
    return steps


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
        if step.action is not Action.KEPT:
            try:
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
        action = Action.KEPT if path.is_dir() else Action.REPAIRED
    is_new = facts.head(stage) is None
    base = target_commit if is_new else facts.base(stage) or target_commit
    return Step(stage, action, path, base, is_new)


def _in_the_way(facts: Facts, stage: Stage) -> str | None:
    """Say what keeps a stage from being set up, or None. First what git knows, then the disk."""
    path = facts.path(stage)
    entry = facts.worktree_at(path)
    elsewhere = facts.worktree_on(stage.branch)
    if entry and entry.branch != HEADS + stage.branch:
        found = entry.branch.removeprefix(HEADS) if entry.branch else "a detached HEAD"
        return (
            f"the worktree {path} has {found} checked out, the plan says {stage.branch}: "
            f"git -C '{path}' switch {stage.branch}"
        )
    if not entry and elsewhere:
        return (
            f"branch {stage.branch} is checked out in {elsewhere.path}, the plan says {path}: "
            f"git worktree move '{elsewhere.path}' '{path}', or change worktree_path"
        )
    if entry and entry.locked is not None and not path.is_dir():
        return f"the worktree {path} is gone but locked: git worktree unlock '{path}'"
    if facts.head(stage) and not facts.base(stage):
        return (
            f"branch {stage.branch} exists and was not made by this plan: choose another name, "
            f"or delete it when nobody needs it: git branch -d {stage.branch}"
        )
    return _blocking_ref(facts, stage) or (None if entry else _occupied(path))


def _blocking_ref(facts: Facts, stage: Stage) -> str | None:
    """Git keeps refs as files: ``a`` and ``a/b`` exclude each other."""
    name = HEADS + stage.branch
    if name in facts.refs:
        return None
    folders = (name[:end] for end, char in enumerate(name) if char == "/")
    beneath = (ref for ref in facts.refs if ref.startswith(name + "/"))
    other = next((f for f in folders if f in facts.refs), None) or next(beneath, None)
    if other is None:
        return None
    shown = other.removeprefix(HEADS)
    return f"branch {stage.branch} cannot exist beside branch {shown}: rename one of them"


def _occupied(path: Path) -> str | None:
    above = path
    while not os.path.lexists(above):
        above = above.parent
    if above != path:
        if not above.is_dir():
            return f"{above} is not a directory: choose another worktree_path"
        writable = os.access(above, os.W_OK | os.X_OK)
        return None if writable else f"{above} is not writable: choose another worktree_path"
    if not path.is_dir():
        return f"{path} is a file: move it away, or choose another worktree_path"
    if any(path.iterdir()):
        return (
            f"{path} exists and is no worktree of this plan: move it away, or choose another "
            "worktree_path"
        )
    return None


def _no_target(facts: Facts) -> str:
    if facts.target is None:
        return (
            "home has no branch checked out (detached HEAD), so there is nothing to land in: "
            'name the target with "base" in the metadata, or git switch main'
        )
    name = facts.target.removeprefix(HEADS)
    if not any(ref.startswith(HEADS) for ref in facts.refs):
        return (
            "the repository has no commit yet, so a branch has nothing to start from: "
            'git commit --allow-empty -m "Start"'
        )
    return f"the target branch {name} does not exist: git branch {name} COMMIT"


def _moved_target(facts: Facts) -> list[str]:
    wanted = facts.plan.base
    if wanted is None or facts.target == HEADS + wanted:
        return []
    recorded = (facts.target or "").removeprefix(HEADS)
    moved = (
        f"the plan says base {wanted}, but its stages were set up from {recorded}: put "
        f'"base": "{recorded}" back, or move it on purpose: '
        f"git symbolic-ref {target_ref(facts.plan.plan_id)} {HEADS}{wanted}"
    )
    return [moved]


def _make(facts: Facts, step: Step) -> None:
    """Create one stage's branch and worktree; what fails half-way is taken back."""
    root, branch = facts.home.root, HEADS + step.stage.branch
    pinned = base_ref(facts.plan, step.stage)
    if step.action is Action.REPAIRED:
        git.remove_worktree(root, step.worktree)
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
