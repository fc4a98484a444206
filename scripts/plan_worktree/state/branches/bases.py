"""Which commit a new stage starts from: one that has the code of everything the stage needs.

That is the target while nothing it needs has commits outside the target; else the tip that has
them; else a commit that integrates several tips, made without touching a working tree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from shlex import quote

from plan_worktree.git.objects.commits import (
    commit_tree,
    independent,
    scratch_objects,
    signs_commits,
)
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage
from plan_worktree.project.refusal import Code, Reason, Refused
from plan_worktree.state.branches.branches import read_branches
from plan_worktree.state.branches.ends import Branch, Ends, read_ends
from plan_worktree.state.branches.rewritten import Replacing, find_replaced, make_replacing
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.partial_clone import cannot_meet


def find_bases(
    facts: Facts, graph: Graph, stages: Sequence[Stage], *, dry_run: bool
) -> dict[str, str]:
    """Return the base of each of the stages, by id; none without a target.

    Raises like `bases_among`.
    """
    target = facts.target_commit
    if target is None:
        return {}
    ids = {stage.id: stage for stage in facts.plan.stages}
    needed = {stage.id: graph.ancestors(stage.id) for stage in stages}
    every = {ids[name] for names in needed.values() for name in names}
    if all(facts.last_tip(stage) in (None, facts.base(stage)) for stage in every):
        return dict.fromkeys(needed, target)
    ends = read_ends(facts, graph)
    return bases_among(ends, read_branches(ends), stages, dry_run=dry_run)


def bases_among(
    ends: Ends, branches: Mapping[str, Branch], stages: Sequence[Stage], *, dry_run: bool
) -> dict[str, str]:
    """Return the base of each of the stages, by id, from all `branches`; none without a target.

    With `dry_run` nothing is written. Raises Refused when what a stage needs does not merge, and
    GitError.
    """
    facts, graph, target = ends.facts, ends.graph, ends.facts.target_commit
    if target is None:
        return {}
    bases, refusals = {}, []
    with scratch_objects(facts.home.git_directory, needed=dry_run) as variables:
        for stage in stages:
            tips = needed_tips(facts, graph, stage, branches, target)
            try:
                replacing = find_replaced(ends, tips, tips)
                bases[stage.id] = _integrated(facts, stage, replacing, variables)
            except _Conflict as conflict:
                refusals.append(_refusal(facts, stage, branches, conflict))
    if refusals:
        raise Refused(refusals)
    return bases


class _Conflict(Exception):
    """Two tips do not merge."""

    def __init__(self, tips: Sequence[str], files: Sequence[str]) -> None:
        self.tips, self.files = tips, files
        super().__init__()


def needed_tips(
    facts: Facts, graph: Graph, stage: Stage, branches: Mapping[str, Branch], target: str
) -> list[str]:
    """Return the fewest commits that together have all the work that a stage needs.

    Raises GitError.
    """
    needed = [branches[name] for name in graph.ancestors(stage.id) if name in branches]
    working = [branch for branch in needed if branch.has_own_commits]
    landed = {branch.head for branch in working if branch.has_landed}
    open_tips = [branch.head for branch in working if not branch.has_landed]
    if not open_tips:
        return [target]
    wanted = independent(facts.home.root, [*open_tips, *landed])
    if landed.intersection(wanted):  # only the target has that work
        return independent(facts.home.root, [target, *open_tips])
    return wanted


def _integrated(
    facts: Facts, stage: Stage, wanted: Sequence[Replacing], variables: Mapping[str, str]
) -> str:
    root = facts.home.root
    tips = [one.tip for one in wanted]
    known = {ref.object_id: ref.committed for ref in facts.refs.values()}
    when = max(known.get(tip, 0) for tip in tips)
    subject = f"Merge what {stage.id} builds on into {stage.branch}"
    message = f"{subject}\n\nBase of a stage of {facts.plan.plan_id}.\n"
    sign = not variables and signs_commits(root)
    made = [make_replacing(facts, one, variables, sign=sign) for one in wanted]
    merged = made[0]
    for place, tip in enumerate(made[1:], start=2):
        if cut := cannot_meet(facts, merged, tip, variables):
            raise Refused([f"stage {stage.id}: what it needs cannot be merged here: {cut}"])
        (result,) = merge_trees(root, [(merged, tip)], variables)
        if not result.clean:
            raise _Conflict(tips[:place], result.conflicts)
        parents = made[:place]
        merged = commit_tree(
            root, result.tree, parents, message, when=when, sign=sign, variables=variables
        )
    return merged


def _refusal(
    facts: Facts, stage: Stage, branches: Mapping[str, Branch], conflict: _Conflict
) -> str:
    working = {
        branches[one.id].head: one
        for one in facts.plan.stages
        if one.id in branches and branches[one.id].has_own_commits
    }
    names = {tip: one.id for tip, one in working.items()} | {facts.target_commit: "the target"}
    stale = {name for name, branch in branches.items() if branch.stale and not branch.has_landed}
    *before, last = (names.get(tip, tip[:10]) for tip in conflict.tips)
    shown = ", ".join(conflict.files[:5]) + (", …" if len(conflict.files) > 5 else "")
    return Reason(
        f"stage {stage.id}: what it needs does not merge: {last} conflicts with "
        f"{', '.join(before)} in {shown}: "
        f"{_way_on(facts, stage, working, conflict.tips, stale)}",
        Code.CONFLICT,
    )


def _way_on(
    facts: Facts,
    stage: Stage,
    working: Mapping[str, Stage],
    tips: Sequence[str],
    stale: Collection[str],
) -> str:
    """Say how to merge by hand: in the stage's worktree, else in that of something it needs.

    `working` are the stages by the tips of their branches, `tips` what does not merge. `stale` are
    the ids of the stages that lack work of what they depend on: they take that in first.
    """
    plan = quote(facts.plan.plan_id)
    if facts.head(stage):
        return f"plan-worktree sync {plan} {stage.id} --resolve"
    needed = [working[tip] for tip in reversed(tips) if tip in working]
    if late := next((one for one in needed if one.id in stale), None):
        if facts.head(late):
            return f"plan-worktree sync {plan} {late.id} --resolve"
        return f"take in what {late.id} lacks in its worktree: plan-worktree setup {plan} {late.id}"
    for one in needed:
        if place := facts.worktree_on(one.branch):
            other = next(tip for tip in tips if working.get(tip) != one)
            there = working.get(other)
            name = there.branch if there and facts.head(there) == other else other[:10]
            merge = f"git -C {quote(str(place.path))} merge {quote(name)}"
            return f"merge one into the other in its worktree, then run this again: {merge}"
    return f"merge one into the other in its worktree: plan-worktree setup {plan} {needed[0].id}"
