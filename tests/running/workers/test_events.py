"""What workers say is read again as it was written, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.running.workers.events import Kind, event, event_line, read_event
from tests.output.test_schemas import validate_line


def test_an_event_is_read_as_it_was_written() -> None:
    one = event(Kind.FAILED, "it \u2028 failed\n", worker="w", stage="s", attempt=2, seconds=1.5)
    line = event_line(one)
    assert "\n" not in line
    assert read_event(line) == one
    validate_line("run-event", json.loads(line))


@pytest.mark.parametrize("kind", Kind)
def test_the_schema_has_every_kind_of_event(kind: Kind) -> None:
    validate_line("run-event", json.loads(event_line(event(kind, "x"))))


@pytest.mark.parametrize(
    "line",
    (
        "",
        "warning: something",
        "[]",
        "[" * 100_000,
        '{"kind": "run"}',
        '{"kind": "run-event", "event": 1, "text": "", "time": ""}',
        '{"kind": "run-event", "event": "failed", "text": "", "time": "", "stage": []}',
    ),
)
def test_any_other_line_is_no_event(line: str) -> None:
    assert read_event(line) is None


@given(
    st.dictionaries(st.sampled_from(["kind", "event", "text", "attempt"]), st.none() | st.text())
)
def test_no_object_breaks_the_reader(said: dict[str, object]) -> None:
    assert read_event(json.dumps({"kind": "run-event", **said})) is None or said
