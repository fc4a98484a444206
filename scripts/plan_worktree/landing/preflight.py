"""Where stages land: home, with the target checked out and nothing in the way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.advance import obstacles
from plan_worktree.change.unfinished_landing import is_plan_path
from plan_worktree.git import repository
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.changes import changes_between
from plan_worktree.git.files import operation_in_progress, rebased_branch, worktree_git_directory
from plan_worktree.landing.landing import Landing
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.state.ends import trees_of
from plan_worktree.state.facts import Facts


def require_free_target(opened: Opened, facts: Facts) -> None:
    """Raise Refused when the target is checked out somewhere: no files would follow it there."""
    name, plan = (facts.target or "").removeprefix(HEADS), quote(opened.plan.plan_id)
    if users := target_users(facts):
        raise Refused(
            f"{name} is checked out in {user.path}, whose files would not follow: "
            f"plan-worktree merge {plan}"
            for user in users
        )


def require_target_in_home(opened: Opened, facts: Facts, changed: gitworktrees.Unlike) -> None:
    """Raise Refused when stages cannot land in home, where paths are `changed`."""
    root = facts.home.root
    name, there = (facts.target or "").removeprefix(HEADS), quote(str(root))
    shown = _called(opened, facts.home)
    if doing := operation_in_progress(facts.home.own_directory):
        raise Refused([f"{shown} is in the middle of {doing}: finish it: git -C {there} status"])
    options = repository.settings(root, r"^branch\..*\.mergeoptions$")
    chosen = options.get(f"branch.{name}.mergeoptions", "").split()
    if any(word.startswith(("-s", "-X", "--strategy")) for word in chosen):
        unset = f"git -C {there} config --unset {quote(f'branch.{name}.mergeOptions')}"
        raise Refused([f"{name} is merged by a strategy that cannot be predicted: {unset}"])
    if reasons := list(changes_in_home(opened, facts.home, changed)):
        raise Refused(reasons)


def _called(opened: Opened, home: Home) -> str:
    """Return what people call the place where stages land."""
    return "home" if home.root == opened.require_home().root else str(home.root)


def target_users(facts: Facts) -> list[gitworktrees.Worktree]:
    """Return the worktrees that have the target checked out, or will when a rebase has ended."""
    target = facts.target or ""
    return [
        entry
        for entry in facts.worktrees.values()
        if target in (entry.branch, _rebased(facts, entry))
    ]


def _rebased(facts: Facts, entry: gitworktrees.Worktree) -> str | None:
    """Return the branch that a worktree will have again when its rebase has ended."""
    directory = worktree_git_directory(entry.path, facts.home.git_directory)
    if entry.path == facts.home.root:
        directory = facts.home.own_directory
    return rebased_branch(directory) if directory else None


def changes_in_home(opened: Opened, home: Home, changed: gitworktrees.Unlike) -> Iterator[str]:
    """Yield what keeps git from merging where stages land: all that is changed, but for plans."""
    plan, name = os.path.realpath(opened.path), _called(opened, home)
    there = quote(str(home.root))
    others = [path for path in changed.paths if not is_plan_path(home, plan, path)]
    if others:
        shown = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        yield (
            f"{name} has changes that are in no commit: {shown}: commit them, or "
            f"git -C {there} stash"
        )
    elif changed.staged:
        shown, first = ", ".join(changed.staged[:5]), quote(changed.staged[0])
        yield (
            f"{shown} is staged in {name}, and git merges only where nothing is: commit it, or "
            f"git -C {there} restore --staged {first}"
        )


class InHome(NamedTuple):
    """What landings do to home's files, by stage.

    `changes` are the files that each changes, with the letters of `changes_between`; `hindrances`
    say in words which files that are in no commit each would overwrite.
    """

    changes: dict[str, dict[str, str]]
    hindrances: dict[str, list[str]]


def foresee_in_home(
    facts: Facts, landings: Sequence[Landing], changed: gitworktrees.Unlike
) -> InHome:
    """Return which files of home the landings change, and which edits they would overwrite.

    `changed` are the uncommitted changes in home. Home must stand on the target's commit. Raises
    GitError.
    """
    good = [landing for landing in landings if landing.reason is None]
    if not good:
        return InHome({}, {})
    root, at = facts.home.root, facts.target_commit or ""
    trees = [trees_of(facts, [at])[at], *(landing.tree for landing in good)]
    steps, sums = list(pairwise(trees)), [(trees[0], tree) for tree in trees[1:]]
    changes = changes_between(root, [*steps, *sums])
    edited = set(changed.paths)
    reasons: dict[str, list[str]] = {}
    told: set[str] = set()
    for landing, step, since in zip(good, steps, sums, strict=True):
        standing = dict.fromkeys(obstacles(root, changes[since]))
        reasons[landing.stage.id] = [
            *(overwritten(root, path) for path in standing if path not in told),
            *(_edited(root, landing, path) for path in sorted(edited & changes[step].keys())),
        ]
        told.update(standing)
    return InHome(
        {landing.stage.id: changes[step] for landing, step in zip(good, steps, strict=True)},
        {stage: found for stage, found in reasons.items() if found},
    )


def overwritten(root: Path, path: str) -> str:
    """Say that a file in a worktree's root, in no commit, is in the way."""
    return (
        f"{path} in {root} is in no commit and would be overwritten: "
        f"mv {quote(str(root / path))} ELSEWHERE"
    )


def _edited(root: Path, landing: Landing, path: str) -> str:
    undo = f"git -C {quote(str(root))} stash push -- {quote(path)}"
    return f"stage {landing.stage.id} changes {path}, edited in home: {undo}"
