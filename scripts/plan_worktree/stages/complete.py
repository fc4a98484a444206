"""complete: a stage is done when that was proved, not when somebody says so.

Checked are the worktree (all committed), the scope (what the stage declared), and the stage's own
commands. Those may run for long, so not under the lock: afterwards everything is looked at again,
and only the commit that passed is recorded. The plan is marked before the claim ends, so that the
stage is never free in between; killed there, the same command goes on. In a clone that shares,
the records and the branch are pushed before they are written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.gates.gates import Listener, Ran
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import GitError
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.plan.parts.todo import stage_tasks, ticked_names
from plan_worktree.plan.reading.wording import wording_of
from plan_worktree.planfiles.arguments import plan_and_stage
from plan_worktree.planfiles.boxes import completed_box
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.planfiles.statuses import declare
from plan_worktree.project.hooks import missing_hooks
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import blocked_ref, completed_ref, verified_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.sharing.contact import Contact, push_first, share_of
from plan_worktree.stages.completable import CompleteOptions, Examined, examine
from plan_worktree.stages.current import current_stage
from plan_worktree.stages.proving import Proving
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.ready import Ready, find_ready
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.records import (
    Completion,
    completion_text,
    release_command,
)
from plan_worktree.state.status import StageReport, read_states
from plan_worktree.state.warnings import read_of, warnings_of
from plan_worktree.worktrees.seen import forget_owner, renew

Say = Callable[[str], None]

# So often a completion is looked at again when somebody else has changed the stage's records.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Completed:
    """A stage that is complete at a commit.

    `verified` says that the stage's commands passed at this commit, or that it has no commands.
    `changed` says that the command recorded something, or in a dry run would record something.
    `gates` are the commands that ran or had passed before, in a dry run also those that would run;
    there are none where all was recorded before. `out_of_scope` are undeclared changes that were
    accepted. `stale` says that a dependency has work that the stage's branch lacks.
    `plan_changed` names what of the plan is otherwise than the stage's owner has read it.
    """

    opened: Opened
    stage: Stage
    commit: str
    verified: bool
    changed: bool
    gates: tuple[Ran, ...]
    out_of_scope: tuple[str, ...]
    stale: bool
    note: str | None
    plan_changed: tuple[str, ...]
    ready: Ready


def run_complete(
    options: CompleteOptions, start: Path, listener: Listener, waiting: Say
) -> Completed:
    """Complete a stage; the `listener` hears how its commands go.

    Raises BadArgument, Refused, GitError and OSError.
    """
    plan, name = plan_and_stage((options.plan, options.stage), start)
    options = replace(options, plan=plan, stage=name)
    found = open_plan(plan, start)
    with changing(found, waiting, dry_run=options.dry_run, contact=Contact.ASK) as (opened, facts):
        seen = read_overview(opened, facts)
        stage = current_stage(facts, options.stage, start)
        was_stale = bool(seen.report.of(stage).work.stale)
        examined = examine(seen, stage, options, start)
        recorded = _is_recorded(seen, stage, options)
        if hookless := missing_hooks(facts.home, examined.checkout.path):
            waiting(f"warning: {hookless}")
        for warning in warnings_of(seen, seen.report.of(stage)):
            waiting(f"warning: {warning}")
        proving = Proving(facts, stage, examined.checkout)
        if options.dry_run or recorded:
            planned = proving.planned() if options.verify and not recorded else []
            return _completed(seen, examined, options, planned, changed=not recorded)
        if directory := worktree_git_directory(examined.checkout.path, facts.home.git_directory):
            renew(directory)  # the commands may run for longer than an owner may be silent
    ran = proving.run(options.timeout, listener, waiting) if options.verify else []
    if ran and not ran[-1].passed:
        with (
            suppress(Refused, GitError),
            changing(found, waiting, dry_run=False, contact=Contact.NONE) as (opened, facts),
        ):
            after = _unmoved(read_overview(opened, facts), proving, options, start)
            if proofs := Proving(facts, stage, after.checkout).recording(ran):
                patiently(lambda: gitrefs.update_refs(facts.home.root, proofs), waiting)
        raise Refused([f"stage {stage.id}: {ran[-1].failure(options.timeout)}"])
    seen, after = _settle(found, proving, options, ran, start, waiting)
    if seen.report.of(stage).work.stale and not was_stale:
        sync = f"plan-worktree sync {quote(seen.opened.plan.plan_id)} {stage.id}"
        waiting(f"warning: a dependency has moved on meanwhile: {sync}")
    return _completed(seen, after, options, ran, changed=True)


def _settle(
    found: Opened,
    proving: Proving,
    options: CompleteOptions,
    ran: Sequence[Ran],
    start: Path,
    waiting: Say,
) -> tuple[Overview, Examined]:
    """Look at a stage again whose gates have passed, and record that; return what is so then."""
    for _ in range(_TRIES):
        with changing(found, waiting, dry_run=False, contact=Contact.NONE) as (opened, facts):
            seen = read_overview(opened, facts)
            after = _unmoved(seen, proving, options, start)
            commands = _commands(seen, after, options)
            share = share_of(facts.home, facts.plan)
            if share is None:
                return _record(seen, after, commands, ran, waiting), after
        if push_first(share, commands, waiting):
            with changing(found, waiting, dry_run=False, contact=Contact.NONE) as (opened, facts):
                seen = read_overview(opened, facts)
                left = [command for command in commands if not _is_done(facts, command)]
                if all(_can_run(facts, command) for command in left):
                    return _record(seen, after, left, ran, waiting), after
    again = "others change it again and again: complete it again"
    raise Refused([f"stage {proving.stage.id}: {again}"])


def _unmoved(seen: Overview, proving: Proving, options: CompleteOptions, start: Path) -> Examined:
    """Look at a stage again whose commands have run. Raises Refused where it has changed."""
    stage = proving.stage
    again = seen.opened.plan.stage(stage.id)
    if again is None or again.verify != stage.verify:
        raise Refused([f"stage {stage.id} was changed in the plan meanwhile: complete it again"])
    after = examine(seen, again, options, start)
    if after.checkout.head != proving.checkout.head:
        raise Refused([f"stage {stage.id}: {stage.branch} has moved meanwhile: complete it again"])
    return after


def _is_recorded(seen: Overview, stage: Stage, options: CompleteOptions) -> bool:
    """Tell whether all of it was done before."""
    entry = seen.report.of(stage)
    is_done = stage.status == StageStatus.COMPLETE and entry.work.claim is None
    done = entry.work.completion
    is_noted = options.note is None or (done is not None and done.note == options.note)
    return is_done and is_noted and (entry.is_verified or not options.verify)


def _commands(
    seen: Overview, examined: Examined, options: CompleteOptions
) -> list[tuple[str, ...]]:
    """Return the update-ref commands that record a completion, in the order in which git runs them.

    A run goes on that was killed between any two of them: nothing is verified without the record of
    how, and the claim ends when all is there. Raises GitError.
    """
    stage, checkout, outside = examined
    facts = seen.facts
    reason = options.reason if outside.paths else None
    gates = stage.verify if options.verify else ()
    entry = seen.report.of(stage)
    claim = entry.work.claim
    holder = claim or entry.work.completion
    owner = holder.owner if holder and holder.owner and not options.named else options.owner.name
    reading = claim.reading if claim else wording_of(seen.opened.document).of(stage)
    ticked = ticked_names(stage_tasks(seen.opened.document).get(stage.id, ()))
    done = Completion(owner, gates, reason, outside.paths, _note(entry, options), reading, ticked)
    record = gitrefs.write_blob(facts.home.root, completion_text(done, checkout.head))
    name = completed_ref(facts.plan, stage)
    old = facts.refs.get(name)
    commands = [gitrefs.put(name, record, old.object_id if old else None)]
    if options.verify:
        name = verified_ref(facts.plan, stage)
        commands.append(gitrefs.put(name, checkout.head, facts.verified(stage)))
    if claim:
        commands.append(release_command(facts, stage, claim))
    if before := facts.refs.get(blocked_ref(facts.plan, stage)):
        commands.append(("delete", before.name, before.object_id))
    return commands


def _record(
    seen: Overview,
    examined: Examined,
    commands: Sequence[tuple[str, ...]],
    ran: Sequence[Ran],
    waiting: Say,
) -> Overview:
    """Mark the plan, then change all refs at once; return what is so afterwards.

    Which gates have passed is this clone's alone, and all stages write it: it is read here.
    """
    opened, facts, stage = seen.opened, seen.facts, examined.stage
    complete = {stage.id: StageStatus.COMPLETE}
    written = declare(opened, complete, seen.merged, completed_box(stage.id))
    if todo := [*Proving(facts, stage, examined.checkout).recording(ran), *commands]:
        patiently(lambda: gitrefs.update_refs(facts.home.root, todo), waiting)
    forget_owner(examined.checkout.git_directory)
    if not written:
        return seen
    facts = replace(facts, plan=written.plan)
    ends = replace(seen.ends, facts=facts, graph=written.graph)
    return Overview(written, facts, ends, read_states(ends))


def _is_done(facts: Facts, command: tuple[str, ...]) -> bool:
    """Tell whether a ref has the value already that a command gives it."""
    verb, name, *values = command
    return _value(facts, name) == (None if verb == "delete" else values[0])


def _can_run(facts: Facts, command: tuple[str, ...]) -> bool:
    """Tell whether a ref has the value that a command expects."""
    verb, name, *values = command
    return _value(facts, name) == (None if verb == "create" else values[-1])


def _value(facts: Facts, name: str) -> str | None:
    ref = facts.refs.get(name)
    return ref.object_id if ref else None


def _note(entry: StageReport, options: CompleteOptions) -> str | None:
    """Return the note that a stage has once it is completed."""
    before = entry.work.completion
    return options.note or (before.note if before else None)


def _completed(
    seen: Overview,
    examined: Examined,
    options: CompleteOptions,
    ran: Sequence[Ran],
    *,
    changed: bool,
) -> Completed:
    stage, checkout, outside = examined
    entry = seen.report.of(stage)
    proved = (changed and options.verify and not options.dry_run) or entry.is_verified
    return Completed(
        opened=seen.opened,
        stage=stage,
        commit=checkout.head,
        verified=proved,
        changed=changed,
        gates=tuple(ran),
        out_of_scope=outside.paths,
        stale=bool(entry.work.stale),
        note=_note(entry, options),
        plan_changed=read_of(entry).changed(wording_of(seen.opened.document).of(stage)),
        ready=find_ready(seen.facts, seen.opened.graph, seen.report, options.owner),
    )
