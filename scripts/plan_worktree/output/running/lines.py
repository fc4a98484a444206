"""What people and programs see of work and run while they go on: a line for each thing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import click

from plan_worktree.output.terminal import note, say
from plan_worktree.running.supervisor import Audience
from plan_worktree.running.workers.events import Event, Kind, event_line
from plan_worktree.state.status import Report

# What the table alone shows, beside JSON.
_QUIET = frozenset({Kind.WORKER.value, Kind.LEFT.value})
# What a stage has come to, and why it ends, is a result.
_RESULTS = frozenset({Kind.COMPLETE.value, Kind.BLOCKED.value, Kind.LANDED.value, Kind.LEFT.value})


def telling(*, as_json: bool) -> Callable[[Event], None]:
    """Return what shows each event: a line for people, or one of JSON.

    Whoever reads may be gone: the work goes on.
    """

    def as_line(one: Event) -> None:
        with suppress(BrokenPipeError):
            click.echo(event_line(one))

    def for_people(one: Event) -> None:
        with suppress(BrokenPipeError):
            (say if one.event in _RESULTS else note)(event_words(one))

    return as_line if as_json else for_people


@contextmanager
def watching(report: Report, *, as_json: bool) -> Iterator[Audience]:
    """Show how a run goes: on a terminal a table that stays current, elsewhere a line an event."""
    if not as_json and sys.stderr.isatty():
        from plan_worktree.output.running.live import live_table

        with live_table(report) as audience:
            yield audience
        return
    shown = telling(as_json=as_json)

    def tell(one: Event) -> None:
        if as_json or one.event not in _QUIET:
            shown(one)

    yield Audience(tell, lambda _standing, _record: None)


def event_words(one: Event) -> str:
    """Return an event as a line for people."""
    about = " ".join(part for part in (one.worker, one.stage) if part)
    took = f" ({_more(one)})" if _more(one) else ""
    log = (
        f"; log: {one.log}"
        if one.event == Kind.FAILED and (one.log or one.text) not in one.text
        else ""
    )
    text = f"{one.text}{took}{log}"
    clock = one.time.partition("T")[2].removesuffix("Z")
    return f"{clock} {about}: {text}" if about else f"{clock} {text}"


def _more(one: Event) -> str:
    parts = []
    if one.seconds is not None and one.event != Kind.LIMIT:
        parts.append(f"{one.seconds:.1f} s")
    if one.cost is not None:
        parts.append(f"{one.cost:.2f} USD")
    if one.turns is not None:
        parts.append(f"{one.turns} turns")
    if one.commit is not None:
        parts.append(one.commit[:10])
    return ", ".join(parts)
