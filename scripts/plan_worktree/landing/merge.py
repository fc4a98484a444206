"""merge: lands complete stages in the target, dependencies first.

Everything is checked and predicted before the first change. A stage that conflicts stops it
there: what landed before it stays, and nothing of it was begun. Run again, it goes on. Once a
stage has landed nothing is refused any more: whatever keeps the rest from landing is a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.change.follow_branches import take_completed
from plan_worktree.change.landing_note import Tip
from plan_worktree.gates.gates import Ran
from plan_worktree.git.process import GitError, require_version
from plan_worktree.git.worktrees import changes
from plan_worktree.landing.land import Failure, land
from plan_worktree.landing.landable import find_landable
from plan_worktree.landing.place import go_to_target
from plan_worktree.landing.planned_landing import Landing, MergeOptions, Merging, Say
from plan_worktree.landing.preview import going_on, predict
from plan_worktree.landing.verdicts import Verdicts
from plan_worktree.plan.model import Plan, PlanStatus, Stage
from plan_worktree.planfiles.arguments import plan_and_stages
from plan_worktree.planfiles.boxes import landed_boxes
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.planfiles.statuses import declare
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.state.overview import Overview, read_again, read_overview
from plan_worktree.state.ready import all_landed
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.upstreams import Upstream
from plan_worktree.state.status import State
from plan_worktree.state.warnings import plan_warnings

FAILURES = (Refused, GitError, OSError)
# What an older and a newer git says when a reference-transaction hook (githooks(5)) refuses.
_BY_HOOK = ("aborted by hook", "reference-transaction hook")


@dataclass(frozen=True, slots=True)
class Landed:
    """A stage that has landed, and the target's commit that brought it: None in a dry run."""

    stage: Stage
    commit: str | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stage at which it stopped, the files that conflict, and why, with what fixes it.

    `stage` is None where what has landed could not be recorded. `failed` says that git or the
    environment failed, and nothing speaks against the stage.
    """

    stage: Stage | None
    files: tuple[str, ...]
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Culprit:
    """A stage that does not land although everything before it does: the files that conflict.

    Or the gate that failed as `ran`, and where the scratch worktree in which it failed is `kept`.
    `reason` ends with what goes on from there.
    """

    stage: Stage
    files: tuple[str, ...]
    reason: str
    ran: Ran | None = None
    kept: Path | None = None


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What has landed, what stopped it, and as `left` what is not in the target yet.

    `forwarded` is the upstream that the target was brought forward to before, None where it was
    not behind. `closing` says what there is to do when all is in the target, `unpushed` which push
    lets the other clones that share the plan have what landed. The `culprits` have not stopped the
    others. `gates` are those of the merged results, by stage: they have run, or were known to pass,
    or in a dry run would run.
    """

    opened: Opened
    target: str
    landed: tuple[Landed, ...]
    stopped: Stopped | None
    left: tuple[tuple[Stage, State], ...]
    forwarded: Upstream | None = None
    closing: str | None = None
    unpushed: str | None = None
    culprits: tuple[Culprit, ...] = ()
    gates: tuple[Ran, ...] = ()


def run_merge(options: MergeOptions, start: Path, waiting: Say) -> MergeReport:
    """Land the named stages, or all that are complete, unproved.

    Raises BadArgument, Refused, GitError and OSError, but not once a stage has landed.
    """
    require_version()
    plan, names = plan_and_stages(options.plan, options.stages, start)
    options = replace(options, plan=plan, stages=names)
    found = open_plan(plan, start)
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        select(opened.plan, options.stages)
        taken = take_completed(facts, opened.graph, waiting, dry_run=options.dry_run)
        seen, forwarded = read_overview(opened, taken), None
        results: list[Landed | Stopped] = []
        verdicts, gates = Verdicts(opened.plan), list[Ran]()
        verdicts.look_up(facts)

        def may_land(landing: Landing) -> bool:
            gates.extend(verdicts.of(landing) if landing.reason is None else ())
            return True

        if stages := find_landable(seen, options.stages, options.method):
            for warning in plan_warnings(seen, [seen.report.of(stage) for stage in stages]):
                waiting(f"warning: {warning}")
            merging, forwarded = go_to_target(seen, options, waiting)
            results = list(land_all(merging, stages, may_land))
        merged = report(seen, results, forwarded, dry_run=options.dry_run)
        return replace(merged, gates=tuple(gates))


def _closing(seen: Overview, target: str) -> str | None:
    """Say what there is to do when all is in the target; None for a plan that was given up."""
    opened = seen.opened
    if opened.plan.status == PlanStatus.ABANDONED:
        return None
    root = opened.require_home().root
    try:
        found = changes(root)
        edited = any(root / path == opened.path for path in (*found.tracked, *found.untracked))
    except GitError:  # nothing is known of it, so better look
        edited = True
    left = any(entry.work.worktree for entry in seen.report.stages)
    return all_landed(opened.plan, target, left, edited)


def report(
    seen: Overview,
    results: Sequence[Landed | Stopped],
    forwarded: Upstream | None,
    *,
    dry_run: bool,
) -> MergeReport:
    """Declare in the plan what is in the target, and return what came of a merge.

    Raises Refused, GitError and OSError where nothing has landed.
    """
    opened = seen.opened
    landed = tuple(result for result in results if isinstance(result, Landed))
    stopped = next((result for result in results if isinstance(result, Stopped)), None)
    if not dry_run:
        try:
            seen = read_again(seen) if results or forwarded else seen
            declare(opened, {}, seen.merged, landed_boxes(seen.merged))
        except FAILURES as error:
            if not landed:
                raise
            stopped = _and_unrecorded(stopped, stop_of(opened.plan, None, error))
    done = {one.stage.id for one in landed}
    left = [
        (e.stage, e.state)
        for e in seen.report.stages
        if e.state is not State.MERGED and e.stage.id not in done
    ]
    target = (seen.facts.target or "").removeprefix(HEADS)
    is_over = not (left or stopped or dry_run)
    closing = _closing(seen, target) if is_over else None
    unpushed = _unpushed(seen.facts) if landed and not dry_run else None
    return MergeReport(opened, target, landed, stopped, tuple(left), forwarded, closing, unpushed)


def _unpushed(facts: Facts) -> str | None:
    """Return the command that pushes what the target has, where other clones share the plan."""
    above = facts.upstreams.target
    if above is None or facts.target is None or not facts.home.settings.shared_through():
        return None
    name = facts.target.removeprefix(HEADS)
    what = name if name == above.branch else f"{name}:{above.branch}"
    return f"git -C {quote(str(facts.home.root))} push {quote(above.remote)} {quote(what)}"


def land_all(
    merging: Merging, stages: Sequence[Stage], may_land: Callable[[Landing], bool]
) -> Iterator[Landed | Stopped]:
    """Land stages in their order; yield each that has landed, and last what stopped the others.

    It ends before the first landing that may not be, by what is predicted of it now. Raises
    Refused, GitError and OSError before the first change alone.
    """
    plan, forecast = merging.seen.opened.plan, predict(merging, stages)
    if hindrances := forecast.in_home.hindrances:
        raise Refused(why for reasons in hindrances.values() for why in reasons)
    at: Tip | None = None
    while forecast.landings:
        landing, forecast = forecast.landings[0], forecast.without_first()
        if not may_land(landing):
            return
        if landing.reason:
            yield Stopped(landing.stage, landing.files, landing.reason)
            return
        if merging.options.dry_run:
            yield Landed(landing.stage, None)
            continue
        merging.waiting(f"landing {landing.stage.id}")
        at, failure = land(merging, landing.moved_to(at.commit) if at else landing)
        if at:
            yield Landed(landing.stage, at.commit)
        if failure:
            yield stop_of(plan, None if at else landing.stage, failure)
        if failure or at is None:
            return
        if forecast.stages:
            try:
                forecast = going_on(merging, landing, at, forecast)
            except FAILURES as error:
                yield stop_of(plan, forecast.stages[0], error)
                return


def stop_of(plan: Plan, stage: Stage | None, error: Failure) -> Stopped:
    """Return a failure as what stopped a merge at a stage."""
    again = f"when that is fixed: plan-worktree merge {quote(plan.plan_id)}"
    if isinstance(error, Refused):
        return Stopped(stage, (), "\n".join(error.reasons))
    said = f"git {error.verb} fails:\n{error.said}" if isinstance(error, GitError) else error
    if isinstance(error, GitError) and any(words in error.said for words in _BY_HOOK):
        submit = f"plan-worktree submit {quote(plan.plan_id)}"
        again = f"{again}; or where that hook wants pull requests: {submit}"
    return Stopped(stage, (), f"{said}\n{again}", failed=True)


def _and_unrecorded(stopped: Stopped | None, unrecorded: Stopped) -> Stopped:
    """Return what stopped a merge when, besides, what has landed could not be recorded."""
    if stopped is None:
        return unrecorded
    return replace(stopped, reason=f"{stopped.reason}\n{unrecorded.reason}")
