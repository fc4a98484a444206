"""What a person at a terminal sees while a command works: lines, and a bar for each stage."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from plan_worktree.diagnostics import printable
from plan_worktree.output.setup import note_each
from plan_worktree.output.terminal import has_colour, note
from plan_worktree.setup.each import Each, EachWatcher, Ended
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


@contextmanager
def watching_each(each: Each, count: int) -> Iterator[EachWatcher]:
    """Show how the command of --each goes in so many worktrees: its last lines on a terminal."""
    at_once = min(each.at_once, count)
    worktrees = "1 worktree" if count == 1 else f"{count} worktrees, {at_once} at once"
    note(f"in {worktrees}: {each.command}")
    lock = threading.Lock()  # the commands end in threads of their own
    if not sys.stderr.isatty():

        def ended(one: Ended) -> None:
            with lock:
                note_each(one, each)

        yield EachWatcher(lambda _stage, _line: None, ended)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True, no_color=not has_colour(sys.stderr))
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def said(stage: str, line: str) -> None:
            text = escape(printable(f"{stage}: {line[:60]}"))
            with lock:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(text, total=None)
                bars.update(tasks[stage], description=text)

        def gone(one: Ended) -> None:
            with lock:
                if one.stage in tasks:
                    bars.remove_task(tasks.pop(one.stage))
                note_each(one, each)

        yield EachWatcher(said, gone)
