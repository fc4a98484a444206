"""Dependencies that were rewritten: a merge with the new commits knows that they replace the old.

Git finds the base of a merge in history, and there the old and the new commits of a rebased branch
have nothing to do with each other. What a stage has taken out of the old ones, the merge with the
new ones would bring back. So a commit is made that has the new files and, in its history, both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from plan_worktree.git.objects.commits import commit_tree
from plan_worktree.git.objects.history import History
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.state.branches.ends import (
    REPLACED,
    Ends,
    former_commits,
    made_again,
    settled,
    trees_of,
)
from plan_worktree.state.repository.facts import Facts


class Replacing(NamedTuple):
    """A tip, the older commits that it replaces, and what these had taken in that it lacks."""

    tip: str
    old: tuple[str, ...] = ()
    taken_in: tuple[str, ...] = ()


def find_replaced(ends: Ends, tips: Sequence[str], holders: Sequence[str]) -> list[Replacing]:
    """Find, for each of some tips that are to be merged, what it replaces in the `holders`.

    That is where the branch of a stage stood before it was rewritten, when the tip has the branch
    as it is now; and what the tip has as commits made again. Raises GitError.
    """
    facts, graph, history = ends.facts, ends.graph, ends.history
    stages = facts.plan.stages
    heads = {stage.id: head for stage in stages if (head := facts.last_tip(stage))}
    known = {one for holder in holders for one in settled(history, holder)}
    found = []
    for tip in tips:
        mine = [s for s in stages if s.id in heads and history.contains(tip, heads[s.id])]
        above = {name for s in mine for name in heads if s.id in graph.ancestors(name)}
        others = [*facts.targets, *(heads[name] for name in heads.keys() - above)]
        apart = [holder for holder in holders if holder != tip]
        stood = former_commits(facts, mine).union(
            *(
                made_again(facts.home.root, history, holder, [tip], facts.targets)
                for holder in apart
            )
        )
        old = history.newest(
            commit
            for commit in sorted(stood - known)
            if any(history.reaches(holder, commit) for holder in apart)
            and not any(history.contains(one, commit) for one in (tip, *others))
        )
        found.append(Replacing(tip, tuple(old), _taken_in(history, old, others, tip)))
    return found


def make_replacing(
    facts: Facts, replacing: Replacing, variables: Mapping[str, str], *, sign: bool
) -> str:
    """Return what to merge: the tip, or a commit with its files that has the older ones before it.

    It has, too, what these had taken in, where that merges. Raises GitError.
    """
    ground, root = replacing.tip, facts.home.root
    if not replacing.old:
        return ground
    tree = trees_of(facts, [ground])[ground]
    for one in replacing.taken_in:
        (merged,) = merge_trees(root, [(ground, one)], variables)
        if not merged.clean:
            return replacing.tip
        tree, both = merged.tree, [ground, one]
        message = "What was rewritten, with what its branch had taken in\n"
        ground = commit_tree(root, tree, both, message, when=0, sign=sign, variables=variables)
    parents, message = [ground, *replacing.old], f"{REPLACED}\n"
    return commit_tree(root, tree, parents, message, when=0, sign=sign, variables=variables)


def _taken_in(
    history: History, old: Sequence[str], others: Sequence[str], tip: str
) -> tuple[str, ...]:
    """Return the newest commits of others that the old ones have and `tip` has not."""
    part = {
        commit
        for one in old
        for commit in history.before(one)
        if any(history.reaches(other, commit) for other in others)
        and not history.contains(tip, commit)
    }
    older = {parent for commit in part for parent in history.parents[commit]}
    return tuple(sorted(part - older))
