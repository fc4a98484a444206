"""What is known of merged results: which gates passed on which trees, and which one failed."""

from __future__ import annotations

from collections.abc import Sequence

from plan_worktree.gates.gates import Ran
from plan_worktree.gates.proofs import known_gates
from plan_worktree.git.refs import Ref
from plan_worktree.landing.planned_landing import Landing
from plan_worktree.plan.model import Plan, Stage
from plan_worktree.project.ref_names import proofs_ref
from plan_worktree.state.repository.facts import Facts


def gates_of(plan: Plan, stage: Stage) -> tuple[str, ...]:
    """Return the gates that a stage's merged result has to pass: its own, then the plan's."""
    return tuple(dict.fromkeys((*stage.verify, *plan.verify)))


class Verdicts:
    """What gates have said of trees: in this run, or as it was recorded before.

    `each` is the command that makes a worktree fit for gates, None without one. A result that it
    fails on has failed.
    """

    def __init__(self, plan: Plan, each: str | None = None) -> None:
        self.each = each
        self._plan = plan
        self._record: Ref | None = None
        self._ran: dict[tuple[str, str], Ran] = {}

    def look_up(self, facts: Facts) -> None:
        """Take the plan and what is recorded as they are now."""
        self._plan = facts.plan
        self._record = facts.refs.get(proofs_ref(facts.plan))

    def learn(self, tree: str, ran: Sequence[Ran]) -> None:
        """Remember how gates ended on a tree."""
        self._ran.update({(tree, one.line): one for one in ran})

    def of(self, landing: Landing) -> list[Ran]:
        """Return what is known of each of a landing's gates; what is not known has no exit code.

        A gate may need what another one before it has made in the same worktree. So of the stage's
        gates, and of the plan's, all are known, or none is.
        """
        if not landing.is_new:
            return []
        stage = landing.stage
        own = tuple(dict.fromkeys(stage.verify))
        whole = [gate for gate in gates_of(self._plan, stage) if gate not in own]
        return [*self._of_group(landing, own), *self._of_group(landing, whole)]

    def _of_group(self, landing: Landing, gates: Sequence[str]) -> list[Ran]:
        stage, tree = landing.stage.id, landing.tree
        known = known_gates(self._record, tree, gates)
        found = [
            self._ran.get((tree, gate))
            or Ran(stage, gate, 0 if gate in known else None, known=gate in known)
            for gate in gates
        ]
        has_failed = any(one.log and not one.passed for one in found)
        if has_failed or all(one.passed for one in found):
            return found
        return [Ran(stage, gate, None) for gate in gates]

    def failure(self, landing: Landing) -> Ran | None:
        """Return the command that failed on what a landing gives, None when none has."""
        tree = landing.tree
        lines = (self.each, *gates_of(self._plan, landing.stage)) if landing.is_new else ()
        ran = (self._ran.get((tree, line)) for line in lines if line)
        return next((one for one in ran if one and not one.passed), None)

    def is_proved(self, landing: Landing) -> bool:
        """Tell whether all gates have passed on what a landing gives."""
        return all(one.passed for one in self.of(landing)) and self.failure(landing) is None
