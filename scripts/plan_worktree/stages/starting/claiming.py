"""The claim of a stage: made, taken over, or renewed by compare-and-swap."""

from __future__ import annotations

import time

from plan_worktree.git import refs as gitrefs
from plan_worktree.plan.model import Stage
from plan_worktree.plan.reading.wording import wording_of
from plan_worktree.project.clone import clone_name
from plan_worktree.project.ref_names import claim_ref
from plan_worktree.sharing.renew import RENEWED
from plan_worktree.state.overview import Overview
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import Claim, claim_text
from plan_worktree.state.status import StageReport
from plan_worktree.worktrees.seen import MINUTE


def new_claim(
    seen: Overview, entry: StageReport, owner: Owner, base: str
) -> tuple[Claim, tuple[str, ...]]:
    """Return a claim, and the command that makes it or swaps it against the one that was seen.

    The owner's own is renewed: it holds the stage as long as before, from where it was begun.
    """
    facts, before = seen.facts, entry.work.claim
    name, clone = claim_ref(facts.plan, entry.stage), clone_name(facts.home.git_directory)
    reading = wording_of(seen.opened.document).of(entry.stage)
    if before and before.is_of(owner):
        text = claim_text(owner, before.base, reading, before.time, clone)
    else:
        text = claim_text(owner, base, reading, clone=clone)
    record = gitrefs.write_blob(facts.home.root, text)
    command = ("update", name, record, before.record) if before else ("create", name, record)
    return Claim.read(text, record, clone), command


def is_current(seen: Overview, stage: Stage, claim: Claim) -> bool:
    """Tell whether a claim has what its owner reads of the plan now, as of the last minutes."""
    last, limit = claim.last_seen(), MINUTE
    if clone_name(seen.facts.home.git_directory):  # a renewal goes over the network
        limit = RENEWED
    is_fresh = last is not None and 0 <= time.time() - last < limit
    return is_fresh and claim.reading == wording_of(seen.opened.document).of(stage)


def is_lost(facts: Facts, entry: StageReport, own: str | None) -> bool:
    """Tell whether somebody who does not hold the lock has claimed a stage meanwhile."""
    name, seen = claim_ref(facts.plan, entry.stage), entry.work.claim
    now = gitrefs.refs(facts.home.root, name).get(name)
    return (now.object_id if now else None) not in (seen.record if seen else None, own)
