"""What a person at a terminal sees while a command works: lines, and a bar for each stage."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from plan_worktree.diagnostics import printable
from plan_worktree.output.terminal import has_colour, note
from plan_worktree.setup.step import Step, Watcher


def progress(text: str) -> None:
    """Tell a person at a terminal what is going on; a pipe gets only what matters later."""
    if sys.stderr.isatty() or text.startswith(("waiting", "note: ")):
        note(text)


def said_by(stage: str, line: str) -> None:
    """Show a line that a command printed in a stage's worktree."""
    note(f"[{stage}] {line}")


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
