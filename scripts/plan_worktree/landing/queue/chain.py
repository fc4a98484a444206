"""The landings of a queue in their order, each on the assumption that those before it pass.

A position that fails is taken for a culprit, and those behind it are predicted without it. Where
one before it fails later, both are predicted anew: then it may pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from plan_worktree.landing.planned_landing import Landing
from plan_worktree.landing.preview import At, Preview
from plan_worktree.landing.verdicts import Verdicts
from plan_worktree.plan.model import Stage


class Fate(Enum):
    """What is known of a position."""

    OPEN = auto()
    RUNNING = auto()
    PASSED = auto()
    FAILED = auto()
    CONFLICTS = auto()
    WAITS = auto()  # for one that does not land
    BROKEN = auto()  # git or the environment failed: nothing speaks against the stage

    @property
    def lands(self) -> bool:
        """Whether it lands as far as one knows."""
        return self in (Fate.OPEN, Fate.RUNNING, Fate.PASSED)


@dataclass(eq=False, slots=True)
class Position:
    """A stage's place in a chain, and where the target stands after it.

    There is no `landing` where the stage waits for one that does not land.
    """

    stage: Stage
    fate: Fate
    at: At
    landing: Landing | None = None


class Chain:
    """The positions that were predicted so far."""

    def __init__(
        self, preview: Preview, stages: Sequence[Stage], start: str, verdicts: Verdicts
    ) -> None:
        self.positions: list[Position] = []
        self._preview = preview
        self._stages = stages
        self._start = preview.start(start)
        self._verdicts = verdicts

    def extend(self) -> Position | None:
        """Predict one position more; None when there is none. Raises GitError."""
        place = len(self.positions)
        if place == len(self._stages) or self._is_broken:
            return None
        position = self._position(self._stages[place])
        self.positions.append(position)
        return position

    def walk(self) -> None:
        """Predict all positions. Raises GitError."""
        while self.extend():
            pass

    def next_open(self) -> Position | None:
        """Return the next position to prove, None when there is none now. Raises GitError."""
        found = next((one for one in self.positions if one.fate is Fate.OPEN), None)
        while found is None and (position := self.extend()):
            found = position if position.fate is Fate.OPEN else None
        return found

    def settle(self, position: Position, fate: Fate) -> None:
        """Say what became of a position; those behind one that does not land are forgotten."""
        position.fate = fate
        if not fate.lands:
            place = self.positions.index(position)
            del self.positions[place + 1 :]
            position.at = self.positions[place - 1].at if place else self._start

    def decided(self) -> Iterator[Position]:
        """Yield the positions up to the first of which something is not yet known."""
        for position in self.positions:
            if position.fate in (Fate.OPEN, Fate.RUNNING, Fate.BROKEN):
                return
            yield position

    @property
    def landings(self) -> list[Landing]:
        """The landings that are to be, in their order."""
        return [one.landing for one in self.positions if one.landing and one.fate.lands]

    @property
    def _is_broken(self) -> bool:
        return bool(self.positions) and self.positions[-1].fate is Fate.BROKEN

    def _position(self, stage: Stage) -> Position:
        at = self.positions[-1].at if self.positions else self._start
        out = {one.stage.id for one in self.positions if not one.fate.lands}
        if not out.isdisjoint(self._preview.seen.opened.graph.ancestors(stage.id)):
            return Position(stage, Fate.WAITS, at)
        landing, after = self._preview.step(stage, at)
        if landing.reason:
            return Position(stage, Fate.CONFLICTS, at, landing)
        if self._verdicts.failure(landing):
            return Position(stage, Fate.FAILED, at, landing)
        fate = Fate.PASSED if self._verdicts.is_proved(landing) else Fate.OPEN
        return Position(stage, fate, after, landing)
