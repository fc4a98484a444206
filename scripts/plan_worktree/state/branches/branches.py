"""How far each stage's branch has come: its own commits, the target's, and whether it has landed.

Everything is learnt with a number of git processes that does not depend on the number of stages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from plan_worktree.git.files import commits_made
from plan_worktree.git.objects.commits import scratch_objects
from plan_worktree.git.objects.history import History
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.project.ref_names import HEADS
from plan_worktree.state.branches.arrivals import arrivals
from plan_worktree.state.branches.ends import Branch, Ends, left_behind, settled, trees_of
from plan_worktree.state.repository.facts import Facts


def read_branches(ends: Ends) -> dict[str, Branch]:
    """Return the branches of the stages that were set up, by stage id. Raises GitError."""
    stages = (stage for stage in ends.facts.plan.stages if stage.id in ends.heads)
    return _with_merges(ends, {stage.id: _branch(ends, stage) for stage in stages})


def _branch(ends: Ends, stage: Stage) -> Branch:
    """Describe a branch from its base and head, and the heads of what it depends on."""
    facts, history, needed = ends.facts, ends.history, ends.needed(stage.id)
    (base, head), targets, above = ends.heads[stage.id], facts.targets, facts.upstream(stage)
    ahead = behind = unpushed = unpulled = None
    if targets:
        _, behind = history.ahead_behind(head, targets[0])
        ahead = len(history.only_in(head, *targets))
    if above:
        unpushed, unpulled = history.ahead_behind(head, above.commit)
    # What came in from a dependency is that stage's work.
    own = history.has_beyond(head, base, *needed)
    if own and targets and not history.has_beyond(head, base, *targets, *needed):
        own = _has_worked(facts, history, stage, head, needed)
    landed = facts.landed(stage)
    if landed and base == head == landed.commit:  # it was built elsewhere (see ends.py)
        own = True
    return Branch(
        base, head, ahead, behind, own,
        has_landed=own and bool(targets) and history.contains(targets[0], head),
        unpushed=unpushed, unpulled=unpulled,
        replaces=bool(unpushed and unpulled) and _was_here(facts, history, stage),
    )  # fmt: skip


def _was_here(facts: Facts, history: History, stage: Stage) -> bool:
    """Tell whether a branch had all that its upstream has before the branch was moved."""
    above = facts.upstream(stage)
    known = (tip for tip in facts.tips_before(stage) if tip in history.bits)
    return above is not None and any(history.contains(tip, above.commit) for tip in known)


def _has_worked(
    facts: Facts, history: History, stage: Stage, head: str, needed: Sequence[str]
) -> bool:
    """Tell work that has landed from a branch that was only moved forward to the target.

    All of the branch is in the target in both cases; its reflog is not the same. Of commits that
    were made elsewhere the plan tells that they are complete.
    """
    # A saved tip was saved because there was work.
    if facts.head(stage) is None or stage.status == StageStatus.COMPLETE:
        return True
    made = commits_made(facts.home.git_directory, HEADS + stage.branch)
    if made and any(history.reaches(head, commit) for commit in made):
        return True
    if not history.is_mainline(facts.target_commit or head, head):
        # A merge brought it in from the side.
        return not any(history.contains(other, head) for other in needed)
    return made is None and stage.status != StageStatus.NOT_STARTED


def _with_merges(ends: Ends, found: dict[str, Branch]) -> dict[str, Branch]:
    """Add what only a merge can tell: what landed as other commits, and what is stale."""
    facts, graph, history = ends.facts, ends.graph, ends.history
    target = facts.target_commit
    open_ones = [n for n, branch in found.items() if branch.has_own_commits and branch.ahead]
    # A stage, a commit, and one whose work may be in that: in the target, in the stage's branch.
    wanted = [(name, target, found[name].head) for name in open_ones if target]
    lacking = [
        (name, found[name].head, found[needed].head)
        for name in found
        for needed in graph.dependencies[name]
        if needed in found and _lacks(history, found[name], found[needed], target)
    ]
    contained = _already_in(facts, [(into, work) for _, into, work in wanted + lacking])
    equal = {name for name, into, work in wanted if (into, work) in contained}
    empty = _empty(facts, found, equal)
    landed = arrivals(ends, found, equal - empty, empty)
    there = {name for name, arrival in landed.items() if arrival.is_there}
    heads = {found[name].head for name in there}
    stale = {
        name
        for name, into, work in lacking
        if (into, work) not in contained
        # Whoever has all of the target has what it made of the work that landed in it.
        and not (work in heads and target and history.contains(into, target))
    }
    return {
        name: replace(
            branch,
            has_landed=name in there,
            on_copied=name not in there
            and _on_copied(history, branch, target or "", _needed(graph, name, found, there)),
            landed_by=landed[name].by if name in landed else None,
            reverted_by=landed[name].reverted_by if name in landed else None,
            stale=name in stale,
        )
        for name, branch in found.items()
    }


class _Needed(NamedTuple):
    """The tips of what a stage depends on: of what has landed, and of what has not."""

    landed: list[str]
    others: list[str]


def _needed(graph: Graph, name: str, found: dict[str, Branch], there: set[str]) -> _Needed:
    needed = [other for other in graph.ancestors(name) if other in found]
    return _Needed(
        [found[other].head for other in needed if other in there],
        [found[other].head for other in needed if other not in there],
    )


def _on_copied(history: History, branch: Branch, target: str, needed: _Needed) -> bool:
    """Tell whether a branch has commits of a dependency that the target has as others.

    Not those that were joined with the target. Of a dependency whose branch was rewritten before
    it landed, the old commits are known by the branch's base.
    """
    if needed.landed and left_behind(history, branch, [target, *needed.landed, *needed.others]):
        return True
    return any(_holds(history, branch.head, tip, target) for tip in needed.landed)


def _holds(history: History, head: str, needed: str, target: str) -> bool:
    """Tell whether a tip has commits of another tip that are neither in nor joined with a third."""
    if not history.share_beyond(head, needed, target):
        return False
    known = settled(history, head)
    beyond = (commit for commit in history.only_in(head, target) if commit not in known)
    return any(history.reaches(needed, commit) for commit in beyond)


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


def _empty(facts: Facts, found: dict[str, Branch], names: set[str]) -> set[str]:
    """Return the stages whose commits change nothing, and that nobody has declared complete.

    Nothing of them is missing in the target, but that is no sign that they are finished.
    """
    declared = {s.id for s in facts.plan.stages if s.status == StageStatus.COMPLETE}
    trees = trees_of(facts, {commit for name in names for commit in _ends(found[name])})
    return {name for name in names - declared if trees[found[name].base] == trees[found[name].head]}


def _ends(branch: Branch) -> tuple[str, str]:
    return branch.base, branch.head
