"""Stages that a forge says have landed: recorded where git has that commit and cannot tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from shlex import quote

from plan_worktree.git.objects.commits import is_ancestor, named_commit
from plan_worktree.landing.forges.protocol import Request
from plan_worktree.landing.requests.remote import branch_there
from plan_worktree.landing.requests.submitting import Remote
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS
from plan_worktree.stages.mark import landing_commands
from plan_worktree.state.overview import Overview
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.status import State

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def find_landed(seen: Overview, remote: Remote) -> dict[str, str]:
    """Return the commits that brought stages into the target, as the forge says, by stage id.

    Only of stages whose landing git does not see, and whose whole branch was merged. Raises
    GitError.
    """
    found = {}
    for entry in seen.report.stages:
        request = request_of(seen.facts, entry.stage, remote)
        if entry.state is State.MERGED or request is None:
            continue
        tip = seen.facts.last_tip(entry.stage)
        by = brought_by(seen.facts, request)
        if by and tip and has_commit(seen.facts, request.commit, tip):
            found[entry.stage.id] = by
    return found


def record_commands(facts: Facts, landed: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return what records that commits brought stages in. Raises Refused and GitError."""
    stages = [stage for stage in facts.plan.stages if stage.id in landed]
    return [
        command for stage in stages for command in landing_commands(facts, stage, landed[stage.id])
    ]


def request_of(facts: Facts, stage: Stage, remote: Remote) -> Request | None:
    """Return the request of a stage's branch, None without one."""
    return remote.requests.get(branch_there(facts, stage, remote.name))


def brought_by(facts: Facts, request: Request) -> str | None:
    """Return the target's commit that a request was merged as; None where the target lacks it.

    Raises GitError.
    """
    commit, target = request.merged_as, facts.target_commit
    if request.state != "merged" or commit is None or target is None:
        return None
    return commit if _COMMIT.fullmatch(commit) and has_commit(facts, target, commit) else None


def has_commit(facts: Facts, tip: str, commit: str) -> bool:
    """Tell whether a tip is here and has a commit that is here, too. Raises GitError."""
    root = facts.home.root
    if tip == commit:
        return named_commit(root, tip) is not None
    known = all(_COMMIT.fullmatch(one) and named_commit(root, one) for one in (tip, commit))
    return known and is_ancestor(root, commit, tip)


def unclear_landing(facts: Facts, stage: Stage, request: Request) -> str | None:
    """Say that a request was merged with commits that are not here, or None.

    Work that was done since the merge is a new request's. Raises GitError.
    """
    tip = facts.last_tip(stage)
    if request.state != "merged" or tip is None or has_commit(facts, tip, request.commit):
        return None
    mark = f"plan-worktree mark {quote(facts.plan.plan_id)} {stage.id} complete --landed"
    commit = request.merged_as or "COMMIT"
    name = (facts.target or "").removeprefix(HEADS)
    return (
        f"{request.url} was merged with commits that {stage.branch} does not have: when {name} has "
        f"all of it, {mark} {commit}"
    )
