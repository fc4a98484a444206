"""The gates of a stage run in its worktree; what has passed there on the same tree is not run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from plan_worktree.change.checkout import Checkout
from plan_worktree.gates.elsewhere import file_elsewhere
from plan_worktree.gates.gates import Listener, Ran, Site, run_gates
from plan_worktree.gates.proofs import known_gates, proving_command
from plan_worktree.gates.side_by_side import Limits, Running
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS, proofs_ref
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.slots import slot_of

Say = Callable[[str], None]


class Proving(NamedTuple):
    """The gates of a stage that are to be proved in its checkout, on the tree of its commit."""

    facts: Facts
    stage: Stage
    checkout: Checkout

    @property
    def tree(self) -> str:
        """The tree of the commit that is checked out."""
        return self.facts.refs[HEADS + self.checkout.branch].tree

    def known(self) -> frozenset[str]:
        """Return the gates that have passed before on this tree."""
        record = self.facts.refs.get(proofs_ref(self.facts.plan))
        return known_gates(record, self.tree, self.stage.verify)

    def planned(self) -> list[Ran]:
        """Return the gates as they would run: those that are known, and those yet to be run."""
        known = self.known()
        return [
            Ran(self.stage.id, gate, 0 if gate in known else None, known=gate in known)
            for gate in dict.fromkeys(self.stage.verify)
        ]

    def run(self, timeout: float | None, listener: Listener, warn: Say) -> list[Ran]:
        """Run the gates until one fails. Raises Refused and OSError.

        `warn` is told where one used files of another checkout.
        """
        facts, stage, checkout = self
        site = Site(facts.home, facts.plan.plan_id, stage.id, checkout.path, slot_of(facts, stage))
        ran = run_gates(Running(Limits(timeout)), site, stage.verify, listener, self.known())
        others = [facts.home.root, *facts.worktrees]
        for one in ran:
            if one.log and (path := file_elsewhere(one.log, checkout.path, others)):
                warn(f"warning: {one.line}: it uses a file of another checkout: {path}")
        return ran

    def recording(self, ran: Sequence[Ran]) -> list[tuple[str, ...]]:
        """Return the update-ref commands that record which gates have passed. Raises GitError.

        The checkout was clean on the tree before and after.
        """
        new = [one.line for one in ran if one.passed and not one.known]
        if not new:
            return []
        name = proofs_ref(self.facts.plan)
        record = self.facts.refs.get(name)
        return [proving_command(self.facts.home.root, name, record, self.tree, new)]
