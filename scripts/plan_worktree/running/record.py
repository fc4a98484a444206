"""What came of a run: of every stage who worked on it, how often, how long, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from plan_worktree.plan.graph import Graph
from plan_worktree.running.workers.events import Event, Kind
from plan_worktree.state.status import StageReport


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What a run knows of one stage. `seconds` counts from its claim until it was done.

    `why` says why it is not complete, or has not landed; `landed` is the target's commit.
    """

    stage: str
    worker: str | None = None
    attempts: int = 0
    seconds: float = 0.0
    cost: float | None = None
    turns: int | None = None
    commit: str | None = None
    landed: str | None = None
    why: str | None = None
    log: str | None = None


class Outcome(StrEnum):
    """How a run ended. Public, in ``run --json``."""

    DONE = "done"
    BLOCKED = "blocked"
    OUTSIDE = "outside"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run, `seconds` after it began; the stages are in the plan's order.

    `chain` is the longest chain of stages that waited for each other, by the time they took,
    `reasons` say what is in the way, and `removed` are stages whose worktrees were taken away.
    `logs` is the folder with what agents and gates printed.
    """

    plan_id: str
    outcome: Outcome
    seconds: float
    states: Mapping[str, str]
    stages: tuple[StageRecord, ...]
    chain: tuple[str, ...]
    chain_seconds: float
    reasons: tuple[str, ...]
    removed: tuple[str, ...]
    logs: str
    page: str

    @property
    def cost(self) -> float | None:
        """What all agents have reported to have cost, None where none has."""
        costs = [one.cost for one in self.stages if one.cost is not None]
        return sum(costs) if costs else None


@dataclass
class Record:
    """What has happened to each stage up to now."""

    stages: dict[str, StageRecord] = field(default_factory=dict)

    def add(self, one: Event) -> None:
        """Take in what has happened."""
        if one.stage is None:
            return
        known = self.stages.get(one.stage) or StageRecord(one.stage)
        self.stages[one.stage] = _with_costs(_after(known, one), one)

    @property
    def cost(self) -> float:
        """What all agents have reported to have cost."""
        return sum(one.cost or 0.0 for one in self.stages.values())


def _after(known: StageRecord, one: Event) -> StageRecord:
    """Return what is known of a stage after something has happened to it."""
    log = one.log or known.log
    if one.event == Kind.STARTED:
        return replace(known, worker=one.worker, why=None)
    if one.event == Kind.ATTEMPT:
        return replace(known, attempts=known.attempts + 1, log=log)
    if one.event == Kind.FAILED:
        return replace(known, why=one.text, log=log)
    if one.event == Kind.COMPLETE:
        seconds = known.seconds + (one.seconds or 0.0)
        return replace(known, commit=one.commit, why=None, seconds=seconds)
    if one.event in (Kind.BLOCKED, Kind.KEPT, Kind.LOST):
        seconds = known.seconds + (one.seconds or 0.0)
        return replace(known, why=one.text, seconds=seconds)
    if one.event == Kind.LANDED:
        return replace(known, landed=one.commit, why=None)
    if one.event == Kind.NOT_LANDED:
        return replace(known, why=one.text, log=log)
    return known


def _with_costs(known: StageRecord, one: Event) -> StageRecord:
    cost = known.cost if one.cost is None else (known.cost or 0.0) + one.cost
    turns = known.turns if one.turns is None else (known.turns or 0) + one.turns
    # An attempt that only met a limit is none.
    fewer = 1 if one.event == Kind.LIMIT else 0
    return replace(known, cost=cost, turns=turns, attempts=known.attempts - fewer)


def longest_chain(graph: Graph, seconds: Mapping[str, float]) -> tuple[tuple[str, ...], float]:
    """Return the chain of stages that need each other which took longest, and how long."""
    ends: dict[str, tuple[float, tuple[str, ...]]] = {}
    for name in graph.order:
        before = max((ends[need] for need in graph.dependencies[name]), default=(0.0, ()))
        own = seconds.get(name, 0.0)
        ends[name] = (before[0] + own, (*before[1], name) if own else before[1])
    took, chain = max(ends.values(), default=(0.0, ()))
    return chain, took


def whys(entries: Iterable[StageReport], record: Record) -> dict[str, str]:
    """Return why stages are not done, by what happened to them or what is noted of them."""
    found = {}
    for entry in entries:
        known = record.stages.get(entry.stage.id)
        noted = entry.work.blocked.note if entry.work.blocked else None
        if why := (known.why if known else None) or noted:
            found[entry.stage.id] = why
    return found
