"""What speaks against completing a stage, before any of its commands runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.checkout import Checkout, dirt, hidden, stage_checkout
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.plan.parts.filelist import read_files
from plan_worktree.plan.sections import read_sections
from plan_worktree.planfiles.committed import path_in
from plan_worktree.project.refusal import Code, Reason, Refused, about
from plan_worktree.stages.scope import Undeclared, scope_reasons, undeclared
from plan_worktree.state.branches.own_work import own_changes
from plan_worktree.state.claimed import read_claimed
from plan_worktree.state.overview import Overview
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.status import StageReport
from plan_worktree.state.unpulled import unpulled


@dataclass(frozen=True, slots=True)
class CompleteOptions:
    """What the caller asks for. `reason` accepts undeclared changes; `timeout` is in seconds.

    `note` is for those who build on the stage; None leaves one that was left before.

    `named` says that the owner is a name that was given, and not one made up for this process.
    """

    plan: str | None
    stage: str | None
    owner: Owner
    named: bool = False
    reason: str | None = None
    note: str | None = None
    empty: bool = False
    verify: bool = True
    timeout: float | None = None
    dry_run: bool = False


class Examined(NamedTuple):
    """A stage that may be completed: where it is checked out, and what it had not declared."""

    stage: Stage
    checkout: Checkout
    outside: Undeclared


def examine(seen: Overview, stage: Stage, options: CompleteOptions, start: Path) -> Examined:
    """Check all that can be checked without running anything. Raises Refused."""
    checkout, entry = stage_checkout(seen.facts, stage), seen.report.of(stage)
    reasons = list(_reasons(seen, entry, checkout, options, start))
    outside = Undeclared((), ())
    if not reasons:
        changes = own_changes(seen.ends, [stage.id])[stage.id]
        if own := _plan_path(seen, changes):
            base = quote(entry.work.branch.base if entry.work.branch else "BASE")
            git = f"git -C {quote(str(checkout.path))}"
            undo = f"{git} checkout {base} -- {quote(own)}"
            if changes[own] == "A":
                undo = f"{git} rm {quote(own)}"
            reasons.append(
                f"its commits change the plan {own}, which is edited in {seen.facts.home.root} "
                f"alone: {undo} && {git} commit -m 'Leave the plan alone'"
            )
        outside = _outside(seen, stage, changes)
        if options.reason is None:
            command = f"plan-worktree complete {quote(seen.opened.plan.plan_id)} {stage.id}"
            reasons += scope_reasons(outside, seen.opened.file.name, command)
    if reasons:
        raise Refused(about(f"stage {stage.id}", why) for why in reasons)
    return Examined(stage, checkout, outside)


def _reasons(
    seen: Overview, entry: StageReport, checkout: Checkout, options: CompleteOptions, start: Path
) -> Iterator[str]:
    """Yield what speaks against completing a stage, besides its changes."""
    claim, branch, stage = entry.work.claim, entry.work.branch, entry.stage
    plan = quote(seen.opened.plan.plan_id)
    here = seen.facts.stage_at(start)
    is_here = here is not None and here.id == stage.id
    is_others = claim is not None and not claim.is_of(options.owner)
    if is_others and (options.named or not is_here) and (held := read_claimed(seen.facts, entry)):
        yield held.refusal(options.owner)
    if entry.waiting_for:
        see = f"plan-worktree brief {plan} {entry.waiting_for[0]}"
        said = f"it waits for {', '.join(entry.waiting_for)}: complete that first"
        yield Reason(f"{said}; to see what that asks for, {see}", Code.WAITING, see)
    if stage.status == StageStatus.BLOCKED:
        again = f"plan-worktree mark {plan} {stage.id} in-progress"
        yield Reason(f"it is declared blocked: {again}", Code.BLOCKED, again)
    if behind := unpulled(seen.facts, stage, branch):
        yield behind
    yield from dirt(checkout, seen.opened.path, seen.facts.home.root)
    yield from hidden(checkout)
    if not (branch and branch.has_own_commits) and not options.empty:
        yield "it has no commits of its own: commit the work, or if there is none, --empty"


def _plan_path(seen: Overview, changes: dict[str, str]) -> str | None:
    """Return the path of the plan file when it is among a stage's changes."""
    path = path_in(seen.facts.home.root, seen.opened.path)
    return path if path in changes else None


def _outside(seen: Overview, stage: Stage, changes: dict[str, str]) -> Undeclared:
    document = seen.opened.document
    own = [section for section in read_sections(document) if section.stage_id == stage.id]
    entries = [entry for section in own for entry in read_files(document, section)]
    return undeclared(changes, entries)
