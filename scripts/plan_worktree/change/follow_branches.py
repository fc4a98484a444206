"""In a clone that shares, the branches of complete stages follow what others have pushed of them.

Only forward, and only where nobody works: what is in no commit stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from plan_worktree.change.checkout import checkout_of, dirt, not_workable
from plan_worktree.change.move_worktree import Move, advance, take_back
from plan_worktree.change.refs_together import change_together
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.files import is_shallow
from plan_worktree.git.objects.commits import is_ancestor
from plan_worktree.git.process import GitError
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS, base_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.state.branches.ends import read_ends
from plan_worktree.state.repository.facts import Facts, read_facts
from plan_worktree.state.repository.upstreams import Upstream

Waiting = Callable[[str], None]


def bring_forward(facts: Facts, plan_path: Path, waiting: Waiting) -> Facts:
    """Bring branches that are merely behind forward; return what is so then.

    `plan_path` is the plan's file. Where a worktree has changes the branch stays, and whatever
    needs it names the pull, and where git fails that is a warning. Must run under the repository
    lock. Raises GitError and OSError.
    """
    moved = False
    for stage in facts.plan.stages:
        head, above = facts.head(stage), facts.upstream(stage)
        if head is None or above is None or head == above.commit or not _is_through(facts, stage):
            continue
        if not is_ancestor(facts.home.root, head, above.commit):
            continue
        try:
            is_there = _move(facts, stage, above, plan_path, waiting)
        except GitError as error:  # such as a hook that refuses it: that hinders no other command
            take_back(facts.home, waiting)
            waiting(f"warning: {stage.branch} cannot be brought forward to {above.shown}: {error}")
            continue
        if is_there:
            waiting(f"note: {stage.branch} was brought forward to {above.shown}")
            moved = True
    return read_facts(facts.home, facts.plan) if moved else facts


def take_completed(facts: Facts, graph: Graph, waiting: Waiting, *, dry_run: bool) -> Facts:
    """Give complete stages a branch here that only the remote has; return what is so then.

    That is for who lands them; a dry run only sees it so. In a clone without history it is not
    known where they were begun. Must run under the repository lock. Raises GitError and OSError.
    """
    new = {
        stage: above
        for stage in facts.plan.stages
        if (above := facts.upstream(stage))
        and (facts.head(stage), facts.base(stage), facts.saved(stage)) == (None, None, ())
        and _is_through(facts, stage)
    }
    home = facts.home
    if not new or not home.settings.shared_through() or is_shallow(home.git_directory):
        return facts
    heads = read_ends(facts, graph).heads
    found = gitrefs.refs(home.root, *(above.name for above in new.values())) if dry_run else {}
    seen = dict(facts.refs)
    for stage, above in new.items():
        branch, begun = HEADS + stage.branch, base_ref(facts.plan, stage)
        base = heads[stage.id][0]
        if dry_run:
            seen[branch] = found[above.name]._replace(name=branch)
            seen[begun] = gitrefs.Ref(begun, base, None)
            continue
        both = gitrefs.put(branch, above.commit, None), gitrefs.put(begun, base, None)
        patiently(partial(change_together, home, home.root, both), waiting)
    return replace(facts, refs=seen) if dry_run else read_facts(home, facts.plan)


def _is_through(facts: Facts, stage: Stage) -> bool:
    """Tell whether a stage was completed and has not landed."""
    return facts.is_completed(stage) and facts.landed(stage) is None


def _move(facts: Facts, stage: Stage, above: Upstream, plan_path: Path, waiting: Waiting) -> bool:
    """Move a branch, and its worktree if it has one; tell whether that could be done."""
    root = facts.home.root
    if facts.worktree_on(stage.branch) is None:
        command = ("update", HEADS + stage.branch, above.commit, facts.head(stage) or "")
        patiently(partial(gitrefs.update_refs, root, [command]), waiting)
        return True
    if not_workable(facts, stage):
        return False
    checkout = checkout_of(facts, stage)
    if any(dirt(checkout, plan_path, root)):
        return False
    try:
        advance(facts.home, Move(checkout, above.commit), waiting)
    except Refused:  # a file is in the way
        return False
    return True
