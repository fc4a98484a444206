"""What a person at a terminal sees while a command works: lines, and a bar for each stage."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from plan_worktree.diagnostics import printable
from plan_worktree.gates.plain import last_line
from plan_worktree.gates.side_by_side import Watch
from plan_worktree.output.terminal import has_colour, note
from plan_worktree.setup.step import Step, Watcher


def progress(text: str) -> None:
    """Tell a person at a terminal what is going on; a pipe gets only what matters later."""
    if sys.stderr.isatty() or text.startswith(("waiting", "note: ", "warning: ")):
        note(text)


@contextmanager
def watching_setup() -> Iterator[Watcher]:
    """Show how a setup goes: with bars on a terminal."""
    if not sys.stderr.isatty():
        yield Watcher(progress, lambda step: progress(f"{step.stage.id}: {step.action}"))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True, no_color=not has_colour(sys.stderr))
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def percentage(stage: str, percent: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(escape(printable(stage)), total=100)
            bars.update(tasks[stage], completed=percent)

        def done(step: Step) -> None:
            if step.stage.id in tasks:
                bars.update(tasks[step.stage.id], completed=100)

        yield Watcher(lambda text: bars.console.print(escape(printable(text))), done, percentage)


class _OfStage(Protocol):
    @property
    def stage(self) -> str: ...


One = TypeVar("One", bound=_OfStage)


@contextmanager
def watching_commands(head: str, words: Callable[[One], Iterable[str]]) -> Iterator[Watch[One]]:
    """Show how commands go that run side by side: on a terminal the last line of each.

    `words` says what is to be told of one that has ended.
    """
    note(head)
    lock = threading.Lock()  # they end in threads of their own
    if not sys.stderr.isatty():

        def ended(one: One) -> None:
            with lock:
                note(*words(one))

        yield Watch(lambda _stage, _piece: None, ended)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True, no_color=not has_colour(sys.stderr))
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def said(stage: str, piece: bytes) -> None:
            line = last_line(piece[-4096:])
            text = escape(printable(f"{stage}: {line[:60]}"))
            with lock:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(text, total=None)
                bars.update(tasks[stage], description=text)

        def gone(one: One) -> None:
            with lock:
                if one.stage in tasks:
                    bars.remove_task(tasks.pop(one.stage))
                for line in words(one):
                    bars.console.print(escape(printable(line)), soft_wrap=True, highlight=False)

        yield Watch(said, gone)
