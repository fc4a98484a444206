"""merge: lands complete stages in the target, dependencies first.

Everything is checked and predicted before the first change. A stage that conflicts stops it
there: what landed before it stays, and nothing of it was begun. Run again, it goes on. Once a
stage has landed nothing is refused any more: whatever keeps the rest from landing is a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.change.landing_note import Note
from plan_worktree.git.process import GitError, require_version
from plan_worktree.landing.land import land_detached, land_in_home, landed_anyway, note_of
from plan_worktree.landing.landable import find_landable
from plan_worktree.landing.landing import Landing, MergeOptions
from plan_worktree.landing.place import bring_forward, choose_place, require_clear_way
from plan_worktree.landing.preview import changed_in_place, going_on, predict
from plan_worktree.landing.proof import Made, prove
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.boxes import landed_boxes
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.planfiles.statuses import declare
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.project.shell import stage_variables
from plan_worktree.state.ends import trees_of
from plan_worktree.state.facts import Facts, read_facts
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.status import State
from plan_worktree.state.upstreams import Upstream

Say = Callable[[str], None]

_Failure = Refused | GitError | OSError
_FAILURES = (Refused, GitError, OSError)


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
class MergeReport:
    """What has landed, what stopped it, and as `left` what is not in the target yet.

    `forwarded` is the upstream that the target was brought forward to before, None where it was
    not behind.
    """

    opened: Opened
    target: str
    landed: tuple[Landed, ...]
    stopped: Stopped | None
    left: tuple[tuple[Stage, State], ...]
    forwarded: Upstream | None = None


@dataclass(frozen=True, slots=True)
class _Doing:
    """What every landing of one merge needs; `say` gets what verify commands print."""

    seen: Overview
    options: MergeOptions
    say: Say
    waiting: Say


def run_merge(options: MergeOptions, start: Path, say: Say, waiting: Say) -> MergeReport:
    """Land the named stages, or all that are complete.

    `say` gets what verify commands print. Raises BadArgument, Refused, GitError and OSError,
    but not once a stage has landed.
    """
    require_version()
    found = open_plan(options.plan, start)
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        select(opened.plan, options.stages)
        seen = read_overview(opened, facts)
        stages = find_landable(seen, options.stages, options.method)
        doing, forwarded = _placed(_Doing(seen, options, say, waiting), stages)
        results = list(_land_all(doing, stages))
        landed = tuple(result for result in results if isinstance(result, Landed))
        stopped = next((result for result in results if isinstance(result, Stopped)), None)
        if not options.dry_run:
            try:
                seen = read_overview(opened, read_facts(facts.home, opened.plan))
                declare(opened, {}, seen.merged, landed_boxes(seen.merged))
            except _FAILURES as error:
                if not landed:
                    raise
                stopped = _and_unrecorded(stopped, _stopped(facts, None, error))
        done = {one.stage.id for one in landed}
        left = [
            (e.stage, e.state)
            for e in seen.report.stages
            if e.state is not State.MERGED and e.stage.id not in done
        ]
        target = (facts.target or "").removeprefix(HEADS)
        return MergeReport(opened, target, landed, stopped, tuple(left), forwarded)


def _placed(doing: _Doing, stages: Sequence[Stage]) -> tuple[_Doing, Upstream | None]:
    """Go where the stages land, and bring the target forward to its upstream there.

    Return also the upstream that the target was, or in a dry run would be, brought forward to.
    Raises Refused, GitError and OSError.
    """
    if not stages:
        return doing, None
    seen = doing.seen
    facts, options = choose_place(seen.facts, doing.options)
    doing = replace(doing, seen=seen._replace(facts=facts), options=options)
    above = facts.upstreams
    if not above.behind:
        return doing, None
    if changed := changed_in_place(doing.seen, options):
        require_clear_way(seen.opened, facts, changed)
    if not options.dry_run and bring_forward(facts, options, doing.waiting):
        again = read_overview(seen.opened, read_facts(seen.facts.home, seen.opened.plan))
        there = replace(again.facts, home=facts.home)
        doing = replace(doing, seen=again._replace(facts=there))
    return doing, above.target


def _land_all(doing: _Doing, stages: Sequence[Stage]) -> Iterator[Landed | Stopped]:
    """Land stages in their order; yield each that has landed, and last what stopped the others.

    Raises Refused, GitError and OSError before the first change alone.
    """
    if not stages:
        return
    seen, options = doing.seen, doing.options
    forecast = predict(seen, options, stages, changed_in_place(seen, options))
    if hindrances := forecast.in_home.hindrances:
        raise Refused(why for reasons in hindrances.values() for why in reasons)
    while forecast.landings:
        landing, forecast = forecast.landings[0], forecast.without_first()
        results = list(_land_one(doing, seen.facts, landing))
        yield from results
        last = results[-1]
        if isinstance(last, Stopped):
            return
        if last.commit and forecast.stages:
            try:
                seen = seen._replace(facts=_moved(doing, seen.facts, landing, last.commit))
                forecast = going_on(seen, options, landing, forecast)
            except _FAILURES as error:
                yield _stopped(seen.facts, forecast.stages[0], error)
                return


def _land_one(doing: _Doing, facts: Facts, landing: Landing) -> Iterator[Landed | Stopped]:
    """Land a stage as predicted; yield that it has landed, what stopped it, or both."""
    stage, options = landing.stage, doing.options
    if landing.reason:
        yield Stopped(stage, landing.files, landing.reason)
        return
    if options.dry_run:
        yield Landed(stage, None)
        return
    doing.waiting(f"landing {stage.id}")
    landing = _from(landing, facts.target_commit or "")
    note = _note(doing, facts, landing)
    try:
        commit = _land(doing, facts, landing, note)
    except Refused as refused:
        yield _stopped(facts, stage, refused)
    except (GitError, OSError) as error:
        made = _made_anyway(facts, landing, note)
        if made:
            yield Landed(stage, made)
        yield _stopped(facts, None if made else stage, error)
    else:
        yield Landed(stage, commit)


def _note(doing: _Doing, facts: Facts, landing: Landing) -> Note | None:
    """Return what is to be noted of a landing in home; None for one without a working tree."""
    if doing.options.detached:
        return None
    is_new = landing.after != landing.before
    to_prove = doing.options.verify and bool(landing.stage.verify) and is_new
    return note_of(facts, doing.seen.opened.path, landing, prove=to_prove)


def _made_anyway(facts: Facts, landing: Landing, note: Note | None) -> str | None:
    """Return the commit of a landing in home that failed only after it was made; else None."""
    if note is None:  # there the landing and its record are one transaction
        return None
    with suppress(GitError, OSError):
        return landed_anyway(facts.home, landing, note)
    return None


def _stopped(facts: Facts, stage: Stage | None, error: _Failure) -> Stopped:
    """Return a failure as what stopped a merge at a stage."""
    again = f"when that is fixed: plan-worktree merge {quote(facts.plan.plan_id)}"
    if isinstance(error, Refused):
        return Stopped(stage, (), "\n".join(error.reasons))
    said = f"git {error.verb} fails:\n{error.said}" if isinstance(error, GitError) else error
    return Stopped(stage, (), f"{said}\n{again}", failed=True)


def _and_unrecorded(stopped: Stopped | None, unrecorded: Stopped) -> Stopped:
    """Return what stopped a merge when, besides, what has landed could not be recorded."""
    if stopped is None:
        return unrecorded
    return replace(stopped, reason=f"{stopped.reason}\n{unrecorded.reason}")


def _from(landing: Landing, at: str) -> Landing:
    """Return a landing from where the target is really now: git has made its own commits."""
    after = at if landing.after == landing.before else landing.after
    return replace(landing, before=at, after=after)


def _land(doing: _Doing, facts: Facts, landing: Landing, note: Note | None) -> str:
    """Land a stage and return the commit.

    Raises Refused when what came of it does not pass the stage's commands, GitError and
    OSError.
    """
    if note is None:
        return land_detached(facts, landing, doing.waiting)
    commit = land_in_home(facts, landing, note, doing.waiting)
    if note.prove:
        opened, stage = doing.seen.opened, landing.stage
        given = stage_variables(opened.require_home().root, opened.plan.plan_id, stage.id)
        prove(facts, stage, Made(commit, note), given, doing.say, doing.waiting)
    return commit


def _moved(doing: _Doing, facts: Facts, landing: Landing, commit: str) -> Facts:
    """Return the facts after a landing has moved the target to a commit."""
    name = facts.target or ""
    tree = landing.tree if doing.options.detached else trees_of(facts, [commit])[commit]
    ref = facts.refs[name]._replace(object_id=commit, tree=tree, parents=())
    return replace(facts, refs=facts.refs | {name: ref})
