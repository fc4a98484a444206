"""What of a stage is gone while the rest of it stands: its branch, or its worktree's directory.

Git takes a HEAD whose branch is gone for the beginning of a history of its own: the next commit
there would have no parent, and no merge would accept it.
"""

from __future__ import annotations

from shlex import quote

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import (
    entry_of_gone_worktree,
    last_head,
    operation_in_progress,
    worktree_git_directory,
)
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS
from plan_worktree.state.repository.facts import Facts
from plan_worktree.worktrees.lock_marks import is_half_made


def vanished_branch(facts: Facts, stage: Stage, entry: gitworktrees.Worktree) -> str | None:
    """Say that a stage's branch is gone and its worktree has a branch without a commit, or None.

    The stage's branch gets the commit again that the worktree was at, or else its base.
    """
    if entry.branch is None or not facts.refs.keys().isdisjoint(
        (entry.branch, HEADS + stage.branch)
    ):
        return None
    common = facts.home.git_directory
    directory = worktree_git_directory(entry.path, common)
    directory = directory or entry_of_gone_worktree(entry.path, common)
    commit = (directory and last_head(directory)) or facts.base(stage)
    if commit is None:
        return None
    where = f"is checked out in {entry.path} and is gone"
    if entry.branch != HEADS + stage.branch:
        where = f"is gone, and {entry.path} has a branch without a commit checked out"
    return f"branch {stage.branch} {where}: git branch {quote(stage.branch)} {commit[:12]}"


def kept_in_gone(facts: Facts, listed: gitworktrees.Worktree) -> str | None:
    """Say what would be lost with git's entry for a worktree whose directory is gone, or None.

    `listed` is the worktree as git lists it. Lost would be an unfinished merge or rebase, a HEAD
    on no branch, or staged changes. Raises GitError.
    """
    path, common = listed.path, facts.home.git_directory
    remains = entry_of_gone_worktree(path, common)
    if remains is None or worktree_git_directory(path, common):
        return None
    has_index = (remains / "index").exists()
    if is_half_made(listed) and not has_index:
        return None
    tips = {ref.object_id for name, ref in facts.refs.items() if name.startswith(HEADS)}
    if doing := operation_in_progress(remains):
        what = f"it was in the middle of {doing}"
    elif listed.branch is None and listed.head not in tips:
        head = listed.head or ""
        keep = f"git branch kept-{head[:10]} {head[:12]}"
        return (
            f"the worktree {path} is gone, but its HEAD is at a commit that may be on no branch: "
            f"if it was moved, git worktree repair ITS-NEW-PATH; else keep the commit: {keep}"
        )
    elif has_index and gitworktrees.has_staged_changes(remains):
        what = "changes were staged in it"
    else:
        return None
    return (
        f"the worktree {path} is gone, but {what}: if it was moved, git worktree repair "
        f"ITS-NEW-PATH; to drop that, git worktree remove {quote(str(path))}"
    )
