"""Whether all that workers could do next is with somebody else: a run does not wait for people."""

from __future__ import annotations

from plan_worktree.git.process import GitError
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.refusal import BadArgument, Refused
from plan_worktree.running.names import is_worker
from plan_worktree.state.ready import Next, run_ready
from plan_worktree.state.status import StageReport, State


def waits_for_others(opened: Opened) -> str | None:
    """Say who has what is left; None where a worker of a run in this clone has some of it."""
    home = opened.require_home()
    try:
        ready = run_ready(str(opened.path), home.root)
    except (Refused, GitError, BadArgument):  # somebody edits the plan: ask again
        return None
    at_work = [entry for entry in ready.others if entry.state is State.IN_PROGRESS]
    claims = [entry.work.claim for entry in at_work]
    # In a clone of its own, on whichever machine, a worker of a run has the same name.
    is_ours = any(
        c and is_worker(home, c.owner, None if c.is_elsewhere else c.host) for c in claims
    )
    if ready.next is not Next.WAIT or is_ours:
        return None
    return f"what is left waits for others: {', '.join(map(_whose, at_work))}"


def _whose(entry: StageReport) -> str:
    claim = entry.work.claim
    return f"{entry.stage.id} ({f'claimed by {claim.owner}' if claim else 'nobody has claimed it'})"
