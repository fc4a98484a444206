"""start: claims a stage for one worker, on a base that has what the stage needs.

The claim is made by compare-and-swap, and what comes behind it can be done again by its owner. An
untouched branch is brought to its dependencies' tips in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.changing import changing
from plan_worktree.change.checkout import checkout_of, not_workable
from plan_worktree.change.move_worktree import take_back
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import GitError
from plan_worktree.plan.model import StageStatus
from plan_worktree.planfiles.arguments import plan_and_stage
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.planfiles.statuses import declare, declared
from plan_worktree.project.lock import patiently
from plan_worktree.project.refusal import Code, NothingLeft, NotYet, Reason, Refused, about
from plan_worktree.sharing.contact import Contact, share_of, tell
from plan_worktree.stages.brief import Brief, make_brief
from plan_worktree.stages.current import current_stage
from plan_worktree.stages.moving.freshen import freshen, plan_freshening
from plan_worktree.stages.starting.claiming import is_current, is_lost, new_claim
from plan_worktree.stages.starting.pushed_claim import giving_back, offering_offline, push_claim
from plan_worktree.stages.starting.startable import not_startable, unclaimed
from plan_worktree.state.claimed import Claimed, read_claimed
from plan_worktree.state.obstacles import no_target
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.ready import Next, find_ready, nothing_ready
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import Claim
from plan_worktree.state.repository.slots import slot_of
from plan_worktree.state.status import DONE, StageReport, State
from plan_worktree.worktrees.notes import only_left
from plan_worktree.worktrees.seen import note_owner

Waiting = Callable[[str], None]

# So often a stage is chosen again when clones that share the plan were quicker.
_TRIES = 20


class Taking(StrEnum):
    """How a stage was got, or would be."""

    CLAIMED = "claimed"
    TAKEN_OVER = "taken-over"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class StartOptions:
    """What the caller asks for: a plan and a stage (None: see `run_start`), and how.

    `offline` claims it in this clone alone, without asking the remote that others share it through.
    """

    plan: str | None
    stage: str | None
    owner: Owner
    takeover: bool = False
    set_up: bool = False
    dry_run: bool = False
    offline: bool = False


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


class _Chosen(NamedTuple):
    """A stage that may be taken, and how. `unmade` says why nobody can work there yet, or None."""

    seen: Overview
    entry: StageReport
    unmade: str | None
    taking: Taking
    claimed: Claimed | None


def run_start(options: StartOptions, start: Path, waiting: Waiting) -> Started:
    """Claim a stage and return its brief.

    When no stage is named, the first of these is chosen: the unfinished stage in whose worktree
    `start` lies (only when no plan is named either), a stage that the owner has claimed already,
    the first stage that is ready. In a clone that shares, the claim is pushed before anything is
    changed here; whoever is too late chooses again. Raises BadArgument, Refused, GitError and
    OSError.
    """
    plan, name = plan_and_stage((options.plan, options.stage), start)
    options = replace(options, plan=plan, stage=name)
    found = open_plan(plan, start)
    if (
        found.require_home().settings.shared_through()
    ):  # whoever takes it, wherever, builds it there
        options = replace(options, set_up=True)
    contact = Contact.NONE if options.offline else Contact.NEED
    for _ in range(_TRIES):
        with (
            offering_offline(found.plan, options.stage),
            changing(found, waiting, dry_run=options.dry_run, contact=contact) as (opened, facts),
        ):
            chosen = _may_take(opened, facts, options, start)
            if options.dry_run:
                return _foresee(chosen)
            share = None if options.offline else share_of(facts.home, facts.plan)
            got = (
                _get(chosen, options, waiting)
                if share is None or chosen.taking is Taking.KEPT
                else None
            )
            command = () if got else _claim(chosen, options.owner)
        contact = Contact.NONE  # after a push that came too late it is known who was quicker
        stage = chosen.entry.stage
        if got and (share is None or tell(share, waiting)):
            return got
        if got or share is None:  # it was claimed here alone, and others have it now
            continue
        with offering_offline(found.plan, stage.id):
            is_ours = push_claim(share, command, waiting)
        if is_ours:
            named = replace(options, stage=stage.id, takeover=False)
            with giving_back(found, command, waiting):
                return _get_pushed(chosen, named, start, waiting)
    see = f"plan-worktree status {quote(found.plan.plan_id)} --fetch"
    raise Refused([Reason(f"others were quicker again and again: {see}", Code.CLAIMED, see)])


def _may_take(opened: Opened, facts: Facts, options: StartOptions, start: Path) -> _Chosen:
    """Choose a stage that may be taken. Raises Refused, and else as `run_start`."""
    if why := no_target(facts):
        raise Refused([why])
    seen = read_overview(opened, facts)
    entry = _choose(seen, options, start)
    subject = f"stage {entry.stage.id}"
    if why := not_startable(seen, entry, options.owner, takeover=options.takeover):
        raise Refused([about(subject, why)])
    why = not_workable(facts, entry.stage)
    if why and not options.set_up:
        raise Refused([about(subject, why)])
    taking = _taking(entry, options)
    claimed = read_claimed(facts, entry) if taking is Taking.TAKEN_OVER else None
    return _Chosen(seen, entry, why, taking, claimed)


def _foresee(chosen: _Chosen) -> Started:
    """Return how a stage would be got. Raises Refused where that would fail."""
    seen, entry = chosen.seen, chosen.entry
    if not chosen.unmade:  # else there is no branch yet that could be moved
        plan_freshening(seen, entry, dry_run=True)
    return Started(chosen.taking, make_brief(seen, entry), entry.work.claim, chosen.claimed)


def _claim(chosen: _Chosen, owner: Owner) -> tuple[str, ...]:
    """Return the command that claims a stage, when nothing here speaks against it."""
    seen, entry = chosen.seen, chosen.entry
    change = None if chosen.unmade else plan_freshening(seen, entry, dry_run=True)
    declared(seen.opened.file, {entry.stage.id: StageStatus.IN_PROGRESS}, frozenset())
    base = change.base if change else seen.facts.base(entry.stage) or ""
    return new_claim(seen, entry, owner, base)[1]


def _get_pushed(chosen: _Chosen, options: StartOptions, start: Path, waiting: Waiting) -> Started:
    """Get a stage whose claim was pushed: what is here follows, so that the stage is ours."""
    found = chosen.seen.opened
    with changing(found, waiting, dry_run=False, contact=Contact.NONE) as (opened, facts):
        now = _may_take(opened, facts, options, start)
        if now.taking is not Taking.KEPT:
            raise Refused([f"stage {chosen.entry.stage.id} was taken meanwhile: start again"])
        got = _get(now, options, waiting)
    before = chosen.entry.work.claim
    return replace(got, taking=chosen.taking, before=before, claimed=chosen.claimed)


def _get(chosen: _Chosen, options: StartOptions, waiting: Waiting) -> Started:
    """Get a stage, its worktree made first where that is to be. Must run under the lock."""
    seen, entry = chosen.seen, chosen.entry
    if chosen.unmade:
        from plan_worktree.stages.starting.missing_setup import make_worktree

        seen = make_worktree(seen, entry.stage, waiting)
        entry = seen.report.of(entry.stage)
    if slot_of(seen.facts, entry.stage) is None:
        from plan_worktree.stages.starting.missing_setup import make_slot

        seen = make_slot(seen, entry.stage, waiting)
    return replace(_take(seen, entry, options, waiting), claimed=chosen.claimed)


def _take(seen: Overview, entry: StageReport, options: StartOptions, waiting: Waiting) -> Started:
    opened, facts, stage = seen.opened, seen.facts, entry.stage
    change = plan_freshening(seen, entry, dry_run=False)
    claim, taking = entry.work.claim, _taking(entry, options)
    commands = []
    if taking is not Taking.KEPT:
        # A plan that cannot be edited is refused while nothing is claimed yet.
        declared(opened.file, {stage.id: StageStatus.IN_PROGRESS}, frozenset())
    if taking is not Taking.KEPT or (claim and not is_current(seen, stage, claim)):
        base = change.base if change else facts.base(stage) or ""
        claim, command = new_claim(seen, entry, options.owner, base)
        commands.append(command)
    record = claim.record if claim else None
    try:
        if change:
            seen = seen._replace(facts=freshen(facts, stage, change, waiting, with_it=commands))
        elif commands:
            patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    except GitError as error:
        take_back(facts.home, waiting)
        if is_lost(facts, entry, record):
            see = f"plan-worktree status {quote(facts.plan.plan_id)}"
            why = f"stage {stage.id}: somebody else was quicker: {see}"
            raise Refused([Reason(why, Code.CLAIMED, see)]) from error
        raise
    # What is left can be done again by the owner.
    listed = facts.worktree_of(stage)
    common = facts.home.git_directory
    if listed and (directory := worktree_git_directory(listed.path, common)):
        note_owner(directory, *options.owner)
    written = declare(opened, {stage.id: StageStatus.IN_PROGRESS})
    if written:
        seen = seen._replace(opened=written)
    work = replace(entry.work, claim=claim)
    brief = make_brief(seen, replace(entry, work=work, state=State.IN_PROGRESS))
    return Started(taking, brief, entry.work.claim, moved=change is not None)


def _choose(seen: Overview, options: StartOptions, start: Path) -> StageReport:
    facts, report = seen.facts, seen.report
    here = facts.stage_at(start) if options.plan is None else None
    if options.stage is not None or (here and report.of(here).state not in DONE):
        return report.of(current_stage(facts, options.stage, start))
    ready = find_ready(facts, seen.opened.graph, report, options.owner)
    if ready.mine:
        return ready.mine[0]
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
    if homeless:
        raise Refused(
            about(f"stage {entry.stage.id}", not_workable(facts, entry.stage) or "")
            for entry in homeless
        )
    if dirty:
        raise Refused(unclaimed(facts, name) for name in dirty)
    refusal = {Next.WAIT: NotYet, Next.DONE: NothingLeft}.get(ready.next, Refused)
    raise refusal([nothing_ready(ready)])


def _taking(entry: StageReport, options: StartOptions) -> Taking:
    claim = entry.work.claim
    if claim is None:
        return Taking.CLAIMED
    return Taking.KEPT if claim.is_of(options.owner) else Taking.TAKEN_OVER
