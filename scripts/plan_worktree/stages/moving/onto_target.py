"""A branch whose dependencies have landed as other commits is freed of the old ones.

Its own commits are made again on the target, which has the rest; the old tip stays saved. That is
tried without a working tree, and a conflict changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.checkout import Checkout
from plan_worktree.change.move_worktree import Move, advance
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.objects.commits import commit_tree, scratch_objects, signs_commits
from plan_worktree.git.objects.conflicts import strip_sides
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.git.objects.replay import merge_from, replay
from plan_worktree.project.ref_names import base_ref, saved_ref_now
from plan_worktree.project.refusal import Refused
from plan_worktree.state.branches.ends import JOINED, joined, trees_of
from plan_worktree.state.overview import Overview
from plan_worktree.state.status import StageReport, State
from plan_worktree.state.unpulled import copied_words


class Moved(NamedTuple):
    """The branch's new tip; None where `files` conflict, and nothing was changed."""

    commit: str | None
    files: tuple[str, ...] = ()


def may_move_onto(seen: Overview, entry: StageReport) -> bool:
    """Tell whether a branch holds old commits of a dependency that landed as other commits."""
    branch = entry.work.branch
    return branch is not None and branch.on_copied and seen.facts.head(entry.stage) is not None


def is_joined(seen: Overview, entry: StageReport) -> bool:
    """Tell whether a branch was joined with all of the target: there is nothing left to move."""
    branch, target = entry.work.branch, seen.facts.target_commit
    if branch is None or target is None or branch.on_copied:
        return False
    history = seen.history
    return history.contains(branch.head, target) and bool(joined(history, branch.head, JOINED))


def on_copied(seen: Overview, entry: StageReport) -> str | None:
    """Say that a branch has to be moved onto the target before anything else, or None.

    A merge with the target would bring back what a review took out of the dependency's commits.
    """
    if not may_move_onto(seen, entry):
        return None
    return copied_words(seen.facts.plan.plan_id, entry.stage.id)


def move_onto_target(
    seen: Overview,
    entry: StageReport,
    checkout: Checkout,
    waiting: Callable[[str], None],
    *,
    dry_run: bool,
) -> Moved:
    """Make a stage's own commits again on the target. Raises Refused, GitError and OSError."""
    facts, stage, root = seen.facts, entry.stage, seen.facts.home.root
    plan, target = quote(facts.plan.plan_id), facts.target_commit or ""
    _require_landed(seen, entry)
    own = seen.own_commits(stage)
    tree = trees_of(facts, [target])[target]
    heads = _landed_heads(seen, entry, target)
    with scratch_objects(facts.home.git_directory, needed=dry_run) as variables:
        sign = not dry_run and signs_commits(root)
        done = replay(root, own[::-1], target, tree, variables, sign=sign)
        if done.stopped:
            return Moved(None, strip_sides(done.conflicts))
        merged = merge_from(root, tree, heads, checkout.head, variables)
        by_hand = not _are_automatic(seen, own, variables)
    if by_hand and merged.clean and merged.tree != done.tree:
        advice = f"plan-worktree sync {plan} {stage.id} --resolve"
        raise Refused([f"stage {stage.id}: its merges hold changes that no commit has: {advice}"])
    if dry_run or done.tip == checkout.head:
        return Moved(done.tip)
    also = [
        gitrefs.put(base_ref(facts.plan, stage), target, facts.base(stage)),
        ("create", saved_ref_now(facts.plan, stage), checkout.head),
    ]
    move = Move(checkout, done.tip, also, remade=done.tip != target)
    advance(facts.home, move, waiting)
    return Moved(done.tip)


def _are_automatic(seen: Overview, commits: Sequence[str], variables: Mapping[str, str]) -> bool:
    """Tell whether the merges among some commits are all as git makes them, with no edit of theirs.

    What such merges have is in commits. A file that they brought back, because the target got it
    anew with other commits, is not theirs. Raises GitError.
    """
    merges = {c: seen.history.parents[c] for c in commits if len(seen.history.parents[c]) > 1}
    if any(len(parents) > 2 for parents in merges.values()):
        return False
    made = merge_trees(seen.facts.home.root, [(p[0], p[1]) for p in merges.values()], variables)
    trees = trees_of(seen.facts, merges)
    return all(m.clean and m.tree == trees[c] for c, m in zip(merges, made, strict=True))


def join_target(seen: Overview, entry: StageReport, variables: Mapping[str, str]) -> str:
    """Return a commit with the target's files that has, besides, what landed there as others.

    A merge with it has the conflicts of the stage's own changes alone. Raises Refused and GitError.
    """
    _require_landed(seen, entry)
    facts, target = seen.facts, seen.facts.target_commit or ""
    tree, heads = trees_of(facts, [target])[target], _landed_heads(seen, entry, target)
    root, sign = facts.home.root, not variables and signs_commits(facts.home.root)
    return commit_tree(root, tree, heads, f"{JOINED}\n", when=0, sign=sign, variables=variables)


def _require_landed(seen: Overview, entry: StageReport) -> None:
    stage = entry.stage
    if waits := [o.stage.id for o in seen.needed(stage) if o.state is not State.MERGED]:
        land = f"plan-worktree merge {quote(seen.facts.plan.plan_id)} {' '.join(waits)}"
        raise Refused([f"stage {stage.id}: {', '.join(waits)} has not landed: {land}"])


def _landed_heads(seen: Overview, entry: StageReport, target: str) -> list[str]:
    """Return the target, a branch's base, and the tips of what it depends on and has landed."""
    landed = (o.work.branch for o in seen.needed(entry.stage) if o.state is State.MERGED)
    heads = [branch.head for branch in landed if branch]
    return list(dict.fromkeys([target, seen.facts.base(entry.stage) or target, *heads]))
