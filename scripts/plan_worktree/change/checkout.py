"""The worktree in which somebody works on a stage, found whole and on the stage's branch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.index import diff_files, entries
from plan_worktree.plan.model import Stage
from plan_worktree.project.refusal import Code, Reason, Refused, about
from plan_worktree.state.drift import drift
from plan_worktree.state.leaving_branch import in_home
from plan_worktree.state.obstacles import operation, other_branch
from plan_worktree.state.repository.facts import Facts
from plan_worktree.worktrees.finish_half_made import draft_index
from plan_worktree.worktrees.lock_marks import is_half_made


class Checkout(NamedTuple):
    """A stage's worktree, its git directory, its branch, and the tip of that branch."""

    path: Path
    git_directory: Path
    branch: str
    head: str


def stage_checkout(facts: Facts, stage: Stage) -> Checkout:
    """Return where a stage is worked on. Raises Refused with what is wrong there."""
    why = not_workable(facts, stage)
    if why:
        raise Refused([about(f"stage {stage.id}", why)])
    return checkout_of(facts, stage)


def checkout_of(facts: Facts, stage: Stage) -> Checkout:
    """Return where a stage is worked on, when `not_workable` has nothing against it."""
    entry, head = facts.worktree_of(stage), facts.head(stage)
    directory = entry and worktree_git_directory(entry.path, facts.home.git_directory)
    if not (entry and directory and head):
        raise Refused([f"stage {stage.id}: its worktree has just vanished: run it again"])
    return Checkout(entry.path, directory, stage.branch, head)


def not_workable(facts: Facts, stage: Stage) -> str | None:
    """Say why nobody can work on a stage where it should be, or None."""
    found = drift(facts, stage)
    entry = facts.worktree_of(stage)
    plan = quote(facts.plan.plan_id)
    if found:
        return f"drift: {found}"
    if entry and entry.path == facts.home.root:
        return in_home(facts, stage)
    if entry is None and any(saved.is_snapshot for saved in facts.saved(stage)):
        return f"its worktree was removed and saved: plan-worktree restore {plan} {stage.id}"
    if entry is None or facts.head(stage) is None:
        return f"it has no worktree: plan-worktree setup {plan} {stage.id}"
    if not facts.is_whole(entry):
        return f"its worktree {entry.path} is gone: plan-worktree setup {plan} {stage.id}"
    if is_half_made(entry):
        return f"its worktree is only half made: plan-worktree setup {plan} {stage.id}"
    doing = operation(facts, entry)
    if doing:
        there = quote(str(entry.path))
        return f"its worktree is in the middle of {doing}: finish it: git -C {there} status"
    return other_branch(facts, stage, entry)


def hidden(checkout: Checkout) -> Iterator[str]:
    """Yield what differs from the last commit and is hidden from ``git status``, in words.

    Files can be marked so by git-update-index(1), "--assume-unchanged" and "--skip-worktree".
    Raises GitError.
    """
    listed = entries(checkout.path)
    marked = {entry.path: entry for entry in listed if entry.is_skipped or entry.is_assumed}
    present = [path for path in marked if os.path.lexists(checkout.path / path)]
    if not present:
        return
    there = quote(str(checkout.path))
    draft = draft_index(checkout.path, checkout.git_directory)
    changed = set(diff_files(checkout.path, draft))
    draft.unlink()
    for path in present:
        if path in changed:
            flag = "assume-unchanged" if marked[path].is_assumed else "skip-worktree"
            show = f"git -C {there} update-index --no-{flag} {quote(path)}"
            said = f"{path} is changed and hidden from git; show it, then commit it: {show}"
            yield Reason(said, Code.DIRTY, show)


def dirt(
    checkout: Checkout,
    plan_path: Path,
    root: Path,
    *,
    untracked: bool = True,
    refresh: bool = False,
) -> Iterator[str]:
    """Yield a sentence about the uncommitted files of a worktree, if the worktree has any.

    `plan_path` is the plan's file and `root` is home: an edited copy of the plan in the worktree
    gets a sentence of its own. Without `untracked` only tracked files count. For `refresh` see
    `gitworktrees.changes`. Raises GitError.
    """
    found = gitworktrees.changes(checkout.path, refresh=refresh)
    paths = (*found.tracked, *(found.untracked if untracked else ()))
    if not paths:
        return
    shown = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    there = quote(str(checkout.path))
    try:
        own = plan_path.relative_to(root).as_posix()
    except ValueError:
        own = ""
    if own in paths:
        stash = f"git -C {there} stash push --include-untracked -- {quote(own)}"
        edited = f"its copy of the plan was edited; edit {plan_path} instead: {stash}"
        yield Reason(edited, Code.DIRTY, stash)
        return
    verb = "is" if len(paths) == 1 else "are"
    see = f"git -C {there} status"
    advice = f"commit, or take away what should not stay: {see}"
    yield Reason(f"{shown} {verb} in no commit: {advice}", Code.DIRTY, see)
