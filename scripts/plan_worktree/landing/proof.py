"""A landing in home is proved: the stage's commands pass on what home has then, or it goes back."""

from __future__ import annotations

from shlex import quote
from typing import NamedTuple

from plan_worktree.change.landing_note import Note, Tip
from plan_worktree.change.unfinished_landing import settle, withdraw
from plan_worktree.gates.gates import Site, run_gates
from plan_worktree.gates.proofs import known_gates
from plan_worktree.gates.side_by_side import Limits, Running
from plan_worktree.landing.landing import Merging, Say
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import proofs_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.state.repository.facts import Facts


class Made(NamedTuple):
    """A landing that was made in home and is yet to be proved: its commit and tree, its note."""

    tip: Tip
    note: Note


def prove(merging: Merging, stage: Stage, made: Made) -> None:
    """Run a stage's commands on its landing, and record that they passed.

    Raises Refused when one does not pass, after taking the landing back where that is possible;
    GitError and OSError.
    """
    opened, facts = merging.seen.opened, merging.seen.facts
    site = Site(opened.require_home(), opened.plan.plan_id, stage.id, facts.home.root)
    record = facts.refs.get(proofs_ref(facts.plan))
    known = known_gates(record, made.tip.tree, stage.verify)
    if not known.issuperset(stage.verify):
        known = (
            frozenset()
        )  # a gate may need what another one before it has made, which is not here
    try:
        ran = run_gates(Running(Limits()), site, stage.verify, merging.listener, known)
    except BaseException:
        withdraw(facts.home, made.note, merging.waiting)
        raise
    if not ran[-1].passed:
        failed = ran[-1].failure()
        raise Refused([_unproved_words(facts, stage, failed, made, merging.waiting)])
    settle(facts.home, made.note)


def _unproved_words(facts: Facts, stage: Stage, failed: str, made: Made, waiting: Say) -> str:
    """Take a landing back whose commands do not pass, and say what became of it."""
    again = f"plan-worktree complete {quote(facts.plan.plan_id)} {stage.id}"
    if withdraw(facts.home, made.note, waiting):
        return f"merged, it does not pass, and was taken back: {failed}: fix it, then {again}"
    show = f"git -C {quote(str(facts.home.root))} log {made.tip.commit[:10]}^.."
    return f"merged, it does not pass: {failed}; it stays, since more was done there: {show}"
