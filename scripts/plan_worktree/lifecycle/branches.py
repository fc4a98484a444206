"""How far each stage's branch has come: its own commits, the target's, and whether it has landed.

Everything is learnt with a number of git processes that does not depend on the number of stages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plan_worktree import git
from plan_worktree.gitfiles import has_made_commits
from plan_worktree.githistory import (
    History,
    changed_paths,
    commit_patches,
    read_history,
    tree_patches,
)
from plan_worktree.gitmerge import merge_trees, scratch_objects
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.refs import HEADS
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage, StageStatus


@dataclass(frozen=True, slots=True)
class Branch:
    """One stage's branch, or what it was when it was taken away.

    `ahead` and `behind` count commits against the target, None without one. `has_landed` says
    that there was work and all of it is in the target. `stale` says that a dependency has work
    that the branch lacks.
    """

    base: str
    head: str
    ahead: int | None
    behind: int | None
    has_own_commits: bool
    has_landed: bool = False
    stale: bool = False


def read_branches(facts: Facts, graph: Graph) -> dict[str, Branch]:
    """Return the branches of the stages that were set up, by stage id. Raises git.GitError."""
    heads = {}
    for stage in facts.plan.stages:
        base, head = facts.base(stage), facts.last_tip(stage)
        if base and head:
            heads[stage.id] = (base, head)
    if not heads:
        return {}
    target = facts.target_commit
    tips = [commit for pair in heads.values() for commit in pair]
    history = read_history(facts.home.root, [*tips, target] if target else tips)
    found = {}
    for stage in facts.plan.stages:
        if stage.id in heads:
            found[stage.id] = _branch(facts, history, stage, *heads[stage.id])
    return _with_merges(facts, graph, history, found)


def _branch(facts: Facts, history: History, stage: Stage, base: str, head: str) -> Branch:
    target = facts.target_commit
    ahead = behind = None
    if target:
        ahead, behind = history.ahead_behind(head, target)
    own = head != base and (ahead != 0 or _has_worked(facts, history, stage, head))
    return Branch(base, head, ahead, behind, own, has_landed=own and ahead == 0)


def _has_worked(facts: Facts, history: History, stage: Stage, head: str) -> bool:
    """Tell work that has landed from a branch that was only moved forward to the target.

    All of the branch is in the target in both cases; its reflog is not the same.
    """
    if facts.head(stage) is None:  # a saved tip was saved because there was work
        return True
    made = has_made_commits(facts.home.git_directory, HEADS + stage.branch)
    if made or not history.is_mainline(facts.target_commit or head, head):
        return True  # a merge brought it in from the side
    return made is None and stage.status != StageStatus.NOT_STARTED


def _with_merges(
    facts: Facts, graph: Graph, history: History, found: dict[str, Branch]
) -> dict[str, Branch]:
    """Add what only a merge can tell: what landed as other commits, and what is stale."""
    target = facts.target_commit
    landing = [
        n for n, branch in found.items() if target and branch.has_own_commits and branch.ahead
    ]
    # A stage, a commit, and one whose work may be in that: in the target, in the stage's branch.
    wanted = [(name, target or "", found[name].head) for name in landing]
    lacking = [
        (name, found[name].head, found[needed].head)
        for name in found
        for needed in graph.ancestors(name)
        if needed in found
        and found[needed].has_own_commits
        and not history.contains(found[name].head, found[needed].head)
    ]
    contained = _already_in(facts, [(into, work) for _, into, work in wanted + lacking])
    landed = {name for name, into, work in wanted if (into, work) in contained}
    landed -= _empty(facts, found, landed)
    rest = [name for name in landing if name not in landed and found[name].behind]
    landed |= _landed_as_patches(facts, history, {name: found[name] for name in rest})
    stale = {name for name, into, work in lacking if (into, work) not in contained}
    return {
        name: Branch(
            branch.base,
            branch.head,
            branch.ahead,
            branch.behind,
            branch.has_own_commits,
            has_landed=branch.has_landed or name in landed,
            stale=name in stale,
        )
        for name, branch in found.items()
    }


def _already_in(facts: Facts, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the pairs whose first commit would not change if the second were merged into it."""
    asked = list(dict.fromkeys(pairs))
    if not asked:
        return set()
    trees = _trees(facts, {into for into, _ in asked})
    with scratch_objects(facts.home.git_directory) as variables:
        results = merge_trees(facts.home.root, asked, variables)
    return {
        pair
        for pair, merged in zip(asked, results, strict=True)
        if merged.clean and merged.tree == trees[pair[0]]
    }


def _trees(facts: Facts, commits: Iterable[str]) -> dict[str, str]:
    known = {ref.object_id: ref.tree for ref in facts.refs.values() if ref.tree}
    wanted = list(commits)
    missing = [commit for commit in wanted if commit not in known]
    if missing:
        asked = [f"{commit}^{{tree}}" for commit in missing]
        said = git.run(facts.home.root, "rev-parse", *asked).stdout.split()
        known.update(zip(missing, said, strict=True))
    return {commit: known[commit] for commit in wanted}


def _empty(facts: Facts, found: dict[str, Branch], names: set[str]) -> set[str]:
    """Return the stages whose commits change nothing, and that nobody has declared complete.

    Nothing of them is missing in the target, but that is no sign that they are finished.
    """
    declared = {s.id for s in facts.plan.stages if s.status == StageStatus.COMPLETE}
    trees = _trees(facts, {commit for name in names for commit in _ends(found[name])})
    return {name for name in names - declared if trees[found[name].base] == trees[found[name].head]}


def _ends(branch: Branch) -> tuple[str, str]:
    return branch.base, branch.head


def _landed_as_patches(facts: Facts, history: History, branches: dict[str, Branch]) -> set[str]:
    """Return the stages whose work the target has as other commits, followed by other work.

    Either all of it as one (a squash), or each commit as its own (a rebase, cherry-picks).
    """
    target = facts.target_commit
    if not branches or target is None:
        return set()
    root = facts.home.root
    trees = _trees(facts, {commit for branch in branches.values() for commit in _ends(branch)})
    pairs = {name: (trees[b.base], trees[b.head]) for name, b in branches.items()}
    squashed = dict(zip(pairs, tree_patches(root, list(pairs.values())), strict=True))
    paths = changed_paths(root, list(pairs.values()))
    heads = [branch.head for branch in branches.values()]
    known = [f"^{commit}" for commit in history.shared]
    keys = commit_patches(root, [target, *heads, *known], paths)
    landed = set()
    for name, branch in branches.items():
        there = {keys[c] for c in history.only_in(target, branch.head) if c in keys}
        own = [keys[c] for c in history.only_in(branch.head, target, branch.base) if c in keys]
        if squashed[name] in there or (own and there.issuperset(own)):
            landed.add(name)
    return landed
