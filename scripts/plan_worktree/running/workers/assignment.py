"""What a worker works with: the plan, what is wanted of it, whom it tells, who asks it to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.running.workers.agents import Agent
from plan_worktree.running.workers.attempt import Terms
from plan_worktree.running.workers.events import Tell
from plan_worktree.running.workers.stopping import Stop
from plan_worktree.stages.brief import Brief
from plan_worktree.state.repository.owners import Owner


@dataclass(frozen=True, slots=True)
class WorkOptions:
    """What a worker is to do: for whom, with which agent, and how much of it.

    `stage` names the only stage, `most` is how many it takes. With `once` it takes one, and does
    not wait for others. `budget` is in US dollars.
    """

    owner: Owner
    agent: Agent
    stage: str | None = None
    attempts: int = 3
    terms: Terms = field(default_factory=Terms)
    most: int | None = None
    once: bool = False
    budget: float | None = None


class Setting(NamedTuple):
    """What a worker works with: the plan, what is wanted, whom it tells, who asks it to end.

    `render` writes a brief for the agent.
    """

    opened: Opened
    options: WorkOptions
    tell: Tell
    stop: Stop
    render: Callable[[Brief], str]


class Fate(StrEnum):
    """What has become of a stage that a worker has taken."""

    COMPLETE = "complete"
    BLOCKED = "blocked"
    KEPT = "kept"
    LOST = "lost"


class Purse:
    """What agents have cost, as they report it, beside what they may cost (US dollars)."""

    def __init__(self, budget: float | None) -> None:
        self._budget = budget
        self._cost = 0.0

    def spend(self, cost: float | None) -> None:
        """Count what an attempt has cost."""
        self._cost += cost or 0.0

    @property
    def is_spent(self) -> bool:
        """Whether no attempt may begin any more."""
        return self._budget is not None and self._cost >= self._budget
