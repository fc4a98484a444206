"""Ask the remote what others have pushed, before a command reads what is here."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.git.refs import fetch
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.project.refusal import Refused
from plan_worktree.state.repository.facts import facts_for_reading


def fetch_upstreams(written: str | None, start: Path, timeout: float) -> None:
    """Ask the remote that the target follows; nothing is locked meanwhile.

    Raises BadArgument, Refused, and GitError, also when the remote has not answered after `timeout`
    seconds.
    """
    facts = facts_for_reading(open_plan(written, start))
    remote = facts.upstreams.remote
    if remote is None:
        raise Refused(["there is no remote to ask: git remote add origin URL"])
    fetch(facts.home.root, remote, timeout)
