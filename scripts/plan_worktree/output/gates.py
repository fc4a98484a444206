"""What people see of gates: a line for one that passed, the end of the output of one that failed.

On a terminal a gate that runs shows for how long it has, and its latest line.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from plan_worktree.diagnostics import printable
from plan_worktree.gates.gates import Listener, Ran
from plan_worktree.gates.logs import end_of
from plan_worktree.gates.plain import Plain, last_line, plain_lines
from plan_worktree.gates.side_by_side import Watch
from plan_worktree.output.progress import watching_commands
from plan_worktree.output.terminal import has_colour, note, say

if TYPE_CHECKING:
    from rich.progress import Progress

# So many lines of the output of a command that failed are shown, and so much of each.
_LINES, _WIDTH = 40, 500
# On a terminal the latest line is looked for in so many bytes, once in so many seconds.
_LATEST, _OFTEN = 4096, 0.1


def ended_lines(ran: Ran) -> list[str]:
    """Return what is said of a gate that ended: a line, and of one that failed its last output."""
    if ran.known:
        return [f"passed before: {ran.line}"]
    if ran.passed:
        return [f"passed in {ran.seconds:.1f} s: {ran.line}{_said(ran)}"]
    return [f"failed after {ran.seconds:.1f} s: {ran.line}", *last_lines(ran.log)]


def _said(ran: Ran) -> str:
    return f": {ran.last}" if ran.last else ""


def last_lines(log: Path | None) -> list[str]:
    """Return the last lines of a log, plain, each cut where it is very long."""
    lines = plain_lines(end_of(log)) if log else []
    return [f"{line[:_WIDTH]}…" if len(line) > _WIDTH else line for line in lines[-_LINES:]]


def gate_fields(ran: Sequence[Ran]) -> list[dict[str, object]]:
    """Return what JSON says of gates that ran, or were known to pass."""
    return [
        {
            "command": one.line,
            "seconds": None if one.log is None else round(one.seconds, 3),
            "log": str(one.log) if one.log else None,
            "passed_before": one.known,
            "last_line": one.last or None,
        }
        for one in ran
    ]


@contextmanager
def watching_gates(*, show_output: bool, as_json: bool) -> Iterator[Listener]:
    """Show how gates go, with `show_output` all that they print.

    How they ended is a result, and stands before what follows from it, but not in JSON.
    """
    if show_output:
        yield _Streamed().listener()
    elif sys.stderr.isatty():
        bar = _Bar()
        try:
            yield bar.listener()
        finally:
            bar.stop()
    else:

        def ended(ran: Ran) -> None:
            tell = say if ran.passed and not as_json else note
            tell(*ended_lines(ran))

        yield Listener(ended=ended)


@contextmanager
def watching_proofs(todo: int, at_once: int, *, show_output: bool) -> Iterator[Watch[Ran]]:
    """Show how the gates of merged results go, several at once; each line names the stage."""
    results = "1 merged result" if todo == 1 else f"{todo} merged results"
    head = f"proving {results}" + (f", {at_once} at once" if at_once > 1 else "")

    def words(ran: Ran) -> list[str]:
        lines = ended_lines(ran)
        return [f"[{ran.stage}] {line}" for line in (lines[:1] if show_output else lines)]

    with watching_commands(head, words) as watch:
        yield _streaming(watch) if show_output else watch


def _streaming(watch: Watch[Ran]) -> Watch[Ran]:
    """Return what shows every line that gates print, too."""
    plain: dict[str, Plain] = {}

    def said(stage: str, piece: bytes) -> None:
        taken = plain.setdefault(stage, Plain()).take(piece)
        note(*(f"[{stage}] {line}" for line in taken))

    def ended(ran: Ran) -> None:
        rest = plain.pop(ran.stage, Plain()).rest()
        note(*(f"[{ran.stage}] {line}" for line in rest))
        watch.ended(ran)

    return Watch(said, ended)


class _Streamed:
    """Shows every line that a gate prints."""

    def __init__(self) -> None:
        self._plain = Plain()

    def listener(self) -> Listener:
        return Listener(self._began, lambda piece: note(*self._plain.take(piece)), self._ended)

    def _began(self, gate: str) -> None:
        self._plain = Plain()
        note(f"$ {gate}")

    def _ended(self, ran: Ran) -> None:
        note(*self._plain.rest())
        if ran.passed:
            note(*ended_lines(ran))


class _Bar:
    """Shows on a terminal the gate that runs, until it ends."""

    def __init__(self) -> None:
        self._gate = ""
        self._bar: Progress | None = None

    def listener(self) -> Listener:
        return Listener(self._began, sampled(self._latest), self._ended)

    def stop(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None

    def _began(self, gate: str) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        console = Console(stderr=True, no_color=not has_colour(sys.stderr))
        self._gate = gate
        self._bar = Progress(*columns, console=console, transient=True)
        self._bar.add_task(self._words(gate), total=None)
        self._bar.start()

    def _latest(self, line: str) -> None:
        bar = self._bar
        if bar and line:
            bar.update(bar.task_ids[0], description=self._words(f"{self._gate}: {line}"))

    def _words(self, text: str) -> str:
        from rich.markup import escape

        return escape(printable(text[:200]))

    def _ended(self, ran: Ran) -> None:
        self.stop()
        note(*ended_lines(ran))


def sampled(show: Callable[[str], None]) -> Callable[[bytes], None]:
    """Return what takes an output in pieces and now and then shows its latest line."""
    lock, shown = threading.Lock(), 0.0

    def take(piece: bytes) -> None:
        nonlocal shown
        with lock:
            now = time.monotonic()
            if now - shown < _OFTEN:
                return
            shown = now
        show(last_line(piece[-_LATEST:]))

    return take
