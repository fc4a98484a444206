"""What keeps a stage from being set up: found before the first change, each with a way out.

A plan is untrusted text and its names end up in commands that are advised, so every one of them
is quoted for the shell.
"""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import (
    entry_of_gone_worktree,
    first_line,
    named_entry,
    operation_in_progress,
    worktree_git_directory,
)
from plan_worktree.git.objects.commits import is_ancestor
from plan_worktree.plan.model import Stage
from plan_worktree.plan.planfile import load
from plan_worktree.project.names import POINTER
from plan_worktree.project.ref_names import HEADS, target_ref
from plan_worktree.state.gone_parts import kept_in_gone, vanished_branch
from plan_worktree.state.leaving_branch import in_home, leave_detached
from plan_worktree.state.repository.facts import Facts
from plan_worktree.worktrees.lock_marks import is_half_made, is_locked_by_others


def no_target(facts: Facts) -> str | None:
    """Say why there is nothing that stages could start from and land in, or None."""
    if facts.target is None:
        return (
            "home has no branch checked out (detached HEAD), so there is nothing to land in: "
            f'name the target with "base" in the metadata, or {leave_detached(facts)}'
        )
    if facts.target_commit is not None:
        return None
    if not any(ref.startswith(HEADS) for ref in facts.refs):
        return (
            "the repository has no commit yet, so a branch has nothing to start from: "
            'git commit --allow-empty -m "Start"'
        )
    name, above = facts.target.removeprefix(HEADS), facts.upstreams
    gone, make = f"the target branch {name} does not exist", f"git branch {quote(name)} COMMIT"
    if above.target:
        gone = f"the target branch {name} is only on {above.target.remote}"
        make = f"git branch --track {quote(name)} {quote(above.target.shown)}"
    elif above.remote and name.startswith(f"{above.remote}/"):
        local = name.removeprefix(f"{above.remote}/")
        return f'the base {name} is no local branch: write "base": "{local}" in the metadata'
    new, base = _new_name(facts), facts.plan.base
    if new is None:
        return f"{gone}: {make}"
    record = f"git symbolic-ref {target_ref(facts.plan.plan_id)} {quote(HEADS + new)}"
    if base == new:
        return f"{gone}, and the plan says base {new}: {record}"
    if base:  # a record that differs from the plan would be refused in turn
        record = f'write "base": "{new}" in the metadata'
    return f"{gone}: if {new} is its new name, {record}; else {make}"


def _new_name(facts: Facts) -> str | None:
    """Return what the target, which is gone, may be called by now: what the plan says, or home.

    Where the target's upstream is there, only a branch that follows it counts.
    """
    base, above = facts.plan.base, facts.upstreams.target
    if base and HEADS + base != facts.target:
        return base if HEADS + base in facts.refs else None
    home = facts.worktree_at(facts.home.root)
    ref = facts.refs.get((home and home.branch) or "")
    if ref is None or ref.name in {HEADS + stage.branch for stage in facts.plan.stages}:
        return None
    if above and not (ref.follows and ref.follows.name == above.name):
        return None
    return ref.name.removeprefix(HEADS)


def moved_target(facts: Facts) -> str | None:
    """Say that the plan names another base than its stages were set up from, or None."""
    wanted = facts.plan.base
    if wanted is None or facts.target is None or facts.target == HEADS + wanted:
        return None
    recorded = facts.target.removeprefix(HEADS)
    return (
        f"the plan says base {wanted}, but its stages were set up from {recorded}: put "
        f'"base": "{recorded}" back, or move it on purpose: '
        f"git symbolic-ref {target_ref(facts.plan.plan_id)} {quote(HEADS + wanted)}"
    )


def obstacle(facts: Facts, stage: Stage) -> str | None:
    """Say what keeps a stage from being set up, or None. First what git knows, then the disk."""
    path = facts.path(stage)
    entry = facts.worktree_at(path)
    elsewhere = facts.worktree_on(stage.branch)
    if elsewhere and elsewhere.path == facts.home.root:
        return in_home(facts, stage)
    if facts.head(stage) and not facts.base(stage):
        where = f"is checked out in {elsewhere.path}" if elsewhere else "exists"
        return (
            f"branch {stage.branch} {where} and was not made by this plan: choose another name, "
            f"or delete it when nobody needs it: git branch -d {quote(stage.branch)}"
        )
    if entry:
        return _entry_obstacle(facts, stage, entry)
    if elsewhere and moved_here(facts, stage) is None:
        return (
            f"branch {stage.branch} is checked out in {elsewhere.path}, the plan says {path}: "
            f"change worktree_path, or {move_command(elsewhere.path, path)}"
        )
    if elsewhere:
        return None
    return _renamed(facts, stage) or blocking_ref(facts, stage) or unusable(facts, path)


def move_command(old: Path, new: Path) -> str:
    """Return the command that moves a worktree; git makes no folder for it."""
    move = f"git worktree move {quote(str(old))} {quote(str(new))}"
    return move if new.parent.is_dir() else f"mkdir -p {quote(str(new.parent))} && {move}"


def moved_here(facts: Facts, stage: Stage) -> gitworktrees.Worktree | None:
    """Return the entry of a stage's worktree whose directory was moved to where the plan wants it.

    The directory still names its entry, also when the whole repository was moved; the entry names
    a place where nothing is.
    """
    path = facts.path(stage)
    named = named_entry(path)
    if named is None:
        return None
    for entry in facts.worktrees.values():
        if entry.branch != HEADS + stage.branch or entry.path == path or facts.is_whole(entry):
            continue
        directory = entry_of_gone_worktree(entry.path, facts.home.git_directory)
        if directory and directory.name == named.name and not os.path.lexists(entry.path):
            return entry
    return None


def _renamed(facts: Facts, stage: Stage) -> str | None:
    """Say that a stage set up under another branch is still there: the plan was edited since.

    Making the new branch would move the stage's base, and leave the old branch to nobody.
    """
    if facts.base(stage) is None or facts.head(stage):
        return None
    named = {HEADS + other.branch for other in facts.plan.stages}
    for entry in facts.worktrees.values():
        pointer = entry.path / POINTER
        if entry.branch is None or entry.branch in named or not pointer.is_symlink():
            continue
        plan = load(Path(os.path.realpath(pointer))).plan
        if plan and plan.plan_id == facts.plan.plan_id:
            old = entry.branch.removeprefix(HEADS)
            return (
                f"branch {old} in {entry.path} belongs to this plan, which no longer names it: put "
                f"it back, or if it is this stage's, git branch -m {quote(old)} "
                f"{quote(stage.branch)}"
            )
    return None


def other_branch(facts: Facts, stage: Stage, entry: gitworktrees.Worktree) -> str | None:
    """Say that a stage's worktree has left the stage's branch, or None.

    During a rebase it is meant to have: git detaches HEAD until the rebase is finished.
    """
    if entry.branch == HEADS + stage.branch or operation(facts, entry):
        return None
    used = facts.worktree_on(stage.branch)
    if used and used.path == facts.home.root:  # git checks a branch out only once
        return in_home(facts, stage)
    if used and facts.is_whole(used):
        return (
            f"branch {stage.branch} is checked out in {used.path}, the plan says {entry.path}: "
            f"git -C {quote(str(used.path))} switch --detach"
        )
    found = entry.branch.removeprefix(HEADS) if entry.branch else "a detached HEAD"
    return (
        f"the worktree {entry.path} has {found} checked out, the plan says {stage.branch}: "
        f"{_back(facts, stage, entry)}"
    )


def _back(facts: Facts, stage: Stage, entry: gitworktrees.Worktree) -> str:
    """Return the command that gives a worktree its branch again and keeps every commit."""
    git, name = f"git -C {quote(str(entry.path))}", quote(stage.branch)
    head, tip = entry.head, facts.head(stage)
    if tip is None:  # the branch is gone: it begins again at HEAD
        return f"{git} switch -c {name}"
    if entry.branch or head is None or is_ancestor(facts.home.root, head, tip):
        return f"{git} switch {name}"
    if is_ancestor(facts.home.root, tip, head):  # commits were made on it
        return f"{git} switch -C {name}"
    return f"{git} branch {quote(f'{stage.branch}-{head[:7]}')} && {git} switch {name}"


def is_unborn(facts: Facts, entry: gitworktrees.Worktree) -> bool:
    """Tell whether setup was killed over a worktree before anybody could work in it."""
    directory = worktree_git_directory(entry.path, facts.home.git_directory)
    return is_half_made(entry) and not (directory and (directory / "index").exists())


def operation(facts: Facts, entry: gitworktrees.Worktree) -> str | None:
    """Return what a worktree is in the middle of (a rebase, a merge), or None."""
    directory = worktree_git_directory(entry.path, facts.home.git_directory)
    return operation_in_progress(directory) if directory else None


def occupied(path: Path) -> str | None:
    """Say what is where a worktree should be made, or None when nothing is."""
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
    if first_line(path / ".git").startswith("gitdir: "):
        apart = "give this clone a folder of its own, or choose another worktree_path"
        return f"{path} exists and is no worktree of this plan, but of another clone: {apart}"
    if any(path.iterdir()):
        away = "move it away, or choose another worktree_path"
        return f"{path} exists and is no worktree of this plan: {away}"
    return None


def unusable(facts: Facts, path: Path) -> str | None:
    """Say why nothing can be made at a path: it is occupied, or inside another repository."""
    for above in path.parents:
        if not os.path.lexists(above / ".git") or facts.home.root.is_relative_to(above):
            continue
        return (
            f"{path} is inside the repository {above}, which would see it as its own file: choose "
            "another worktree_path"
        )
    return occupied(path)


def _entry_obstacle(facts: Facts, stage: Stage, entry: gitworktrees.Worktree) -> str | None:
    if facts.is_whole(entry):
        if is_unborn(facts, entry):
            return None
        return vanished_branch(facts, stage, entry) or other_branch(facts, stage, entry)
    if is_locked_by_others(entry):
        there = quote(str(entry.path))
        return f"the worktree {entry.path} is gone but locked: git worktree unlock {there}"
    if staged := kept_in_gone(facts, entry):
        return staged
    return occupied(entry.path)


def blocking_ref(facts: Facts, stage: Stage) -> str | None:
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
