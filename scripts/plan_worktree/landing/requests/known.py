"""What a forge knows of a plan's pull requests, for `status --fetch`."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.landing.forges.protocol import Request, Telling
from plan_worktree.landing.requests.landed import find_landed, request_of
from plan_worktree.landing.requests.remote import branch_there, forge_of
from plan_worktree.landing.requests.submit import record_landed
from plan_worktree.landing.requests.submitting import Remote, Say
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.state.overview import read_overview
from plan_worktree.state.repository.facts import facts_for_reading


def fetch_requests(written: str | None, start: Path, waiting: Say) -> dict[str, Request]:
    """Return the pull requests of stages, by stage id; what they say has landed is recorded.

    The target must have been fetched. None where the remote is on no forge that can tell, or what
    asks it is not installed. Raises BadArgument, Refused, GitError, OSError and ForgeError.
    """
    opened = open_plan(written, start)
    seen = read_overview(opened, facts_for_reading(opened))
    facts, name = seen.facts, seen.facts.upstreams.remote
    if name is None:
        return {}
    forge = forge_of(facts.home, name)
    if not (isinstance(forge, Telling) and forge.is_installed()):
        return {}
    stages = [stage for stage in facts.plan.stages if facts.last_tip(stage)]
    requests = forge.look([branch_there(facts, stage, name) for stage in stages])
    remote = Remote(name, forge, requests=requests)
    if landed := find_landed(seen, remote):
        record_landed(opened, landed, waiting)
    return {stage.id: one for stage in stages if (one := request_of(facts, stage, remote))}
