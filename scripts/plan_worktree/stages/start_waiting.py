"""start --wait: a stage is claimed once others have done, or given up, what it waits for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from plan_worktree.change.changing import catch_up
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.named import plan_and_stage
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.project.clone import seconds_since_answer
from plan_worktree.project.refusal import Code, NotYet, Refused
from plan_worktree.stages.start import Started, StartOptions, Waiting, run_start
from plan_worktree.state.waiting import SHARED, wait_for

# Why a stage cannot be had only as long as others are at work, or the network is away.
_PASSING = (Code.CLAIMED, Code.WAITING, Code.UNREACHED)


def start_waiting(options: StartOptions, start: Path, waiting: Waiting, seconds: float) -> Started:
    """Claim a stage like `run_start`; while others have it or what it needs, wait for them.

    A remote that has answered before is waited for, too. Nothing is locked while this waits. Raises
    NotYet when the time is over, and at once what no waiting will change: BadArgument, Refused,
    GitError and OSError.
    """
    try:
        return run_start(options, start, waiting)
    except Refused as early:
        opened = open_plan(plan_and_stage((options.plan, options.stage), start)[0], start)
        if not _is_passing(opened, early):
            raise
        # What is advised behind that is to wait.
        waiting(f"waiting: {early.reasons[0].partition('; ')[0]}")

    def ask() -> Started | None:
        try:  # without the lock, which all who wait would want at once
            catch_up(opened, waiting, older=SHARED)
            run_start(replace(options, dry_run=True), start, waiting)
        except Refused as error:
            if error.is_about(*_PASSING):
                return None
        except GitError:  # somebody was just changing that, or the remote does not answer
            pass
        try:
            return run_start(options, start, waiting)
        except Refused as error:
            if error.is_about(*_PASSING):
                return None
            raise

    if got := wait_for(opened, seconds, ask):
        return got
    try:
        return run_start(options, start, waiting)
    except Refused as late:
        if late.is_about(*_PASSING):
            raise NotYet(late.reasons) from None
        raise


def _is_passing(opened: Opened, early: Refused) -> bool:
    """Tell whether waiting may help: not for a remote that has never answered."""
    home, plan_id = opened.require_home(), opened.plan.plan_id
    if early.is_about(Code.UNREACHED):
        return seconds_since_answer(home.git_directory, plan_id) is not None
    return early.is_about(*_PASSING)
