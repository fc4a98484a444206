"""Which stages are submitted, each from which commit into which branch; and why one must not be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from shlex import quote
from typing import NamedTuple

from plan_worktree.landing.forges.protocol import Request, Telling
from plan_worktree.landing.landable import unfit
from plan_worktree.landing.planned_landing import Method
from plan_worktree.landing.requests.body import Place, make_wanted
from plan_worktree.landing.requests.landed import (
    brought_by,
    has_commit,
    request_of,
    unclear_landing,
)
from plan_worktree.landing.requests.remote import branch_there, target_there
from plan_worktree.landing.requests.submitting import Brought, Remote, Sent, Submission, SubmitStep
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS, REMOTES
from plan_worktree.project.refusal import Refused
from plan_worktree.state.obstacles import moved_target, no_target
from plan_worktree.state.overview import Overview
from plan_worktree.state.status import StageReport, State
from plan_worktree.state.unpulled import diverged_target


class Decided(NamedTuple):
    """What is submitted, in the order of dependencies, and what is left with a reason."""

    submissions: tuple[Submission, ...]
    left: tuple[SubmitStep, ...]


def asked_for(seen: Overview, names: Sequence[str]) -> list[StageReport]:
    """Return the stages that are asked for and have not landed, dependencies first.

    Without names that is every complete one.
    """
    entries = [entry for name in seen.opened.graph.order for entry in seen.report.among([name])]
    return [
        e
        for e in entries
        if e.state is not State.MERGED
        and (e.stage.id in names if names else e.state is State.COMPLETE)
    ]


def must_wait(seen: Overview, entry: StageReport) -> list[str]:
    """Return what has to land before a branch can be moved onto the target.

    None where the branch does not have to be moved.
    """
    branch = entry.work.branch
    if branch is None or not branch.on_copied:
        return []
    return [one.stage.id for one in seen.needed(entry.stage) if one.state is not State.MERGED]


def decide(
    seen: Overview, remote: Remote, names: Sequence[str], moving: Collection[str]
) -> Decided:
    """Decide what is submitted. Stages in `moving` would be moved first, as a dry run does not.

    Raises Refused, naming all that speaks against it, and GitError.
    """
    reasons = list(_of_target(seen, remote))
    submissions: list[Submission] = []
    left: list[SubmitStep] = []
    for entry in asked_for(seen, names):
        stage = entry.stage
        ready = {one.stage.id for one in submissions}
        if stage.id in moving:
            text = "would be moved onto the target first, and proved there"
            left.append(_step(seen, entry, Brought.WAITING, (text,), None))
            continue
        if step := _left_alone(seen, remote, entry):
            left.append(step)
            continue
        place = _place(seen, remote, stage)
        why = list(_reasons(seen, remote, entry, place, ready))
        if not names and place.stands_on and _waits_for(seen, remote, place.stands_on, ready):
            waits = f"waits for {place.stands_on.id}, which is not submitted"
            left.append(_step(seen, entry, Brought.WAITING, (waits,), place))
            continue
        reasons += [f"stage {stage.id}: {one}" for one in why]
        head = seen.facts.head(stage)
        if head and not why:
            there = branch_there(seen.facts, stage, remote.name)
            wanted = make_wanted(seen.opened, entry, there, place)
            request = _open_request(seen, remote, stage)
            submissions.append(Submission(stage, head, place, wanted, request))
    if reasons:
        raise Refused(reasons)
    return Decided(tuple(submissions), tuple(left))


def _of_target(seen: Overview, remote: Remote) -> Iterator[str]:
    facts = seen.facts
    if why := no_target(facts) or moved_target(facts) or diverged_target(facts):
        yield why
        return
    name = target_there(facts, remote.name)
    if name not in remote.branches:
        push = f"git -C {quote(str(facts.home.root))} push {quote(remote.name)} {quote(name)}"
        yield f"{remote.name} has no branch {name} that requests could go into: {push}"


def _left_alone(seen: Overview, remote: Remote, entry: StageReport) -> SubmitStep | None:
    """Return the step of a stage that waits, or whose request somebody has ended; else None."""
    facts, stage = seen.facts, entry.stage
    request = request_of(facts, stage, remote)
    if waits := must_wait(seen, entry):
        text = f"is moved onto the target when this has landed: {', '.join(waits)}"
        return _step(seen, entry, Brought.WAITING, (text,), None, request)
    forge = remote.forge
    if request is None or not isinstance(forge, Telling):
        return None
    if request.state == "closed" and not _lost_its_base(seen, remote, request):
        text = f"{request.url} was closed: {forge.reopen(request)}"
        return _step(seen, entry, Brought.CLOSED, (text,), None, request)
    is_whole = request.state == "merged" and request.commit == facts.head(stage)
    if is_whole and not brought_by(facts, request):
        target = target_there(facts, remote.name)
        text = f"{request.url} was merged into {request.base}, and {target} does not have it yet"
        return _step(seen, entry, Brought.MERGED, (text,), None, request)
    return None


def _step(
    seen: Overview,
    entry: StageReport,
    brought: Brought,
    reason: tuple[str, ...],
    place: Place | None,
    request: Request | None = None,
) -> SubmitStep:
    head = seen.facts.head(entry.stage)
    return SubmitStep(entry.stage, head, Sent.NOT_PUSHED, brought, place, request, reason)


def _lost_its_base(seen: Overview, remote: Remote, request: Request) -> bool:
    """Tell whether a forge closed a request because its base was deleted: the branch of a stage."""
    facts = seen.facts
    ours = {branch_there(facts, stage, remote.name) for stage in facts.plan.stages}
    return request.base in ours and request.base not in remote.branches


def _open_request(seen: Overview, remote: Remote, stage: Stage) -> Request | None:
    request = request_of(seen.facts, stage, remote)
    return request if request and request.state == "open" else None


def _place(seen: Overview, remote: Remote, stage: Stage) -> Place:
    """Return into which branch a stage's request goes, and what has to land before."""
    graph, facts = seen.opened.graph, seen.facts
    unlanded = [one.stage for one in seen.needed(stage) if one.state is not State.MERGED]
    tops = [
        one for one in unlanded if not any(graph.is_before(one.id, other.id) for other in unlanded)
    ]
    target, waits = target_there(facts, remote.name), tuple(one.id for one in tops)
    if len(tops) == 1:
        return Place(branch_there(facts, tops[0], remote.name), tops[0], waits)
    return Place(target, None, waits)


def _waits_for(seen: Overview, remote: Remote, stage: Stage, ready: Collection[str]) -> bool:
    """Tell whether a remote will not have the branch of a stage that another one stands on."""
    there = branch_there(seen.facts, stage, remote.name) in remote.branches
    return stage.id not in ready and not there


def _reasons(
    seen: Overview,
    remote: Remote,
    entry: StageReport,
    place: Place,
    ready: Collection[str],
) -> Iterator[str]:
    """Yield why a stage cannot be submitted as it is."""
    facts, stage = seen.facts, entry.stage
    yield from unfit(seen, entry, Method.MERGE)
    request = request_of(facts, stage, remote)
    if request and (unclear := unclear_landing(facts, stage, request)):
        yield unclear
        return
    if place.stands_on and _waits_for(seen, remote, place.stands_on, ready):
        both = f"{place.stands_on.id} {stage.id}"
        submit = f"plan-worktree submit {quote(facts.plan.plan_id)} {both}"
        yield f"{place.stands_on.id} must be submitted with it: {submit}"
    yield from _of_branch(seen, remote, stage)


def _of_branch(seen: Overview, remote: Remote, stage: Stage) -> Iterator[str]:
    """Yield what a push to a stage's branch would overwrite, or bring back."""
    facts, head = seen.facts, seen.facts.head(stage)
    branch = branch_there(facts, stage, remote.name)
    known, there = remote.seen.get(branch), remote.branches.get(branch)
    root, name = quote(str(facts.home.root)), quote(remote.name)
    if head is None or there == head:
        return
    if there is None:
        if known:
            mark = f"plan-worktree mark {quote(facts.plan.plan_id)} {stage.id} complete"
            again = f"to push it anew, git -C {root} fetch --prune {name}"
            gone = f"{branch} was deleted on {remote.name}: when it has landed, {mark}"
            yield f"{gone} --landed COMMIT; {again}"
        return
    saved = {one.tip for one in facts.saved(stage) if not one.is_snapshot}
    if there in saved or has_commit(facts, head, there):
        return
    if there != known:  # named in full: not every clone fetches every branch
        refspec = quote(f"+{HEADS}{branch}:{REMOTES}{remote.name}/{branch}")
        fetch = f"git -C {root} fetch {name} {refspec}"
        yield f"{branch} has commits on {remote.name} that were not fetched: {fetch}"
    elif (above := facts.upstream(stage)) is None or above.remote != remote.name:
        log = f"git -C {root} log {quote(f'{head}..{there}')}"
        yield f"{branch} on {remote.name} has commits of its own: {log}"
