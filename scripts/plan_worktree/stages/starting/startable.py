"""Why a stage cannot be started: in an order that says first what nobody can change by waiting."""

from __future__ import annotations

from shlex import quote

from plan_worktree.plan.model import PlanStatus
from plan_worktree.project.refusal import Code, Reason, about
from plan_worktree.stages.moving.needed_work import needed_unmerged, not_there
from plan_worktree.state.claimed import read_claimed
from plan_worktree.state.overview import Overview
from plan_worktree.state.ready import go_on, is_own
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.status import DONE, StageReport, State
from plan_worktree.state.unpulled import diverged_target, unpulled


def unclaimed(facts: Facts, name: str) -> Reason:
    """Say that somebody may be at work in a stage without having claimed it."""
    take = f"plan-worktree start {quote(facts.plan.plan_id)} {name}"
    said = f"stage {name} has uncommitted changes and nobody has claimed it"
    return Reason(f"{said}; when they are yours: {take}", Code.DIRTY, take)


def not_startable(
    seen: Overview, entry: StageReport, caller: Owner, *, takeover: bool
) -> str | None:
    """Say why a stage cannot be started, or None."""
    stage, claim = entry.stage, entry.work.claim
    if why := _not_open(seen, entry, caller):
        return why
    behind = unpulled(seen.facts, stage, entry.work.branch)
    if behind and (entry.work.started or (entry.work.branch and entry.work.branch.unpushed)):
        return behind  # an untouched branch is brought forward
    if wrong := diverged_target(seen.facts):
        return wrong
    for other in needed_unmerged(seen, entry):
        if lost := not_there(seen, other):
            return f"it needs {other.stage.id}, {lost}"
    if claim and not takeover and not claim.is_of(caller):
        held = read_claimed(seen.facts, entry)
        return held.refusal(caller) if held else None
    return None


def _not_open(seen: Overview, entry: StageReport, caller: Owner) -> Reason | None:
    """Say why, by its state, nobody can start a stage now, or None."""
    plan = quote(seen.opened.plan.plan_id)
    again = f"plan-worktree mark {plan} {entry.stage.id} in-progress"
    if seen.opened.plan.status == PlanStatus.ABANDONED:
        again = f"plan-worktree mark {plan} in-progress"
        return Reason(f"its plan is abandoned: to take it up again, {again}", Code.ABANDONED, again)
    if entry.state is State.MERGED:
        take = f"plan-worktree start {plan}"
        said = "it is merged already, so what is to change now is a new stage of the plan"
        return Reason(f"{said}: to take the next one, {take}", Code.MERGED, take)
    if entry.state is State.COMPLETE:
        said = "it is complete already: to work on it again"
        return Reason(f"{said}, {again}", Code.COMPLETE, again)
    if entry.state is State.BLOCKED:
        said = "it is declared blocked: when it no longer is"
        return Reason(f"{said}, {again}", Code.BLOCKED, again)
    return _waits(seen, entry, caller) if entry.waiting_for else None


def _waits(seen: Overview, entry: StageReport, caller: Owner) -> Reason:
    """Say for what a stage waits: for something blocked, the caller's own work, or others."""
    plan = seen.opened.plan
    needed = "; ".join(_standing(other) for other in seen.report.among(entry.waiting_for))
    unfinished = [other for other in seen.needed(entry.stage) if other.state not in DONE]
    for other in unfinished:
        if other.state is State.BLOCKED:
            mark = f"plan-worktree mark {quote(plan.plan_id)} {other.stage.id} in-progress"
            said = f"it waits for {needed}, and {other.stage.id} is declared blocked"
            return Reason(f"{said}: when it no longer is, {mark}", Code.BLOCKED, mark)
    for other in unfinished:
        if is_own(other, caller):
            return about(f"it waits for {needed}", go_on(plan, other))
    take = f"plan-worktree start {quote(plan.plan_id)}"
    waits = f"it waits for {needed}"
    return Reason(f"{waits}: to take another, {take}", Code.WAITING, take, lasting=waits)


def _standing(entry: StageReport) -> str:
    claim = entry.work.claim
    return f"{entry.stage.id}, {entry.state}" + (f" by {claim.owner}" if claim else "")
