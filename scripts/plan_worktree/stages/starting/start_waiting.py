"""start --wait: a stage is claimed once others have done, or given up, what it waits for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from plan_worktree.change.changing import catch_up
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.arguments import plan_and_stage
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.project.clone import seconds_since_answer
from plan_worktree.project.refusal import Code, NotYet, Refused
from plan_worktree.stages.starting.start import Started, StartOptions, Waiting, run_start
from plan_worktree.state.waiting import SHARED, News, wait_for

# Why a stage cannot be had only as long as others are at work, or the network is away.
_PASSING = (Code.CLAIMED, Code.WAITING, Code.UNREACHED)


def start_waiting(options: StartOptions, start: Path, waiting: Waiting, seconds: float) -> Started:
    """Claim a stage like `run_start`; while others have it or what it needs, wait for them.

    A remote that has answered before is waited for, too. `waiting` gets a line whenever what is
    waited for has changed. Nothing is locked while this waits. Raises NotYet when the time is over,
    and at once what no waiting will change: BadArgument, Refused, GitError and OSError.
    """
    tell, say = News(waiting), News(waiting)
    try:
        return run_start(options, start, waiting)
    except Refused as early:
        opened = open_plan(plan_and_stage((options.plan, options.stage), start)[0], start)
        if not _is_passing(opened, early):
            raise
        _tell(tell, early)

    def attempt(asked: StartOptions) -> Started | None:
        try:
            return run_start(asked, start, say)
        except Refused as refused:
            if not refused.is_about(*_PASSING):
                raise
            _tell(tell, refused)
            return None

    def ask() -> Started | None:
        try:  # without the lock, which all who wait would want at once
            catch_up(opened, say, older=SHARED)
            if attempt(replace(options, dry_run=True)) is None:
                return None
        except (Refused, GitError):
            # Nothing to wait for, or somebody was just changing that, or the remote is away.
            pass
        return attempt(options)

    if got := wait_for(opened, seconds, ask):
        return got
    try:
        return run_start(options, start, waiting)
    except Refused as late:
        if late.is_about(*_PASSING):
            raise NotYet(late.reasons) from None
        raise


def _tell(news: News, refused: Refused) -> None:
    """Say what is waited for, if that is news."""
    reason = refused.reasons[0]
    # With which words a remote is away may change each time, such as after how many seconds.
    gist = Code.UNREACHED.value if reason.code is Code.UNREACHED else ""
    news(f"waiting: {reason.lasting}", gist)


def _is_passing(opened: Opened, early: Refused) -> bool:
    """Tell whether waiting may help: not for a remote that has never answered."""
    home, plan_id = opened.require_home(), opened.plan.plan_id
    if early.is_about(Code.UNREACHED):
        return seconds_since_answer(home.git_directory, plan_id) is not None
    return early.is_about(*_PASSING)
