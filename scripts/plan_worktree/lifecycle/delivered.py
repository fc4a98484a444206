"""What a stage itself has changed: not what came in from its dependencies or the target.

A path counts as the stage's when it differs from all that the branch was built on, as in a
combined diff (git-diff-tree(1), "--cc").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plan_worktree.githistory import History, changes_between
from plan_worktree.lifecycle.branches import stage_heads, trees_of
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.plan.graph import Graph


def own_changes(
    facts: Facts, graph: Graph, history: History, stages: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Return each stage's changed paths with A, M, T or D, sorted. Raises git.GitError."""
    heads = stage_heads(facts)
    grounds = {name: _grounds(facts, graph, history, name) for name in stages if name in heads}
    commits = {c for name, found in grounds.items() for c in (*found, heads[name][1])}
    trees = trees_of(facts, commits)
    pairs = {
        name: [(trees[ground], trees[heads[name][1]]) for ground in found]
        for name, found in grounds.items()
    }
    flat = [pair for found in pairs.values() for pair in found]
    changes = changes_between(facts.home.root, flat)
    return {name: _common([changes[pair] for pair in found]) for name, found in pairs.items()}


def own_commits(
    facts: Facts, graph: Graph, history: History, stages: Sequence[str]
) -> dict[str, list[str]]:
    """Return the commits that were made for each stage, the newest first."""
    heads = stage_heads(facts)
    found = {}
    for name in stages:
        if name in heads:
            base, head = heads[name]
            others = [heads[n][1] for n in graph.ancestors(name) if n in heads]
            found[name] = history.only_in(head, base, *others)
    return found


def _grounds(facts: Facts, graph: Graph, history: History, name: str) -> list[str]:
    """Return the newest commits a branch stands on that are not the stage's work."""
    heads, target = stage_heads(facts), facts.target_commit
    base, head = heads[name]
    others = [heads[n][1] for n in graph.ancestors(name) if n in heads]
    found = [base]
    for other in dict.fromkeys(others):
        if other != head:
            found += history.merge_bases(head, other)
    if target and not history.contains(target, head):  # a landed stage is in the target itself
        found += history.merge_bases(head, target)
    return history.newest(found)


def _common(changes: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *rest = changes
    return {path: first[path] for path in sorted(first) if all(path in more for more in rest)}
