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
from plan_worktree.git import process
from plan_worktree.git.changes import changed_files
from plan_worktree.git.commits import scratch_objects, signs_commits
from plan_worktree.git.process import GitError
from plan_worktree.landing.land import land_detached, land_in_home, landed_anyway
from plan_worktree.landing.landable import find_landable
from plan_worktree.landing.landing import Landing, Method
from plan_worktree.landing.preflight import blocked, changes_in_home, require_target_checkout
from plan_worktree.landing.preview import Preview
from plan_worktree.landing.proof import prove
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.planfiles.statuses import declare
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.state.facts import Facts, read_facts
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.status import State

Say = Callable[[str], None]

_Failure = Refused | GitError | OSError
_FAILURES = (Refused, GitError, OSError)


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """What the caller asks for; `detached` lands without a working tree."""

    plan: str | None
    stages: tuple[str, ...]
    method: Method
    detached: bool = False
    verify: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Landed:
    """A stage that has landed, and the target's commit that brought it: None in a dry run."""

    stage: Stage
    commit: str | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stage at which it stopped, the files that conflict, and why, with what mends it.

    `stage` is None where what has landed could not be recorded. `failed` says that git or the
    environment failed, and nothing speaks against the stage.
    """

    stage: Stage | None
    files: tuple[str, ...]
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What has landed, what stopped it, and as `left` what is not in the target yet."""

    opened: Opened
    target: str
    landed: tuple[Landed, ...]
    stopped: Stopped | None
    left: tuple[tuple[Stage, State], ...]


@dataclass(frozen=True, slots=True)
class _Doing:
    """What every landing of one merge needs; `say` gets what verify commands print."""

    seen: Overview
    options: MergeOptions
    say: Say
    waiting: Say


def run_merge(options: MergeOptions, start: Path, say: Say, waiting: Say) -> MergeReport:
    """Land the named stages, or all that are complete.

    `say` gets what verify commands print. Raises BadArgument, Refused, git.GitError and OSError,
    but not once a stage has landed.
    """
    process.require_version()
    found = open_plan(options.plan, start)
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        select(opened.plan, options.stages)
        seen = read_overview(opened, facts)
        stages = find_landable(seen, options.stages)
        if stages:
            require_target_checkout(opened, facts, detached=options.detached)
        results = list(_land_all(_Doing(seen, options, say, waiting), stages))
        landed = tuple(result for result in results if isinstance(result, Landed))
        stopped = next((result for result in results if isinstance(result, Stopped)), None)
        if not options.dry_run:
            try:
                seen = read_overview(opened, read_facts(facts.home, opened.plan))
                declare(opened, {}, seen.merged)
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
        return MergeReport(opened, target, landed, stopped, tuple(left))


def _land_all(doing: _Doing, stages: Sequence[Stage]) -> Iterator[Landed | Stopped]:
    """Land stages in their order; yield each that has landed, and last what stopped the others.

    Raises Refused, git.GitError and OSError before the first change alone.
    """
    facts, left = doing.seen.facts, list(stages)
    landings = _predict(doing, facts, left)
    if in_home := _blocked(doing, facts, landings):
        raise Refused(why for reasons in in_home.values() for why in reasons)
    while landings:
        landing, *landings = landings
        results = list(_land_one(doing, facts, landing))
        yield from results
        last = results[-1]
        if isinstance(last, Stopped):
            return
        left.pop(0)
        if last.commit and left:
            try:
                facts = _moved(facts, last.commit)
                landings = _going_on(doing, facts, landing, landings, left)
            except _FAILURES as error:
                yield _stopped(facts, left[0], error)
                return


def _predict(doing: _Doing, facts: Facts, stages: Sequence[Stage]) -> list[Landing]:
    """Return the landings of stages on the target as it is; the last may be one that cannot be."""
    options, home = doing.options, facts.home
    with scratch_objects(home.git_directory, needed=options.dry_run) as variables:
        sign = (options.detached or options.method is Method.REBASE) and signs_commits(home.root)
        preview = Preview(doing.seen, options.method, variables, sign and not options.dry_run)
        return list(preview.of(stages, facts.target_commit or ""))


def _blocked(doing: _Doing, facts: Facts, landings: Sequence[Landing]) -> dict[str, list[str]]:
    """Return, by stage, why files in home keep it from landing; a dry run does not ask."""
    if doing.options.dry_run or doing.options.detached:
        return {}
    return blocked(facts, landings)


def _going_on(
    doing: _Doing, facts: Facts, last: Landing, landings: list[Landing], left: Sequence[Stage]
) -> list[Landing]:
    """Return the landings that follow when the `last` one was made, as they are predicted now.

    Raises Refused when commands of the last stage have left changes in home, git.GitError and
    OSError.
    """
    if doing.options.detached:
        return landings
    if doing.options.verify and (why := list(changes_in_home(doing.seen.opened, facts.home.root))):
        raise Refused(why[:1])
    if _is_as_predicted(facts, last):
        return landings
    landings = _predict(doing, facts, left)
    in_home = _blocked(doing, facts, landings)
    return [
        replace(one, reason="\n".join(in_home[one.stage.id])) if one.stage.id in in_home else one
        for one in landings
    ]


def _is_as_predicted(facts: Facts, landing: Landing) -> bool:
    """Tell whether a landing has given what was predicted, and all after it will, too."""
    root, commit = facts.home.root, facts.target_commit or ""
    changed = changed_files(root, landing.before, commit)
    # Attributes decide how everything after them is merged.
    if any(path.endswith(".gitattributes") for path in changed):
        return False
    return process.run(root, "rev-parse", f"{commit}^{{tree}}").stdout.strip() == landing.tree


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
    try:
        commit = _land(doing, facts, landing)
    except Refused as refused:
        yield _stopped(facts, stage, refused)
    except (GitError, OSError) as error:
        made = _made_anyway(doing, facts, landing)
        if made:
            yield Landed(stage, made)
        yield _stopped(facts, None if made else stage, error)
    else:
        yield Landed(stage, commit)


def _made_anyway(doing: _Doing, facts: Facts, landing: Landing) -> str | None:
    """Return the commit of a landing in home that failed only after it was made; else None."""
    if doing.options.detached:  # there the landing and its record are one transaction
        return None
    with suppress(GitError, OSError):
        return landed_anyway(facts, doing.seen.opened.path, landing, doing.options.method)
    return None


def _stopped(facts: Facts, stage: Stage | None, error: _Failure) -> Stopped:
    """Return a failure as what stopped a merge at a stage."""
    again = f"when that is mended: plan-worktree merge {quote(facts.plan.plan_id)}"
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


def _land(doing: _Doing, facts: Facts, landing: Landing) -> str:
    """Land a stage and return the commit.

    Raises Refused when what came of it does not pass the stage's commands, git.GitError and
    OSError.
    """
    options, waiting = doing.options, doing.waiting
    if options.detached:
        return land_detached(facts, landing, waiting)
    proved = options.verify and bool(landing.stage.verify) and landing.after != landing.before
    plan = doing.seen.opened.path
    commit = land_in_home(facts, plan, landing, options.method, waiting, prove=proved)
    if proved:
        prove(facts, landing.stage, commit, doing.say, waiting)
    return commit


def _moved(facts: Facts, commit: str) -> Facts:
    """Return the facts after the target has moved to a commit."""
    name = facts.target or ""
    ref = facts.refs[name]._replace(object_id=commit, tree="", parents=())
    return replace(facts, refs=facts.refs | {name: ref})
