"""Where stages land: in the worktree that has the target checked out, else without a working tree.

A target that is merely behind its upstream is brought forward there before anything lands.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from shlex import quote

from plan_worktree.change.advance import Move, advance, obstacles
from plan_worktree.change.unfinished_landing import is_plan_path
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.changes import changed_files
from plan_worktree.landing.land import target_checkout
from plan_worktree.landing.landing import MergeOptions
from plan_worktree.landing.preflight import overwritten, target_users
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.hooks import hooks_path, run_post_merge
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.state.facts import Facts
from plan_worktree.state.unpulled import forward_command, free_place

Waiting = Callable[[str], None]


def choose_place(facts: Facts, options: MergeOptions) -> tuple[Facts, MergeOptions]:
    """Return the facts with the worktree that stages land in as their home, and the options.

    Where nobody has the target checked out, they ask for a landing without a working tree. Raises
    Refused.
    """
    home, name = facts.home, (facts.target or "").removeprefix(HEADS)
    users, there = target_users(facts), quote(str(home.root))
    if options.detached or any(user.path == home.root for user in users):
        return facts, options
    if not users:
        if options.verify:
            add = f"git -C {there} worktree add {quote(str(free_place(facts)))} {quote(name)}"
            nowhere = f"--verify needs a working tree, and {name} is checked out nowhere"
            raise Refused([f"{nowhere}: {add}"])
        return facts, replace(options, detached=True)
    user = users[0]
    if not facts.is_whole(user):
        gone = f"{name} is checked out in {user.path}, which is gone"
        remove = f"git -C {there} worktree remove {quote(str(user.path))}"
        raise Refused([f"{gone}: if it was moved, git worktree repair ITS-NEW-PATH; else {remove}"])
    return replace(facts, home=home._replace(root=user.path)), options


def require_clear_way(opened: Opened, facts: Facts, changed: gitworktrees.Unlike) -> None:
    """Raise Refused when files in no commit keep a target that is merely behind where it is.

    `facts` come from `choose_place`, and `changed` is what is edited there: plans alone.
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


def bring_forward(facts: Facts, options: MergeOptions, waiting: Waiting) -> bool:
    """Move a target that is merely behind to its upstream; return whether it was moved.

    `facts` and `options` come from `choose_place`. Must run under the repository lock. Raises
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
        advance(home, Move(target_checkout(facts), commit), waiting)
        run_post_merge(hooks_path(home), home.root)
    waiting(f"{name} was brought forward to {above.target.shown}")
    return True
