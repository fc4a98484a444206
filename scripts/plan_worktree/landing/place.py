"""Where stages land: in the worktree that has the target checked out, else without a working tree.

Nothing may be in the way there, and a target that is merely behind its upstream is brought forward
before anything lands.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from shlex import quote

from plan_worktree.change.checkout import Checkout
from plan_worktree.change.move_worktree import Move, advance, obstacles
from plan_worktree.change.unfinished_landing import is_plan_path
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import repository
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import operation_in_progress, rebased_branch, worktree_git_directory
from plan_worktree.git.objects.changes import changed_files
from plan_worktree.git.worktrees import Unlike, unlike_head
from plan_worktree.landing.planned_landing import MergeOptions, Merging, Say
from plan_worktree.landing.preflight import overwritten
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.home import Home
from plan_worktree.project.hooks import hooks_path, run_post_merge
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.state.overview import Overview, read_again
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.upstreams import Upstream
from plan_worktree.state.unpulled import forward_command


def go_to_target(
    seen: Overview, options: MergeOptions, waiting: Say
) -> tuple[Merging, Upstream | None]:
    """Go where stages land, and bring the target forward to its upstream there.

    Return also the upstream that the target was, or in a dry run would be, brought forward to.
    Must run under the repository lock. Raises Refused when stages cannot land there, GitError and
    OSError.
    """
    facts, options = _choose_place(seen.facts, options)
    seen, above = seen._replace(facts=facts), facts.upstreams
    changed = _changed(seen, options)
    if not above.behind:
        return Merging(seen, options, changed, waiting), None
    if changed:
        _require_clear_way(seen.opened, facts, changed)
    if not options.dry_run and _bring_forward(facts, options, waiting):
        seen = read_again(seen)
        changed = _changed(seen, options)  # a hook has run there
    return Merging(seen, options, changed, waiting), above.target


def _changed(seen: Overview, options: MergeOptions) -> Unlike | None:
    """Return what is changed in home, where stages land; None where they land without home.

    Raises Refused when they cannot land there.
    """
    if options.detached:
        _require_free_target(seen.opened, seen.facts)
        return None
    changed = unlike_head(seen.facts.home.root)
    _require_target_in_home(seen.opened, seen.facts, changed)
    return changed


def _choose_place(facts: Facts, options: MergeOptions) -> tuple[Facts, MergeOptions]:
    """Return the facts with the worktree that stages land in as their home, and the options.

    Where nobody has the target checked out, they ask for a landing without a working tree. Raises
    Refused.
    """
    home, name = facts.home, (facts.target or "").removeprefix(HEADS)
    users, there = _target_users(facts), quote(str(home.root))
    if options.detached or any(user.path == home.root for user in users):
        return facts, options
    if not users:
        return facts, replace(options, detached=True)
    user = users[0]
    if not facts.is_whole(user):
        gone = f"{name} is checked out in {user.path}, which is gone"
        remove = f"git -C {there} worktree remove {quote(str(user.path))}"
        raise Refused([f"{gone}: if it was moved, git worktree repair ITS-NEW-PATH; else {remove}"])
    return replace(facts, home=home._replace(root=user.path)), options


def _require_free_target(opened: Opened, facts: Facts) -> None:
    """Raise Refused when the target is checked out somewhere: no files would follow it there."""
    name, plan = (facts.target or "").removeprefix(HEADS), quote(opened.plan.plan_id)
    if users := _target_users(facts):
        raise Refused(
            f"{name} is checked out in {user.path}, whose files would not follow: "
            f"plan-worktree merge {plan}"
            for user in users
        )


def _require_target_in_home(opened: Opened, facts: Facts, changed: Unlike) -> None:
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


def _target_users(facts: Facts) -> list[gitworktrees.Worktree]:
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


def changes_in_home(opened: Opened, home: Home, changed: Unlike) -> Iterator[str]:
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


def _require_clear_way(opened: Opened, facts: Facts, changed: Unlike) -> None:
    """Raise Refused when files in no commit keep a target that is merely behind where it is.

    `facts` come from `_choose_place`, and `changed` is what is edited there: plans alone.
    """
    above, home = facts.upstreams, facts.home
    if above.target is None or above.ahead or facts.target_tip is None:
        return
    brought = changed_files(home.root, facts.target_tip, above.target.commit)
    plan = os.path.realpath(opened.path)
    standing = list(dict.fromkeys(obstacles(home.root, brought)))
    foreign = [path for path in standing if not is_plan_path(home, plan, path)]
    if foreign:
        raise Refused(overwritten(home.root, path) for path in foreign)
    edited = [path for path in changed.paths if path in brought]
    if not (edited or standing):
        return
    forward = forward_command(home.root, above.target)
    if standing:  # only what git knows is stashed meanwhile
        added = " ".join(quote(path) for path in standing)
        forward = f"git -C {quote(str(home.root))} add --force -- {added} && {forward}"
    shown, are = ", ".join([*edited, *standing]), "are" if len(edited + standing) > 1 else "is"
    has = f"{above.target.shown} has its own changes there"
    raise Refused([f"{shown} in {home.root} {are} edited and in no commit, and {has}: {forward}"])


def _bring_forward(facts: Facts, options: MergeOptions, waiting: Say) -> bool:
    """Move a target that is merely behind to its upstream; return whether it was moved.

    `facts` and `options` come from `_choose_place`. Must run under the repository lock. Raises
    Refused when uncommitted files are in the way, GitError and OSError: then nothing has changed,
    or the next command takes it back.
    """
    above, home = facts.upstreams, facts.home
    if above.target is None or not above.behind or above.ahead or facts.target_tip is None:
        return False
    commit, name = above.target.commit, (facts.target or "").removeprefix(HEADS)
    if options.detached:
        command = ("update", facts.target or "", commit, facts.target_tip)
        reason = f"plan-worktree: fast-forward to {above.target.shown}"
        patiently(lambda: gitrefs.update_refs(home.root, [command], reason), waiting)
    else:
        gitworktrees.changes(home.root, refresh=True)
        place = Checkout(home.root, home.own_directory, name, facts.target_tip)
        advance(home, Move(place, commit), waiting)
        run_post_merge(hooks_path(home), home.root)
    waiting(f"{name} was brought forward to {above.target.shown}")
    return True
