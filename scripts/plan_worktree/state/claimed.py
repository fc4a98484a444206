"""What is said to somebody who is in the way of a stage's owner, and when a takeover is offered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from shlex import quote

from plan_worktree.project.refusal import Code, Reason
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import Claim, claimed_words
from plan_worktree.state.repository.signs import Signs, look_for_signs
from plan_worktree.state.status import StageReport


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim on a stage of a plan, with the signs of life of its owner."""

    plan_id: str
    stage_id: str
    claim: Claim
    signs: Signs

    @property
    def words(self) -> str:
        """Whose the claim is, since when, and what was seen of the owner."""
        return f"{claimed_words(self.claim)}, {self.seen_words}"

    @property
    def seen_words(self) -> str:
        """What was seen of the owner: "seen 40 s ago, last change 9 min ago"."""
        return self.signs.words(time.time())

    @property
    def takeover(self) -> str:
        """The command that takes the stage from its owner."""
        return f"plan-worktree start {quote(self.plan_id)} {self.stage_id} --takeover"

    def refusal(self, caller: Owner) -> Reason:
        """Say why somebody else cannot have the stage, and what they can do."""
        own, other = "", f"plan-worktree start {quote(self.plan_id)}"
        if self.claim.owner != caller.name:  # of that name on another machine they are not
            own = f"when that is you, --owner {quote(self.claim.owner)}; "
        way = f"{self.claim.owner} is at work; to take another stage, {other}"
        lasting = f"it is claimed by {self.claim.owner} on {self.claim.host}"
        if self.signs.quiet:
            way = f"when nobody works on it any more, {self.takeover}"
            lasting = f"{lasting}: {way}"
        command = self.takeover if self.signs.quiet else other
        text = f"it is claimed by {self.words}: {own}{way}"
        return Reason(text, Code.CLAIMED, command, lasting=lasting)


def read_claimed(facts: Facts, entry: StageReport, asking: Owner | None = None) -> Claimed | None:
    """Return who has a stage and whether they are at work; None for one that nobody has.

    Whoever is `asking` is at work. What was not looked at yet is looked at. Raises Refused for a
    bad setting, and GitError.
    """
    claim, stage = entry.work.claim, entry.stage
    if claim is None:
        return None
    signs = entry.work.signs
    if signs is None:
        listed = facts.worktree_of(stage)
        signs = look_for_signs(facts, claim, listed.path if listed else None)
    if asking is not None and claim.is_of(asking):
        signs = signs._replace(quiet=False)
    return Claimed(facts.plan.plan_id, stage.id, claim, signs)
