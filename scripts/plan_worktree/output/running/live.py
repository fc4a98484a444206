"""What a person at a terminal sees of a run: a row for each worker, and how far the plan is.

Lines of what happened scroll above the table. What agents print is text, and drives no terminal.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from plan_worktree.diagnostics import printable
from plan_worktree.gates.plain import last_line
from plan_worktree.output.running.lines import event_words
from plan_worktree.output.terminal import has_colour
from plan_worktree.running.record import Record
from plan_worktree.running.schedule import Phase, Standing
from plan_worktree.running.supervisor import Audience
from plan_worktree.running.workers.events import Event, Kind
from plan_worktree.state.repository.records import in_words
from plan_worktree.state.status import DONE, Report

if TYPE_CHECKING:
    from rich.console import RenderableType

# The last line of a log is looked for in so many bytes.
_LATEST = 4096
_LONGEST = 200
# What is told as a line above the table; the rest the table shows.
_LINES = frozenset(
    kind.value
    for kind in (
        Kind.COMPLETE, Kind.BLOCKED, Kind.FAILED, Kind.LIMIT, Kind.DIED, Kind.LANDED,
        Kind.NOT_LANDED, Kind.OUTSIDE, Kind.STOPPING, Kind.KEPT, Kind.LOST, Kind.NOTE,
    )
)  # fmt: skip


class Live:
    """What the table shows: since when each worker is at its stage, and what it does there."""

    def __init__(self, report: Report) -> None:
        self._total = len(report.stages)
        self._done = sum(entry.state in DONE for entry in report.stages)
        self._since: dict[str, float] = {}
        self._doing: dict[str, str] = {}
        self._began = time.monotonic()
        self._landed = 0

    def take(self, one: Event) -> None:
        """Take in what happened."""
        self._landed += one.event == Kind.LANDED
        if one.stage is None or one.event == Kind.NOTE:
            return
        if one.event == Kind.STARTED:
            self._since[one.stage] = time.monotonic()
        self._doing[one.stage] = {
            Kind.ATTEMPT.value: "agent",
            Kind.PROVING.value: "proof",
            Kind.LIMIT.value: "limit",
        }.get(one.event, one.event)

    def rows(self, standing: Standing, record: Record) -> list[tuple[str, ...]]:
        """Return a row for each worker that is at work: what is known of its stage."""
        rows: list[tuple[str, ...]] = []
        for number, worker in enumerate(standing.workers, 1):
            if worker.phase is not Phase.WORKING or worker.stage is None:
                continue
            known = record.stages.get(worker.stage)
            elapsed = in_words(time.monotonic() - self._since.get(worker.stage, self._began))
            attempt = str(known.attempts) if known and known.attempts else "-"
            latest = latest_line(known.log) if known and known.log else ""
            doing = self._doing.get(worker.stage, "-")
            rows.append((worker.stage, doing, str(number), attempt, elapsed, latest))
        return rows

    def progress(self, standing: Standing, record: Record) -> str:
        """Return how far the plan is, in a line."""
        busy = len(standing.busy)
        landed = f", {self._landed} landed" if self._landed else ""
        cost = f", {record.cost:.2f} USD" if record.cost else ""
        took = in_words(time.monotonic() - self._began)
        ends = "; ending" if standing.stopping else ""
        done = f"{self._done + standing.complete} of {self._total} stages complete{landed}"
        return f"{done}, {busy} at work, {took}{cost}{ends}"


def latest_line(log: str) -> str:
    """Return the last line of a log that says something, safe to print."""
    with suppress(OSError), Path(log).open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LATEST))
        return printable(last_line(file.read())[:_LONGEST])
    return ""


@contextmanager
def live_table(report: Report) -> Iterator[Audience]:
    """Show the table until the block ends, and lines above it; `report` is how it stood before."""
    from rich.console import Console, Group
    from rich.live import Live as Shown
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    live = Live(report)
    console = Console(stderr=True, no_color=not has_colour(sys.stderr), highlight=False)

    def table(standing: Standing, record: Record) -> RenderableType:
        shown = Table(box=None, pad_edge=False, header_style="bold", expand=True)
        for header in ("STAGE", "DOES", "W", "TRY", "FOR"):
            shown.add_column(header, no_wrap=True, overflow="ellipsis")
        shown.add_column("LAST LINE", no_wrap=True, overflow="ellipsis", ratio=1)
        for row in live.rows(standing, record):
            shown.add_row(*(Text(cell) for cell in row))
        line = Text(live.progress(standing, record), style="bold", no_wrap=True)
        line.overflow = "ellipsis"
        return Group(shown, line) if shown.row_count else line

    with Shown(console=console, transient=True, auto_refresh=False) as shown:

        def tell(one: Event) -> None:
            live.take(one)
            if one.event in _LINES:
                shown.console.print(escape(printable(event_words(one))), soft_wrap=True)

        def tick(standing: Standing, record: Record) -> None:
            shown.update(table(standing, record), refresh=True)

        yield Audience(tell, tick)
