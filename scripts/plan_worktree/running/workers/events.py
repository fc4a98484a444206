"""What happens in a worker or a run, as values: people read lines of them, programs JSON.

A worker that is supervised tells its supervisor in the same JSON that ``work --json`` prints.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from plan_worktree.state.repository.records import written


class Kind(StrEnum):
    """What happened. Public: `event` in ``work --json`` and ``run --json``."""

    WAITING = "waiting"
    STARTED = "started"
    ATTEMPT = "attempt"
    LIMIT = "limit"
    FAILED = "failed"
    PROVING = "proving"
    COMPLETE = "complete"
    BLOCKED = "blocked"
    KEPT = "kept"
    LOST = "lost"
    LEFT = "left"
    WORKER = "worker"
    DIED = "died"
    LANDED = "landed"
    NOT_LANDED = "not-landed"
    OUTSIDE = "outside"
    STOPPING = "stopping"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, when (RFC 3339, UTC), to which stage, and who is the worker.

    `attempt` counts from 1. `seconds` is how long what has ended took, or how long it waits;
    `cost` and `turns` are what the agent reports. `log` is the file with what it printed.
    """

    event: str
    text: str
    time: str
    worker: str | None = None
    stage: str | None = None
    attempt: int | None = None
    seconds: float | None = None
    cost: float | None = None
    turns: int | None = None
    commit: str | None = None
    log: str | None = None


Tell = Callable[[Event], None]
_TYPES: dict[str, tuple[type, ...]] = {
    "attempt": (int,),
    "turns": (int,),
    "seconds": (int, float),
    "cost": (int, float),
}


def event(kind: Kind, text: str, **more: object) -> Event:
    """Return what happens now."""
    return Event(kind.value, text, written(time.time()), **more)  # type: ignore[arg-type]


def event_fields(one: Event) -> dict[str, object]:
    """Return an event's fields as JSON has them."""
    return {"kind": "run-event", "version": 1, **asdict(one)}


def event_line(one: Event) -> str:
    """Return an event as one line of JSON."""
    return json.dumps(event_fields(one))


def read_event(line: str) -> Event | None:
    """Read a line that a worker wrote; None for any other line."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_event = isinstance(said, dict) and said.get("kind") == "run-event"
    return read_fields(said) if is_event else None


def read_fields(said: object) -> Event | None:
    """Read an event's fields, as they come from another process; None for anything else."""
    if not isinstance(said, dict):
        return None
    known = {field.name: said.get(field.name) for field in fields(Event)}
    if any(not isinstance(known[name], str) for name in ("event", "text", "time")):
        return None
    for name, value in known.items():
        if value is not None and not isinstance(value, _TYPES.get(name, (str,))):
            return None
    return Event(**known)  # type: ignore[arg-type]
