"""One short line for the status line of a session: nothing in it is worth a complaint."""

from __future__ import annotations

from collections import Counter

from plan_worktree.diagnostics import printable
from plan_worktree.plan.model import Plan
from plan_worktree.state.glance.recorded import Recorded
from plan_worktree.state.glance.states import DONE, State

# So many characters of a name, or names, are shown; a status line has one line.
_LONGEST = 40
_MOST = 3


def stage_line(entry: Recorded) -> str:
    """Say where one stage stands, and who is waited for."""
    who = f" ({_owner(entry)})" if _owner(entry) else ""
    words = [f"{_short(entry.stage.id)} {entry.state}{who}"]
    if entry.has_passed is not None and (entry.state in DONE or entry.state is State.IN_PROGRESS):
        words.append("gates passed" if entry.has_passed else "gates not passed")
    if entry.waits_for:
        named = [_named(one) for one in entry.waits_for[:_MOST]]
        more = len(entry.waits_for) - len(named)
        words.append(f"waits for {' and '.join([*named, *([f'{more} more'] if more else [])])}")
    return printable(", ".join(words))


def plan_line(plan: Plan, entries: list[Recorded]) -> str:
    """Say how many stages of a plan are in which state, and who is at work."""
    counts = Counter(entry.state for entry in entries)
    owners = list(dict.fromkeys(filter(None, map(_owner, entries))))
    shown = ", ".join([*owners[:_MOST], *(["..."] if len(owners) > _MOST else [])])
    words = [
        f"{counts[state]} {state}{f' ({shown})' if shown and state is State.IN_PROGRESS else ''}"
        for state in reversed(State)
        if counts[state]
    ]
    return printable(f"{_short(plan.plan_id)}: {', '.join(words)}")


def _named(entry: Recorded) -> str:
    state = ", ".join(filter(None, (entry.state.value, _owner(entry))))
    return f"{_short(entry.stage.id)} ({state})"


def _owner(entry: Recorded) -> str:
    """Return who is at work on a stage, empty where nobody is."""
    return _short(entry.owner or "") if entry.state is State.IN_PROGRESS else ""


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
