"""How far each stage's branch has come: its own commits, the target's, and whether it has landed.

Everything is learnt with a number of git processes that does not depend on the number of stages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from plan_worktree import git
from plan_worktree.gitfiles import commits_made
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


def stage_heads(facts: Facts) -> dict[str, tuple[str, str]]:
    """Return base and head of the stages that were set up, by stage id."""
    heads = {}
    for stage in facts.plan.stages:
        base, head = facts.base(stage), facts.last_tip(stage)
        if base and head:
            heads[stage.id] = (base, head)
    return heads


def stage_history(facts: Facts) -> History:
    """Return how bases and heads of all stages, what of them was verified, and the target relate.

    Raises git.GitError.
    """
    tips = [commit for pair in stage_heads(facts).values() for commit in pair]
    tips += [proved for stage in facts.plan.stages if (proved := facts.verified(stage))]
    target = facts.target_commit
    return read_history(facts.home.root, [*tips, target] if target else tips)


def read_branches(facts: Facts, graph: Graph, history: History | None = None) -> dict[str, Branch]:
    """Return the branches of the stages that were set up, by stage id. Raises git.GitError.

    Their `history` may be known already.
    """
    heads = stage_heads(facts)
    if not heads:
        return {}
    history = history or stage_history(facts)
    found = {}
    for stage in facts.plan.stages:
        if stage.id in heads:
            needed = [heads[n][1] for n in graph.ancestors(stage.id) if n in heads]
            found[stage.id] = _branch(facts, history, stage, heads[stage.id], needed)
    return _with_merges(facts, graph, history, found)


def _branch(
    facts: Facts, history: History, stage: Stage, ends: tuple[str, str], needed: Sequence[str]
) -> Branch:
    """Describe a branch from its base and head, and the heads of what it depends on."""
    (base, head), target = ends, facts.target_commit
    ahead = behind = None
    if target:
        ahead, behind = history.ahead_behind(head, target)
    # What came in from a dependency is that stage's work.
    own = history.has_beyond(head, base, *needed)
    if own and target and not history.has_beyond(head, base, target, *needed):
        own = _has_worked(facts, history, stage, head, needed)
    return Branch(base, head, ahead, behind, own, has_landed=own and ahead == 0)


def _has_worked(
    facts: Facts, history: History, stage: Stage, head: str, needed: Sequence[str]
) -> bool:
    """Tell work that has landed from a branch that was only moved forward to the target.

    All of the branch is in the target in both cases; its reflog is not the same.
    """
    if facts.head(stage) is None:  # a saved tip was saved because there was work
        return True
    made = commits_made(facts.home.git_directory, HEADS + stage.branch)
    if made and any(history.reaches(head, commit) for commit in made):
        return True
    if not history.is_mainline(facts.target_commit or head, head):
        # A merge brought it in from the side.
        return not any(history.contains(other, head) for other in needed)
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
        for needed in graph.dependencies[name]
        if needed in found and _lacks(history, found[name], found[needed], target)
    ]
    contained = _already_in(facts, [(into, work) for _, into, work in wanted + lacking])
    landed = {name for name, into, work in wanted if (into, work) in contained}
    landed -= _empty(facts, found, landed)
    rest = [name for name in landing if name not in landed and found[name].behind]
    landed |= _landed_as_patches(facts, history, {name: found[name] for name in rest})
    heads = {found[name].head for name in found if found[name].has_landed or name in landed}
    stale = {
        name
        for name, into, work in lacking
        if (into, work) not in contained
        # Whoever has all of the target has what it made of the work that landed in it.
        and not (work in heads and target and history.contains(into, target))
    }
    return {
        name: replace(branch, has_landed=branch.has_landed or name in landed, stale=name in stale)
        for name, branch in found.items()
    }


def _lacks(history: History, branch: Branch, needed: Branch, target: str | None) -> bool:
    """Tell whether a dependency has commits, its own or taken in, that a branch lacks."""
    if history.contains(branch.head, needed.head):
        return False
    known = [branch.head, target] if target else [branch.head]
    return needed.has_own_commits or history.has_beyond(needed.head, *known)


def _already_in(facts: Facts, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the pairs whose first commit would not change if the second were merged into it."""
    asked = list(dict.fromkeys(pairs))
    if not asked:
        return set()
    trees = trees_of(facts, {into for into, _ in asked})
    with scratch_objects(facts.home.git_directory) as variables:
        results = merge_trees(facts.home.root, asked, variables)
    return {
        pair
        for pair, merged in zip(asked, results, strict=True)
        if merged.clean and merged.tree == trees[pair[0]]
    }


def trees_of(facts: Facts, commits: Iterable[str]) -> dict[str, str]:
    """Return the trees of commits. Raises git.GitError."""
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
    trees = trees_of(facts, {commit for name in names for commit in _ends(found[name])})
    return {name for name in names - declared if trees[found[name].base] == trees[found[name].head]}


def _ends(branch: Branch) -> tuple[str, str]:
    return branch.base, branch.head


def _landed_as_patches(facts: Facts, history: History, branches: Mapping[str, Branch]) -> set[str]:
    """Return the stages whose work the target has as other commits, followed by other work.

    Either all of it as one (a squash), or each commit as its own (a rebase, cherry-picks). What
    was reverted since does not count.
    """
    target = facts.target_commit
    if not branches or target is None:
        return set()
    root = facts.home.root
    # A squash takes what the branch changes from its base, or from the target it took in last.
    starts = {
        name: [branch.base, *history.merge_bases(branch.head, target)]
        for name, branch in branches.items()
    }
    ends = [(start, branches[name].head) for name, every in starts.items() for start in every]
    trees = trees_of(facts, {commit for pair in ends for commit in pair})
    pairs = [(trees[start], trees[head]) for start, head in ends if trees[start] != trees[head]]
    both = [*pairs, *((after, before) for before, after in pairs)]
    squashed = dict(zip(both, tree_patches(root, both), strict=True))
    known = [f"^{commit}" for commit in history.shared]
    tips = [target, *(branch.head for branch in branches.values()), *known]
    keys = commit_patches(root, tips, changed_paths(root, pairs))
    landed = set()
    for name, branch in branches.items():
        there = Counter(keys[c][0] for c in history.only_in(target, branch.head) if c in keys)
        beyond = history.only_in(branch.head, target, branch.base)
        own = [keys[commit] for commit in beyond if commit in keys]
        spans = [(trees[start], trees[branch.head]) for start in starts[name]]
        wholes = [(squashed[p], squashed[p[::-1]]) for p in spans if p in squashed]
        if any(there[key] > there[back] for key, back in wholes) or (
            own and all(there[key] > there[back] for key, back in own)
        ):
            landed.add(name)
    return landed
