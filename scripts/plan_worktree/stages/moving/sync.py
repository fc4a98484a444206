"""sync: takes what a stage depends on into its branch, where that has moved on.

Every merge is made without a working tree first (git-merge-tree(1)); one that conflicts changes
nothing. An untouched branch is moved instead of merged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.change.checkout import Checkout, dirt, stage_checkout
from plan_worktree.change.move_worktree import Move, advance
from plan_worktree.git.objects.commits import (
    commit_tree,
    independent,
    scratch_objects,
    signs_commits,
)
from plan_worktree.git.objects.conflicts import strip_sides
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.arguments import plan_and_stage
from plan_worktree.planfiles.open_plan import open_plan, select
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused, about
from plan_worktree.stages.current import current_stage
from plan_worktree.stages.moving.freshen import freshen, plan_freshening
from plan_worktree.stages.moving.leave_open import leave_open
from plan_worktree.stages.moving.needed_work import not_up_to_date
from plan_worktree.stages.moving.onto_target import (
    is_joined,
    join_target,
    may_move_onto,
    move_onto_target,
    on_copied,
)
from plan_worktree.state.branches.bases import needed_tips
from plan_worktree.state.branches.rewritten import find_replaced, make_replacing
from plan_worktree.state.obstacles import no_target
from plan_worktree.state.overview import Overview, read_again, read_overview
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.partial_clone import cannot_meet
from plan_worktree.state.status import StageReport
from plan_worktree.state.unpulled import unpulled, unreplaced

Waiting = Callable[[str], None]


class Way(StrEnum):
    """What the caller asks for beyond taking in what has moved on."""

    PLAIN = "plain"
    RESOLVE = "resolve"
    ONTO_TARGET = "onto-target"


class Syncing(StrEnum):
    """What sync does, or did, for a stage."""

    CURRENT = "current"
    FORWARDED = "forwarded"
    MERGED = "merged"
    REBASED = "rebased"
    CONFLICT = "conflict"
    OPENED = "opened"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SyncStep:
    """One stage's part of a sync.

    `before` and `after` are its branch's tips, None when it has none. `files` conflict with what
    `other` brings; `reason` says why the stage was left alone, what goes on with the
    conflict, or which push the moved branch needs.
    """

    stage: Stage
    action: Syncing
    before: str | None
    after: str | None
    files: tuple[str, ...] = ()
    other: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What the caller asks for: a plan and a stage (None: see `run_sync`), and how."""

    plan: str | None
    stage: str | None
    way: Way = Way.PLAIN
    dry_run: bool = False


def run_sync(options: SyncOptions, start: Path, waiting: Waiting) -> list[SyncStep]:
    """Bring a stage, or every stale one in order, up to date with what it depends on.

    Without any name that is the stage in whose worktree we are. Raises BadArgument, Refused,
    GitError and OSError.
    """
    plan, name = plan_and_stage((options.plan, options.stage), start)
    options = replace(options, plan=plan, stage=name)
    found = open_plan(plan, start)
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        if why := no_target(facts):
            raise Refused([why])
        seen = read_overview(opened, facts)
        here = facts.stage_at(start) if options.plan is None else None
        if options.stage is not None or here:
            stage = current_stage(facts, options.stage, start)
            return [_sync(seen, stage, replace(options, stage=stage.id), waiting)]
        return list(_sync_all(seen, options, waiting))


def _sync_all(seen: Overview, options: SyncOptions, waiting: Waiting) -> Iterator[SyncStep]:
    """Yield every stale stage's step; one that moved makes those behind it stale in turn."""
    opened = seen.opened
    for name in opened.graph.order:
        (stage,) = select(opened.plan, [name])
        entry = seen.report.of(stage)
        if not (
            entry.work.stale or (options.way is Way.ONTO_TARGET and may_move_onto(seen, entry))
        ):
            continue
        head = seen.facts.head(entry.stage)
        try:
            step = _sync(seen, entry.stage, options, waiting)
        except Refused as refused:
            why = "; ".join(refused.reasons)
            step = SyncStep(entry.stage, Syncing.REFUSED, head, head, reason=why)
        yield step
        if step.after != step.before and not options.dry_run:
            seen = read_again(seen)


def _sync(seen: Overview, stage: Stage, options: SyncOptions, waiting: Waiting) -> SyncStep:
    """Bring one stage up to date. Raises Refused."""
    facts, entry = seen.facts, seen.report.of(stage)
    way, dry_run = options.way, options.dry_run
    checkout = stage_checkout(facts, stage)
    behind = unpulled(facts, stage, entry.work.branch)
    if behind and not entry.work.merged:
        raise Refused([f"stage {stage.id}: {behind}"])
    if way is Way.PLAIN and (copied := on_copied(seen, entry)):
        raise Refused([f"stage {stage.id}: {copied}"])
    if not entry.work.merged and (late := not_up_to_date(seen, entry)):
        raise Refused([f"stage {stage.id}: {late}"])
    is_done = entry.work.merged or is_joined(seen, entry)
    moves = way is Way.ONTO_TARGET and not is_done
    conflicts = way is Way.RESOLVE and (
        may_move_onto(seen, entry) or _conflicts_with_target(seen, entry, checkout)
    )
    if not (entry.work.stale or conflicts or moves):
        return SyncStep(stage, Syncing.CURRENT, checkout.head, checkout.head)
    if why := list(
        dirt(checkout, seen.opened.path, facts.home.root, untracked=False, refresh=not dry_run)
    ):
        raise Refused(about(f"stage {stage.id}", reason) for reason in why)
    # Of all stages, only one that is named: another one may wait for that merge to be resolved.
    resolves = way is Way.RESOLVE and options.stage is not None and not dry_run
    change = plan_freshening(seen, entry, dry_run=dry_run, partly=resolves)
    if moves and not change:
        return _move(seen, entry, checkout, dry_run, waiting)
    if change:
        if not dry_run:
            freshen(facts, stage, change, waiting)
        if not change.partly:
            return SyncStep(stage, Syncing.FORWARDED, checkout.head, change.tip)
        seen = read_again(seen)
        moved = checkout._replace(head=change.tip)
        step = _merge(seen, seen.report.of(stage), moved, options, waiting)
        return replace(step, before=checkout.head)
    return _merge(seen, entry, checkout, options, waiting)


def _merge(
    seen: Overview,
    entry: StageReport,
    checkout: Checkout,
    options: SyncOptions,
    waiting: Waiting,
) -> SyncStep:
    facts, stage, dry_run = seen.facts, entry.stage, options.dry_run
    root, names = facts.home.root, _names(seen)
    tips = _missing_tips(seen, stage, checkout.head)
    if not entry.work.stale and facts.target_commit:  # what it needs is there, only it conflicts
        tips = [facts.target_commit]
    if (
        len(tips) == 1
        and not may_move_onto(seen, entry)
        and independent(root, [checkout.head, *tips]) == tips
    ):
        if not dry_run:
            advance(facts.home, Move(checkout, tips[0]), waiting)
        return SyncStep(stage, Syncing.FORWARDED, checkout.head, tips[0])
    sign = not dry_run and signs_commits(root)
    with scratch_objects(facts.home.git_directory, needed=dry_run) as variables:
        if may_move_onto(seen, entry):  # only to resolve what the move could not
            tips = [join_target(seen, entry, variables)]
            names[tips[0]] = (facts.target or "").removeprefix(HEADS)
        else:
            made = [
                make_replacing(facts, one, variables, sign=sign)
                for one in find_replaced(seen.ends, tips, [checkout.head])
            ]
            names |= {new: names.get(tip, tip[:10]) for new, tip in zip(made, tips, strict=True)}
            tips = made
        head = before = checkout.head
        for done, tip in enumerate(tips):
            if cut := cannot_meet(facts, head, tip, variables):
                raise Refused([f"stage {stage.id}: what it needs cannot be merged here: {cut}"])
            (result,) = merge_trees(root, [(head, tip)], variables)
            if result.clean:
                message = f"Merge {names.get(tip, tip[:10])} into {stage.branch}\n"
                parents = [head, tip]
                head = commit_tree(
                    root, result.tree, parents, message, sign=sign, variables=variables
                )
                continue
            other = names.get(tip, tip[:10])
            action = Syncing.CONFLICT
            if options.way is Way.RESOLVE and not dry_run:
                if done:  # what merges is taken in first
                    advance(facts.home, Move(checkout, head), waiting)
                    checkout = checkout._replace(head=head)
                leave_open(checkout, _revision(facts, tip, other), tip, other)
                action = Syncing.OPENED
            plan = quote(seen.opened.plan.plan_id)
            advice = f"plan-worktree sync {plan} {stage.id} --resolve"
            files = strip_sides(result.conflicts)
            return SyncStep(stage, action, before, checkout.head, files, other, advice)
    if not dry_run:
        advance(facts.home, Move(checkout, head), waiting)
    return SyncStep(stage, Syncing.MERGED, checkout.head, head)


def _conflicts_with_target(seen: Overview, entry: StageReport, checkout: Checkout) -> bool:
    """Tell whether a stage's branch conflicts with the target. Raises GitError."""
    target, root = seen.facts.target_commit, seen.facts.home.root
    if target is None or entry.work.merged or seen.history.contains(checkout.head, target):
        return False
    with scratch_objects(seen.facts.home.git_directory) as variables:
        return not merge_trees(root, [(checkout.head, target)], variables)[0].clean


def _move(
    seen: Overview, entry: StageReport, checkout: Checkout, dry_run: bool, waiting: Waiting
) -> SyncStep:
    """Make a stage's own commits again on the target."""
    stage, old = entry.stage, checkout.head
    moved = move_onto_target(seen, entry, checkout, waiting, dry_run=dry_run)
    if moved.commit is None:
        name = (seen.facts.target or "").removeprefix(HEADS)
        advice = f"plan-worktree sync {quote(seen.opened.plan.plan_id)} {stage.id} --resolve"
        return SyncStep(stage, Syncing.CONFLICT, old, old, moved.files, name, advice)
    action = Syncing.CURRENT if moved.commit == old else Syncing.REBASED
    push = unreplaced(seen.facts, stage) if action is Syncing.REBASED else None
    return SyncStep(stage, action, old, moved.commit, reason=push)


def _missing_tips(seen: Overview, stage: Stage, head: str) -> list[str]:
    """Return the commits whose work a branch lacks."""
    facts, target = seen.facts, seen.facts.target_commit
    if target is None:
        return []
    branches = {e.stage.id: e.work.branch for e in seen.report.stages if e.work.branch}
    tips = needed_tips(facts, seen.opened.graph, stage, branches, target)
    apart = independent(facts.home.root, [head, *tips])
    return [tip for tip in tips if tip in apart and tip != head]


def _revision(facts: Facts, commit: str, name: str) -> str:
    """Return what to call a commit so that conflict marks name its branch."""
    ref = facts.refs.get(HEADS + name)
    return HEADS + name if ref and ref.object_id == commit else commit


def _names(seen: Overview) -> dict[str, str]:
    facts = seen.facts
    found = {facts.target_commit or "": (facts.target or "").removeprefix(HEADS)}
    heads: Sequence[tuple[str | None, str]] = [
        (facts.last_tip(stage), stage.branch) for stage in facts.plan.stages
    ]
    return found | {head: branch for head, branch in heads if head}
