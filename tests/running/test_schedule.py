"""What a run decides: workers of a model take, finish, block, die, and it ends when it must."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.running.schedule import MOST_DEATHS, Phase, Standing, Worker, decide
from plan_worktree.running.workers.events import Event, Kind, event

Edges = dict[str, tuple[str, ...]]


@dataclass
class Model:
    """Stages and workers as git and processes would have them; `dice` chooses what happens."""

    edges: Edges
    blocking: frozenset[str]
    deadly: frozenset[str]
    dice: st.DataObject
    complete: list[str] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    claims: dict[str, int] = field(default_factory=dict)
    running: set[int] = field(default_factory=set)

    def ready(self, worker: int) -> str | None:
        own = [s for s, w in self.claims.items() if w == worker]
        free = [
            s
            for s, needs in self.edges.items()
            if s not in self.claims
            and s not in self.blocked
            and s not in self.complete
            and all(n in self.complete for n in needs)
        ]
        return next(iter([*own, *free]), None)

    def step(self, worker: int, stage: str | None) -> tuple[list[Event], int | None]:
        """Return what a worker says, and its exit code where it ends."""
        if stage is None:
            return self.take(worker)
        if stage in self.deadly or self.dice.draw(st.integers(0, 9)) == 0:
            return [], -9
        del self.claims[stage]
        if stage in self.blocking:
            self.blocked.add(stage)
            return [event(Kind.BLOCKED, "no", stage=stage)], None
        self.complete.append(stage)
        return [event(Kind.COMPLETE, "yes", stage=stage)], None

    def take(self, worker: int) -> tuple[list[Event], int | None]:
        if found := self.ready(worker):
            self.claims[found] = worker
            return [event(Kind.STARTED, "got it", stage=found)], None
        if self.claims:
            # A stage somebody is in by hand makes a worker leave while others are at work.
            if self.dice.draw(st.integers(0, 3)) == 0:
                return [event(Kind.LEFT, "nothing for me")], 1
            return [event(Kind.WAITING, "others are at work")], None
        done = len(self.complete) == len(self.edges)
        return [event(Kind.LEFT, "no more")], 5 if done else 1


@st.composite
def graphs(draw: st.DrawFn) -> Edges:
    names = [f"s{n}" for n in range(draw(st.integers(1, 8)))]
    return {
        name: tuple(
            draw(st.lists(st.sampled_from(names[:n]), unique=True, max_size=3)) if n else ()
        )
        for n, name in enumerate(names)
    }


@given(st.data(), graphs(), st.integers(1, 4))
def test_every_stage_that_can_be_complete_is_once_and_the_run_ends(
    dice: st.DataObject, edges: Edges, workers: int
) -> None:
    names = st.frozensets(st.sampled_from(sorted(edges)), max_size=2)
    model = Model(edges, dice.draw(names), dice.draw(names), dice)
    standing, now = Standing(tuple(Worker() for _ in range(workers))), 0.0
    for _ in range(2000):
        decision = decide(standing, now)
        for number in decision.give_up:
            stage = standing.workers[number].stage
            assert stage in model.deadly or stage is not None
            model.blocked.add(stage or "")
            model.claims.pop(stage or "", None)
            standing = standing.given_up(number)
        for number in decision.start:
            assert number not in model.running
            model.running.add(number)
            standing = standing.started(number)
        if decision.over:
            break
        now += 1.0
        if model.running:
            number = dice.draw(st.sampled_from(sorted(model.running)))
            said, code = model.step(number, standing.workers[number].stage)
            for one in said:
                standing = standing.heard(number, one)
            if code is not None:
                model.running.discard(number)
                standing = standing.ended(number, code, now)
    else:
        raise AssertionError("it never ends")
    assert not model.running
    assert not model.claims
    assert len(model.complete) == len(set(model.complete))
    for stage, needs in edges.items():
        hindered = stage in model.blocked or any(n not in model.complete for n in needs)
        assert (stage in model.complete) != hindered


def test_asked_to_end_nothing_is_started_and_all_that_run_are_awaited() -> None:
    standing = Standing((Worker(), Worker(Phase.WORKING, "a")), stopping=True)
    assert decide(standing, 0.0) == decide(standing, 9.0)
    assert not decide(standing, 0.0).over
    ended = standing.ended(1, 143, 0.0)
    assert decide(ended, 0.0).over
    assert decide(ended, 0.0).start == ()


def test_drained_no_worker_is_started_again_for_what_others_completed() -> None:
    left = Worker(Phase.LEFT, knew=1)
    standing = Standing((left, Worker(Phase.WORKING, "a")), complete=2)
    assert decide(standing, 0.0).start == (0,)
    drained = replace(standing, drained=True)
    assert decide(drained, 0.0).start == ()
    assert decide(drained.ended(1, 0, 0.0), 9.0).over


def test_a_worker_that_cannot_work_at_all_is_not_started_for_ever() -> None:
    standing, now, starts = Standing((Worker(),)), 0.0, 0
    while not (decision := decide(standing, now)).over:
        for number in decision.start:
            starts += 1
            standing = standing.started(number).ended(number, 3, now)
        now += 1.0
    assert starts == MOST_DEATHS
    assert standing.workers[0].phase is Phase.GONE


def test_it_is_idle_only_while_every_worker_waits_for_others() -> None:
    standing = Standing((Worker(), Worker())).started(0).started(1)
    assert not standing.is_idle
    for number in (0, 1):
        standing = standing.heard(number, event(Kind.WAITING, "for api"))
    assert standing.is_idle
    assert not standing.heard(0, event(Kind.STARTED, "x", stage="a")).is_idle
