"""What a summary counts: attempts, times, costs, and the chain that took longest."""

from __future__ import annotations

from plan_worktree.plan.graph import graph
from plan_worktree.running.record import Record, StageRecord, longest_chain
from plan_worktree.running.workers.events import Kind, event


def test_events_add_up_to_a_record_of_each_stage() -> None:
    record = Record()
    for kind, more in (
        (Kind.STARTED, {"worker": "w"}),
        (Kind.ATTEMPT, {"log": "one"}),
        (Kind.LIMIT, {"cost": 0.1}),
        (Kind.ATTEMPT, {"log": "two"}),
        (Kind.FAILED, {"cost": 0.2, "turns": 3}),
        (Kind.ATTEMPT, {"log": "three"}),
        (Kind.PROVING, {"cost": 0.3, "turns": 4}),
        (Kind.COMPLETE, {"commit": "c" * 40, "seconds": 9.0}),
        (Kind.LANDED, {"commit": "d" * 40}),
    ):
        record.add(event(kind, "text", stage="api", **more))
    record.add(event(Kind.LEFT, "no stage"))
    found = record.stages["api"]
    assert (found.attempts, found.seconds, found.turns, found.log) == (2, 9.0, 7, "three")
    assert (found.commit, found.landed, found.why) == ("c" * 40, "d" * 40, None)
    assert round(record.cost, 6) == 0.6
    record.add(event(Kind.NOT_LANDED, "it conflicts", stage="ui"))
    assert record.stages["ui"] == StageRecord("ui", why="it conflicts")


def test_the_longest_chain_is_the_one_that_took_longest() -> None:
    edges = graph({"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()})
    assert longest_chain(edges, {"a": 1, "b": 5, "c": 2, "d": 1, "e": 6}) == (("a", "b", "d"), 7)
    assert longest_chain(edges, {"a": 1, "e": 9, "d": 1}) == (("e",), 9)
    assert longest_chain(edges, {}) == ((), 0.0)
    assert longest_chain(graph({}), {}) == ((), 0.0)
