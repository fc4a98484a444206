"""conflicts: which stages conflict with each other and with the target, before anybody merges.

Only looks. Each pair of stages that no dependency orders is merged without a working tree, and
each stage with the target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.objects.changes import changes_between
from plan_worktree.git.objects.commits import scratch_objects
from plan_worktree.git.objects.history import History
from plan_worktree.landing.conflicting_pairs import (
    FileConflicts,
    Pair,
    may_conflict,
    predict_conflicts,
)
from plan_worktree.landing.draft_commit import commit_working_tree
from plan_worktree.landing.order import landing_order
from plan_worktree.plan.model import Plan, Stage
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.state.branches.ends import read_ends, trees_of
from plan_worktree.state.obstacles import no_target
from plan_worktree.state.overview import Overview
from plan_worktree.state.repository.facts import Facts, facts_for_reading
from plan_worktree.state.status import Report, StageReport, read_states, read_status


class Conflict(NamedTuple):
    """Two stages that conflict, or a stage and the target (`other` is None), and in what."""

    stage: str
    other: str | None
    conflicts: FileConflicts


@dataclass(frozen=True, slots=True)
class ConflictReport:
    """What conflicts. `stages` have work that is not in the target yet, in the plan's order.

    `compared` are the pairs of them that no dependency orders. `order` is an order of landing in
    which few stages meet a conflict: `late`. `on_copied` are the stages that have to be moved onto
    the target first, because what they build on has landed as other commits.
    """

    plan: Plan
    target: str
    stages: tuple[str, ...]
    compared: frozenset[frozenset[str]]
    conflicts: tuple[Conflict, ...]
    order: tuple[str, ...]
    late: tuple[str, ...]
    on_copied: tuple[str, ...] = ()


class _Side(NamedTuple):
    """A stage's work: the tip in history it stands for, what to merge, and the tree of that."""

    tip: str
    commit: str
    tree: str


def run_conflicts(written: str | None, start: Path, *, uncommitted: bool) -> ConflictReport:
    """Forecast the conflicts of a plan; with what lies in the worktrees when it is asked for.

    Raises BadArgument, Refused and GitError.
    """
    opened = open_plan(written, start)
    facts = facts_for_reading(opened)
    target = facts.target_commit
    if target is None or facts.target is None:
        raise Refused([no_target(facts) or "there is no target"])
    ends = read_ends(facts, opened.graph)
    history = ends.history
    report = read_status(facts, opened.graph) if uncommitted else read_states(ends)
    with scratch_objects(facts.home.git_directory) as variables:
        sides = dict(_sides(facts, report, variables, uncommitted=uncommitted))
        pairs = [
            (one, other)
            for one, other in combinations(sides, 2)
            if not (opened.graph.is_before(one, other) or opened.graph.is_before(other, one))
        ]
        asked: list[tuple[str, str | None]] = [*pairs, *((name, None) for name in sides)]
        trees = trees_of(facts, [target])
        every: dict[str | None, _Side] = {None: _Side(target, target, trees[target])}
        every.update(sides)
        conflicts = tuple(_conflicts(facts, history, every, asked, variables))
    order, late = landing_order(
        opened.graph,
        list(sides),
        [(conflict.stage, conflict.other) for conflict in conflicts if conflict.other is not None],
    )
    name = facts.target.removeprefix(HEADS)
    compared = frozenset(frozenset(pair) for pair in pairs)
    copied = tuple(
        entry.stage.id
        for entry in report.stages
        if entry.work.branch and entry.work.branch.on_copied
    )
    return ConflictReport(opened.plan, name, tuple(sides), compared, conflicts, order, late, copied)


def advised_order(
    seen: Overview, stages: Sequence[Stage], variables: Mapping[str, str]
) -> list[Stage]:
    """Return stages that are to land in the order in which few of them meet a conflict.

    Git writes with the `variables`. Raises GitError.
    """
    facts, graph = seen.facts, seen.opened.graph
    heads = {stage.id: facts.head(stage) or "" for stage in stages}
    trees = trees_of(facts, heads.values())
    sides: dict[str | None, _Side] = {
        name: _Side(head, head, trees[head]) for name, head in heads.items()
    }
    pairs: list[tuple[str, str | None]] = [
        (one, other)
        for one, other in combinations(heads, 2)
        if not (graph.is_before(one, other) or graph.is_before(other, one))
    ]
    found = _conflicts(facts, seen.history, sides, pairs, variables)
    order, _ = landing_order(graph, list(heads), [(c.stage, c.other) for c in found if c.other])
    named = {stage.id: stage for stage in stages}
    return [named[name] for name in order]


def _sides(
    facts: Facts, report: Report, variables: Mapping[str, str], *, uncommitted: bool
) -> Iterator[tuple[str, _Side]]:
    """Yield what each stage brings that is not in the target yet."""
    found: dict[str, tuple[StageReport, str]] = {}
    for entry in report.stages:
        above, branch = facts.upstream(entry.stage), entry.work.branch
        head = facts.head(entry.stage) or (above.commit if above else None)
        if head is None or branch is None or (entry.work.merged and not entry.work.dirty):
            continue
        if branch.has_own_commits or entry.work.dirty:
            found[entry.stage.id] = (entry, head)
    trees = trees_of(facts, (head for _, head in found.values()))
    for name, (entry, head) in found.items():
        side = _Side(head, head, trees[head])
        if uncommitted and entry.work.dirty and entry.work.worktree:
            commit, tree = commit_working_tree(facts.home, entry.work.worktree, variables)
            side = _Side(head, commit, tree)
        yield name, side


def _conflicts(
    facts: Facts,
    history: History,
    sides: Mapping[str | None, _Side],
    asked: list[tuple[str, str | None]],
    variables: Mapping[str, str],
) -> Iterator[Conflict]:
    commits: dict[tuple[str, str | None], Pair] = {}
    for one, other in asked:
        # The target is merged into, as it will be.
        pair = (other, one) if other is None else (one, other)
        commits[one, other] = (sides[pair[0]].commit, sides[pair[1]].commit)
    of = {side.commit: side for side in sides.values()}
    unsure = list(_unsure(facts, history, of, list(commits.values()), variables))
    found = predict_conflicts(facts.home, unsure, variables)
    for names, pair in commits.items():
        if conflicts := found.get(pair):
            yield Conflict(*names, conflicts)


def _unsure(
    facts: Facts,
    history: History,
    of: Mapping[str, _Side],
    pairs: Sequence[Pair],
    variables: Mapping[str, str],
) -> Iterator[Pair]:
    """Yield the pairs that have to be merged to know what becomes of them."""
    bases = {pair: history.merge_bases(of[pair[0]].tip, of[pair[1]].tip) for pair in pairs}
    single = {pair: found[0] for pair, found in bases.items() if len(found) == 1}
    trees = trees_of(facts, set(single.values()))
    spans = {pair: [(trees[base], of[one].tree) for one in pair] for pair, base in single.items()}
    flat = [span for both in spans.values() for span in both]
    changes = changes_between(facts.home.root, flat, variables)
    for pair in pairs:
        if pair not in single or may_conflict(*(changes[span] for span in spans[pair])):
            yield pair
