"""What landings will do to home's files, and which uncommitted files they would overwrite."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.move_worktree import obstacles
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.objects.changes import changes_between
from plan_worktree.landing.planned_landing import Landing
from plan_worktree.project.refusal import Code, Reason
from plan_worktree.state.branches.ends import trees_of
from plan_worktree.state.repository.facts import Facts


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
    said = f"stage {landing.stage.id} changes {path}, edited in home: {undo}"
    return Reason(said, Code.DIRTY)
