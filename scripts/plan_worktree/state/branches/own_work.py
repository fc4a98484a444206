"""What a stage itself has changed: not what came in from its dependencies or the target.

That is what differs from all that the branch was built on, merged by itself. Where that merge
conflicts, a path counts that differs from every side, as in a combined diff (git-diff-tree(1),
"--cc").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from plan_worktree.git.objects.changes import changes_between
from plan_worktree.git.objects.commits import commit_tree, scratch_objects
from plan_worktree.git.objects.history import History
from plan_worktree.git.objects.merge import MergeResult, merge_trees
from plan_worktree.plan.model import Stage
from plan_worktree.state.branches.ends import JOINED, REPLACED, Ends, joined, trees_of


def own_changes(ends: Ends, stages: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return each stage's changed paths with A, M, T or D, sorted. Raises GitError."""
    facts, heads = ends.facts, ends.heads
    grounds = {name: _grounds(ends, name) for name in stages if name in heads}
    commits = {c for name, found in grounds.items() for c in (*found, heads[name][1])}
    trees = trees_of(facts, commits)
    several = any(len(found) > 1 for found in grounds.values())
    with scratch_objects(facts.home.git_directory, needed=several) as variables:
        wholes = {
            n: _merged(facts.home.root, found, trees, variables) for n, found in grounds.items()
        }
        pairs = {}
        for name, found in grounds.items():
            head, whole = trees[heads[name][1]], wholes[name]
            apart = found if whole.conflicts else []  # where the merge does not say
            pairs[name] = [(whole.tree, head), *((trees[ground], head) for ground in apart)]
        flat = [pair for found in pairs.values() for pair in found]
        changes = changes_between(facts.home.root, flat, variables)
    return {
        name: _own([changes[pair] for pair in found], wholes[name].conflicts)
        for name, found in pairs.items()
    }


def own_commits(ends: Ends, stage: Stage) -> list[str]:
    """Return the commits that were made for a stage, the newest first.

    What the target or its upstream has is not a stage's own, but for what came there from it. Nor
    is what this program made to merge it with.
    """
    if stage.id not in ends.heads:
        return []
    history, (base, head), others = ends.history, ends.heads[stage.id], ends.needed(stage.id)
    target = ends.facts.target_commit
    if target is None or not history.contains(target, head):
        own = history.only_in(head, base, *others, *ends.facts.targets)
        return [commit for commit in own if commit not in history.integrations]
    # It has landed: known is what the target stood on before.
    by = history.entered(target, head)
    before = history.before(next(iter(history.parents.get(by or "", ())), "")) if by != head else ()
    known = history.integrations.union(before)
    return [commit for commit in history.only_in(head, base, *others) if commit not in known]


def _grounds(ends: Ends, name: str) -> list[str]:
    """Return the newest commits a branch stands on that are not the stage's work."""
    history, (base, head) = ends.history, ends.heads[name]
    found = [base]
    for other in dict.fromkeys(ends.needed(name)):
        if other != head:
            found += history.merge_bases(head, other)
    for target in ends.facts.targets:
        if history.contains(target, head):  # a landed stage is in the target itself
            found += _stood_on(history, target, head)
        else:
            found += history.merge_bases(head, target)
    found += joined(history, head, JOINED, REPLACED)
    return history.newest(found)


def _stood_on(history: History, target: str, head: str) -> list[str]:
    """Return the newest commits that a landed tip shares with what the target stood on before."""
    by = history.entered(target, head)
    if by is None or by == head:  # nobody can tell
        return []
    before = history.before(next(iter(history.parents[by]), ""))
    common = history.before(head) & before
    older = {parent for commit in common for parent in history.parents[commit]}
    return [commit for commit in common if commit not in older]


def _merged(
    root: Path, grounds: Sequence[str], trees: Mapping[str, str], variables: Mapping[str, str]
) -> MergeResult:
    """Return what the grounds of a branch merge to by themselves."""
    commit, tree = grounds[0], trees[grounds[0]]
    conflicts: list[str] = []
    for place, ground in enumerate(grounds[1:], start=2):
        (result,) = merge_trees(root, [(commit, ground)], variables)
        tree = result.tree
        conflicts += result.conflicts
        if place < len(grounds):  # only commits can be merged on
            commit = commit_tree(root, tree, [commit, ground], "", when=0, variables=variables)
    return MergeResult(tree, tuple(conflicts), not conflicts)


def _own(changes: Sequence[Mapping[str, str]], conflicts: Sequence[str]) -> dict[str, str]:
    """Return what differs from the merge; where that conflicts, what differs from every side."""
    whole, *apart = changes
    unsure = set(conflicts)
    sides = {path for path in unsure if apart and all(path in side for side in apart)}
    found = {path: letter for path, letter in whole.items() if path not in unsure}
    found |= {path: apart[0][path] for path in sides}
    return dict(sorted(found.items()))
