"""How home leaves a stage's branch, or a detached HEAD, and loses nothing by that."""

from __future__ import annotations

import os
from shlex import quote

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.objects.changes import changed_files
from plan_worktree.git.objects.commits import is_ancestor
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS
from plan_worktree.state.repository.facts import Facts


def in_home(facts: Facts, stage: Stage) -> str:
    """Say that home has a stage's branch checked out, and how to leave it."""
    leave = f"git -C {quote(str(facts.home.root))} switch"
    other = (facts.target or "").removeprefix(HEADS)
    ref = facts.refs.get(HEADS + other)
    if ref is None or facts.worktree_on(other) or _is_edited(facts, stage, ref.object_id):
        return f"branch {stage.branch} is checked out in home: {leave} --detach"
    return f"branch {stage.branch} is checked out in home: {leave} {quote(other)}"


def _is_edited(facts: Facts, stage: Stage, commit: str) -> bool:
    """Tell whether home, on a stage's branch, has files in no commit that a commit has otherwise.

    Git does not switch over them, or overwrites what it ignores.
    """
    root, head = facts.home.root, facts.head(stage)
    between = changed_files(root, head, commit) if head else {}
    if any(letter == "A" and os.path.lexists(root / path) for path, letter in between.items()):
        return True
    found = gitworktrees.changes(root)
    return not between.keys().isdisjoint((*found.tracked, *found.untracked))


def leave_detached(facts: Facts) -> str:
    """Return the command with which home leaves its detached HEAD, whose commits are kept."""
    git, home = f"git -C {quote(str(facts.home.root))}", facts.worktree_at(facts.home.root)
    names = (name for name in ("main", "master") if not facts.worktree_on(name))
    ref = next((facts.refs[HEADS + name] for name in names if HEADS + name in facts.refs), None)
    if ref is None:
        return f"{git} switch BRANCH"
    switch = f"{git} switch {ref.name.removeprefix(HEADS)}"
    if not home or not home.head or is_ancestor(facts.home.root, home.head, ref.object_id):
        return switch
    return f"{git} branch kept-{home.head[:10]} && {switch}"
