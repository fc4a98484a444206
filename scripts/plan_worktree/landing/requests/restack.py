"""Branches that stand on what landed as other commits: moved onto the target, and proved there."""

from __future__ import annotations

from collections.abc import Sequence

from plan_worktree.gates.gates import Listener
from plan_worktree.landing.requests.decide import asked_for, must_wait
from plan_worktree.landing.requests.submitting import Say
from plan_worktree.project.refusal import Refused
from plan_worktree.stages.completable import CompleteOptions
from plan_worktree.stages.complete import run_complete
from plan_worktree.stages.moving.sync import Syncing, SyncOptions, Way, run_sync
from plan_worktree.state.overview import Overview
from plan_worktree.state.repository.owners import owner_named
from plan_worktree.state.status import StageReport, State


def to_restack(seen: Overview, names: Sequence[str]) -> list[StageReport]:
    """Return the stages, of those that are asked for, to be moved now, or moved and not proved."""
    return [
        entry
        for entry in asked_for(seen, names)
        if (_must_move(entry) and not must_wait(seen, entry)) or _is_moved(seen, entry)
    ]


def _must_move(entry: StageReport) -> bool:
    return entry.work.branch is not None and entry.work.branch.on_copied


def _is_moved(seen: Overview, entry: StageReport) -> bool:
    """Tell whether a complete stage was moved after it was proved, and not proved since.

    The tip from before is saved then. Whoever is killed between the two steps leaves it so.
    """
    proved = entry.work.verified
    if entry.state is not State.COMPLETE or proved == seen.facts.head(entry.stage):
        return False
    saved = {one.tip for one in seen.facts.saved(entry.stage) if not one.is_snapshot}
    return proved in saved and not _must_move(entry)


def restack(seen: Overview, entry: StageReport, listener: Listener, waiting: Say) -> None:
    """Make a stage's own commits again on the target, and prove the result.

    The `listener` hears how the stage's commands go. Both steps take the lock for themselves;
    killed in between, the next run goes on with the second one. Raises Refused, which says what
    goes on by hand, GitError and OSError.
    """
    plan, stage = str(seen.opened.path), entry.stage
    start = entry.work.worktree or seen.facts.home.root
    if _must_move(entry):
        waiting(f"moving {stage.id} onto the target")
        (step,) = run_sync(SyncOptions(plan, stage.id, Way.ONTO_TARGET), start, waiting)
        if step.action is Syncing.CONFLICT:
            files = ", ".join(step.files[:10])
            what = f"it conflicts with {step.other} in {files}: {step.reason}"
            raise Refused([f"stage {stage.id}: {what}"])
    done = entry.work.completion
    reason = done.reason if done else None  # what was accepted then is accepted still
    owner = owner_named(None)
    if done and done.owner:  # who built it, built it still
        owner = owner._replace(name=done.owner)
    options = CompleteOptions(plan, stage.id, owner, reason=reason)
    run_complete(options, start, listener, waiting)
