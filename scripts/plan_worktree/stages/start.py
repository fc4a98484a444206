"""start: claims a stage for one worker, on a base that has what the stage needs.

The claim is made by compare-and-swap, and what comes behind it can be done again by its owner. An
untouched branch is brought to its dependencies' tips in the same transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from shlex import quote

from plan_worktree.change.advance import take_back
from plan_worktree.change.changing import changing
from plan_worktree.change.checkout import checkout_of, not_workable
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import GitError
from plan_worktree.plan.model import PlanStatus, Stage, StageStatus
from plan_worktree.plan.reading.wording import wording_of
from plan_worktree.planfiles.named import plan_and_stage
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.planfiles.statuses import declare, declared
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import claim_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.stages.brief import Brief, make_brief
from plan_worktree.stages.current import current_stage
from plan_worktree.stages.freshen import freshen, plan_freshening
from plan_worktree.stages.needed import needed_unmerged, not_there
from plan_worktree.state.claimed import Claimed, read_claimed
from plan_worktree.state.obstacles import no_target
from plan_worktree.state.overview import Overview, read_again, read_overview
from plan_worktree.state.ready import find_ready, nothing_ready
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import Claim, claim_text
from plan_worktree.state.status import DONE, StageReport, State
from plan_worktree.state.unpulled import diverged_target, unpulled
from plan_worktree.worktrees.notes import only_left
from plan_worktree.worktrees.seen import MINUTE, note_owner

Waiting = Callable[[str], None]


class Taking(StrEnum):
    """How a stage was got, or would be."""

    CLAIMED = "claimed"
    TAKEN_OVER = "taken-over"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class StartOptions:
    """What the caller asks for: a plan and a stage (None: see `run_start`), and how."""

    plan: str | None
    stage: str | None
    owner: Owner
    takeover: bool = False
    set_up: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A stage that was got, and its brief.

    `before` is the claim that was there, with what was seen of its owner where the stage is taken
    over; `moved` whether its branch was brought to what it needs.
    """

    taking: Taking
    brief: Brief
    before: Claim | None
    claimed: Claimed | None = None
    moved: bool = False

    @property
    def left_behind(self) -> bool:
        """Whether it was taken over with work that is in no commit. Raises GitError."""
        there = self.brief.worktree if self.taking is Taking.TAKEN_OVER else None
        return there is not None and gitworktrees.changes(there).dirty


def run_start(options: StartOptions, start: Path, waiting: Waiting) -> Started:
    """Claim a stage and return its brief.

    When no stage is named, the first of these is chosen: the unfinished stage in whose worktree
    `start` lies (only when no plan is named either), a stage that the owner has claimed already,
    the first stage that is ready. Raises BadArgument, Refused, GitError and OSError.
    """
    plan, name = plan_and_stage((options.plan, options.stage), start)
    options = replace(options, plan=plan, stage=name)
    found = open_plan(plan, start)
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        if why := no_target(facts):
            raise Refused([why])
        seen = read_overview(opened, facts)
        entry = _choose(seen, options, start)
        if why := _refusal(seen, entry, options):
            raise Refused([f"stage {entry.stage.id}: {why}"])
        why = not_workable(facts, entry.stage)
        if why and not options.set_up:
            raise Refused([f"stage {entry.stage.id}: {why}"])
        taking = _taking(entry, options)
        claimed = read_claimed(facts, entry) if taking is Taking.TAKEN_OVER else None
        if options.dry_run:
            if not why:  # else there is no branch yet that could be moved
                plan_freshening(seen, entry, dry_run=True)
            return Started(taking, make_brief(seen, entry), entry.work.claim, claimed)
        if why:
            seen = _set_up(seen, entry.stage, waiting)
            entry = seen.report.of(entry.stage)
        return replace(_take(seen, entry, options, waiting), claimed=claimed)


def _take(seen: Overview, entry: StageReport, options: StartOptions, waiting: Waiting) -> Started:
    opened, facts, stage = seen.opened, seen.facts, entry.stage
    change = plan_freshening(seen, entry, dry_run=False)
    claim, taking = entry.work.claim, _taking(entry, options)
    commands = []
    if taking is not Taking.KEPT:
        # A plan that cannot be edited is refused while nothing is claimed yet.
        declared(opened.file, {stage.id: StageStatus.IN_PROGRESS}, frozenset())
    if taking is not Taking.KEPT or (claim and not _is_fresh(claim)):
        base = change.base if change else facts.base(stage) or ""
        claim, command = _new_claim(seen, entry, options.owner, base)
        commands.append(command)
    record = claim.record if claim else None
    try:
        if change:
            seen = seen._replace(facts=freshen(facts, stage, change, waiting, with_it=commands))
        elif commands:
            patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    except GitError as error:
        take_back(facts.home, waiting)
        if _is_lost(facts, entry, record):
            quicker = "somebody else was quicker: plan-worktree status"
            why = f"stage {stage.id}: {quicker} {quote(facts.plan.plan_id)}"
            raise Refused([why]) from error
        raise
    # What is left can be done again by the owner.
    if directory := _git_directory(facts, stage):
        note_owner(directory, *options.owner)
    written = declare(opened, {stage.id: StageStatus.IN_PROGRESS})
    if written:
        seen = seen._replace(opened=written)
    work = replace(entry.work, claim=claim)
    brief = make_brief(seen, replace(entry, work=work))
    return Started(taking, brief, entry.work.claim, moved=change is not None)


def _choose(seen: Overview, options: StartOptions, start: Path) -> StageReport:
    facts, report = seen.facts, seen.report
    here = facts.stage_at(start) if options.plan is None else None
    if options.stage is not None or (here and report.of(here).state not in DONE):
        return report.of(current_stage(facts, options.stage, start))
    for entry in report.stages:
        claim = entry.work.claim
        if claim and claim.is_of(options.owner) and entry.state not in (*DONE, State.BLOCKED):
            return entry
    ready = find_ready(facts, seen.opened.graph, report, options.owner)
    homeless, dirty = [], []
    for candidate in ready.stages:
        stage = candidate.entry.stage
        if not_workable(facts, stage):
            homeless.append(candidate.entry)
            continue
        checkout = checkout_of(facts, stage)
        changes = gitworktrees.changes(checkout.path, refresh=not options.dry_run)
        common = facts.home.git_directory
        if not changes.dirty or only_left(checkout.path, common, changes):
            work = replace(candidate.entry.work, changes=changes)
            return replace(candidate.entry, work=work)
        dirty.append(stage.id)  # somebody works there without having said so
    if homeless and options.set_up:
        return homeless[0]
    plan = quote(facts.plan.plan_id)
    if homeless:
        raise Refused(
            f"stage {entry.stage.id}: {not_workable(facts, entry.stage)}" for entry in homeless
        )
    if dirty:
        raise Refused(
            f"stage {name} has uncommitted changes and nobody has claimed it; when they are yours: "
            f"plan-worktree start {plan} {name}"
            for name in dirty
        )
    raise Refused([nothing_ready(ready)])


def _refusal(seen: Overview, entry: StageReport, options: StartOptions) -> str | None:
    """Say why a stage cannot be started, or None."""
    plan, stage, claim = quote(seen.opened.plan.plan_id), entry.stage, entry.work.claim
    if seen.opened.plan.status == PlanStatus.ABANDONED:
        return f"its plan is abandoned: to take it up again, plan-worktree mark {plan} in-progress"
    if entry.state is State.MERGED:
        return (
            "it is merged already, so what is to change now is a new stage of the plan: to take "
            f"the next one, plan-worktree start {plan}"
        )
    if entry.state is State.COMPLETE:
        return (
            "it is complete already: to work on it again, "
            f"plan-worktree mark {plan} {stage.id} in-progress"
        )
    if entry.state is State.BLOCKED:
        return (
            "it is declared blocked: when it no longer is, "
            f"plan-worktree mark {plan} {stage.id} in-progress"
        )
    if entry.waiting_for:
        needed = "; ".join(_standing(other) for other in seen.report.among(entry.waiting_for))
        return f"it waits for {needed}: to take another, plan-worktree start {plan}"
    behind = unpulled(seen.facts, stage, entry.work.branch)
    if behind and (entry.work.started or (entry.work.branch and entry.work.branch.unpushed)):
        return behind  # an untouched branch is brought forward
    if wrong := diverged_target(seen.facts):
        return wrong
    for other in needed_unmerged(seen, entry):
        if lost := not_there(seen, other):
            return f"it needs {other.stage.id}, {lost}"
    if claim and not options.takeover and not claim.is_of(options.owner):
        held = read_claimed(seen.facts, entry)
        return held.refusal if held else None
    return None


def _standing(entry: StageReport) -> str:
    claim = entry.work.claim
    return f"{entry.stage.id}, {entry.state}" + (f" by {claim.owner}" if claim else "")


def _taking(entry: StageReport, options: StartOptions) -> Taking:
    claim = entry.work.claim
    if claim is None:
        return Taking.CLAIMED
    return Taking.KEPT if claim.is_of(options.owner) else Taking.TAKEN_OVER


def _new_claim(
    seen: Overview, entry: StageReport, owner: Owner, base: str
) -> tuple[Claim, tuple[str, ...]]:
    """Return a claim, and the command that makes it or swaps it against the one that was seen.

    The owner's own is renewed: it holds the stage as long as before, from where it was begun.
    """
    facts, before = seen.facts, entry.work.claim
    name, reading = (
        claim_ref(facts.plan, entry.stage),
        wording_of(seen.opened.document).of(entry.stage),
    )
    if before and before.is_of(owner):
        text = claim_text(owner, before.base, reading, before.time)
    else:
        text = claim_text(owner, base, reading)
    record = gitrefs.write_blob(facts.home.root, text)
    command = ("update", name, record, before.record) if before else ("create", name, record)
    return Claim.read(text, record), command


def _is_fresh(claim: Claim) -> bool:
    """Tell whether a claim says that its owner was seen in the last minute."""
    seen = claim.last_seen()
    return seen is not None and 0 <= time.time() - seen < MINUTE


def _git_directory(facts: Facts, stage: Stage) -> Path | None:
    """Return the git directory of a stage's worktree, None where there is none of its own."""
    listed = facts.worktree_of(stage)
    return worktree_git_directory(listed.path, facts.home.git_directory) if listed else None


def _is_lost(facts: Facts, entry: StageReport, own: str | None) -> bool:
    """Tell whether somebody who does not hold the lock has claimed a stage meanwhile."""
    name, seen = claim_ref(facts.plan, entry.stage), entry.work.claim
    now = gitrefs.refs(facts.home.root, name).get(name)
    return (now.object_id if now else None) not in (seen.record if seen else None, own)


def _set_up(seen: Overview, stage: Stage, waiting: Waiting) -> Overview:
    """Make a stage's worktree, under the lock that is held already, and look at the plan again.

    Raises Refused.
    """
    from plan_worktree.setup.execute import execute_setup
    from plan_worktree.setup.setup import plan_setup
    from plan_worktree.setup.step import Action, Watcher

    opened, facts = seen.opened, seen.facts
    steps = plan_setup(facts, opened.graph, [stage], dry_run=False)
    (step,) = execute_setup(facts, steps, opened.path, Watcher(waiting, lambda _: None))
    if step.action is Action.FAILED:
        raise Refused([f"stage {stage.id} could not be set up: {step.error}"])
    return read_again(seen)
