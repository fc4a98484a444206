"""mark: what a person declares of a stage or of the plan itself, written into the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.changing import changing
from plan_worktree.change.unfinished_landing import make_landing_record
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.objects.commits import is_ancestor, named_commit
from plan_worktree.plan.model import Plan, PlanStatus, Stage, StageStatus
from plan_worktree.plan.parts.todo import stage_tasks, ticked_names
from plan_worktree.planfiles.approval import require_clean
from plan_worktree.planfiles.arguments import plan_and_stage
from plan_worktree.planfiles.boxes import marked_box
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.planfiles.statuses import declare, declare_plan, declared, declared_plan
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import (
    HEADS,
    blocked_ref,
    completed_ref,
    landed_ref,
    verified_ref,
)
from plan_worktree.project.refusal import BadArgument, Refused
from plan_worktree.stages.current import some_stages
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import (
    Claim,
    Completion,
    blocked_text,
    completion_text,
    release_command,
)

# Who says one of these says that nobody works on the stage any more.
_ENDING = (StageStatus.NOT_STARTED, StageStatus.COMPLETE)


class Marked(NamedTuple):
    """What was, or would be, written of a stage, or of the plan itself where `stage` is None.

    `released` is a claim that ended with it.
    """

    plan: Plan
    stage: Stage | None
    status: str
    changed: bool
    released: Claim | None = None


class MarkOptions(NamedTuple):
    """What the caller asks for: a status for a stage of a plan, or for the plan.

    `names` are up to two words that name a plan and a stage. `landed` names the commit that brought
    the stage's work into the target. `note` says why a stage is blocked; `by` is a worker that
    gives its claim up with that.
    """

    names: tuple[str, ...]
    status: str
    landed: str | None = None
    dry_run: bool = False
    note: str | None = None
    by: Owner | None = None


def run_mark(options: MarkOptions, start: Path, waiting: Callable[[str], None]) -> Marked:
    """Declare the status of a stage, or of the plan where a plan is named and no stage.

    Without any name it is the stage in whose worktree `start` lies; elsewhere it is the only plan.
    Raises BadArgument, Refused, GitError and OSError.
    """
    plan, name = plan_and_stage(options.names, start)
    found = open_plan(plan, start)
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        if name is not None:
            (stage,) = select(opened.plan, [name])
            return _mark_stage(opened, facts, stage, options, waiting)
        here = facts.stage_at(start) if plan is None else None
        if here is not None:
            return _mark_stage(opened, facts, here, options, waiting)
        return _mark_plan(opened, options, start)


def _mark_plan(opened: Opened, options: MarkOptions, start: Path) -> Marked:
    plan = opened.plan
    if options.status not in list(PlanStatus):
        raise BadArgument(
            f"{options.status} is a status of a stage: name that behind the plan, one of "
            f"{some_stages(plan)}; a plan is {' or '.join(PlanStatus)}"
        )
    if options.landed is not None or options.note is not None:
        raise BadArgument(f"{'--note' if options.note else '--landed'} goes with a stage")
    status = PlanStatus(options.status)

    def decided(now: Opened) -> PlanStatus:
        if status is PlanStatus.APPROVED:
            require_clean(now, start)
        return status

    if options.dry_run:
        changed = declared_plan(opened.file, decided(opened)) is not None
    else:
        changed = declare_plan(opened, decided) is not None
    return Marked(plan, None, status, changed)


def _mark_stage(
    opened: Opened,
    facts: Facts,
    stage: Stage,
    options: MarkOptions,
    waiting: Callable[[str], None],
) -> Marked:
    if options.status not in list(StageStatus):
        raise BadArgument(
            f"{options.status} is a status of a plan: plan-worktree mark "
            f"{quote(opened.plan.plan_id)} {options.status}; a stage is "
            f"{' or '.join(StageStatus)}"
        )
    status = StageStatus(options.status)
    commands = landing_commands(facts, stage, options.landed) if options.landed else []
    seen = read_overview(opened, facts)
    claim = seen.report.of(stage).work.claim
    if status not in _ENDING and not (claim and options.by and claim.is_of(options.by)):
        claim = None
    wanted, boxes = {stage.id: status}, marked_box(stage.id, status)
    if options.dry_run:
        changed = declared(opened.file, wanted, seen.merged, boxes) is not None
        changed = changed or bool(options.landed or options.note)
        return Marked(opened.plan, stage, status, changed, claim)
    commands += _blocked_commands(facts, stage, status, options)
    changed = declare(opened, wanted, seen.merged, boxes) is not None
    if claim:
        commands.append(release_command(facts, stage, claim))
    if facts.home.settings.shared_through():
        commands += list(_shared_words(seen, stage, status))
    if commands:
        patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    changed = changed or bool(options.landed or options.note)
    return Marked(opened.plan, stage, status, changed, claim)


def _blocked_commands(
    facts: Facts, stage: Stage, status: StageStatus, options: MarkOptions
) -> list[tuple[str, ...]]:
    """Return what writes down that a stage is blocked and why, or drops that.

    The reason is told until the stage is complete. Clones that share the plan read from the record
    that the stage is blocked, so there it goes as soon as the stage no longer is.
    """
    name, shared = blocked_ref(facts.plan, stage), facts.home.settings.shared_through()
    old = facts.refs.get(name)
    if status is StageStatus.BLOCKED and (options.note or (shared and not old)):
        record = gitrefs.write_blob(facts.home.root, blocked_text(options.note or "", options.by))
        return [gitrefs.put(name, record, old.object_id if old else None)]
    if old and (status is StageStatus.COMPLETE or (shared and status is not StageStatus.BLOCKED)):
        return [("delete", name, old.object_id)]
    return []


def _shared_words(seen: Overview, stage: Stage, status: StageStatus) -> Iterator[tuple[str, ...]]:
    """Yield what tells other clones, which do not see this plan's file, what was declared.

    A stage that is complete by what a person says has a record without gates; one that is to be
    worked on again has none.
    """
    facts, entry = seen.facts, seen.report.of(stage)
    completed, verified = completed_ref(facts.plan, stage), facts.verified(stage)
    old = facts.refs.get(completed)
    if status is StageStatus.COMPLETE and old is None:
        owner = entry.work.claim.owner if entry.work.claim else ""
        ticked = ticked_names(stage_tasks(seen.opened.document).get(stage.id, ()))
        done = Completion(owner, (), None, (), ticked=ticked)
        text = completion_text(done, facts.last_tip(stage) or "")
        yield ("create", completed, gitrefs.write_blob(facts.home.root, text))
    elif status is not StageStatus.COMPLETE and old:
        yield ("delete", completed, old.object_id)
        if verified:
            yield ("delete", verified_ref(facts.plan, stage), verified)


def landing_commands(facts: Facts, stage: Stage, written: str) -> list[tuple[str, ...]]:
    """Return what records that a commit brought a stage's work into the target.

    Raises Refused when the target does not have the commit, and GitError.
    """
    root, target = facts.home.root, facts.target_commit
    commit = named_commit(root, written)
    name = (facts.target or "").removeprefix(HEADS)
    if commit is None:
        fetch = f"git -C {quote(str(root))} fetch"
        raise Refused([f"there is no commit {written} here: {fetch}, or name another one"])
    if target is None or not is_ancestor(root, commit, target):
        log = f"git -C {quote(str(root))} log {quote(name)}"
        raise Refused([f"{name} does not have {commit[:10]}: see which commit brought it: {log}"])
    head = facts.last_tip(stage) or commit
    record = make_landing_record(root, commit, head)
    old = facts.refs.get(landed_ref(facts.plan, stage))
    return [gitrefs.put(landed_ref(facts.plan, stage), record, old.object_id if old else None)]
