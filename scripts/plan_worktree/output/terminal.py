"""What a stream can show, and tables.

A terminal gets rich's tables and colours. A pipe gets aligned plain text, never wrapped or
truncated. `NO_COLOR` and `FORCE_COLOR` (no-color.org, force-color.org) are honoured; all text is
made safe to print here, so callers need not think of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TextIO

import click

from plan_worktree.diagnostics import printable

_STYLES = {
    "created": "green",
    "kept": "dim",
    "repaired": "yellow",
    "removed": "green",
    "absent": "dim",
    "failed": "red",
    "merged": "magenta",
    "complete": "green",
    "ready": "cyan",
    "in-progress": "yellow",
    "blocked": "red",
    "waiting": "dim",
    "missing": "red",
    "dirty": "yellow",
}


def has_colour(stream: TextIO) -> bool:
    """Tell whether to colour what is written to a stream."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def styled(text: str, stream: TextIO, **style: object) -> str:
    """Return safe text, styled where the stream shows colours."""
    safe = printable(text)
    return click.style(safe, **style) if has_colour(stream) else safe  # type: ignore[arg-type]


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table to stdout."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(headers, cells)
        return
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    for row in (headers, *cells):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def write(text: str, stream: TextIO | None = None) -> None:
    """Write a line to stdout or another stream, colours kept where they are wanted."""
    stream = stream or sys.stdout
    click.echo(text, file=stream, color=has_colour(stream))


def say(*lines: str) -> None:
    """Write results and next steps for people to stdout; each stays one line."""
    for line in lines:
        click.echo(printable(line))


def note(*lines: str) -> None:
    """Write lines for people to stderr; whatever a line holds, it stays one line."""
    # Whoever reads both streams as one has them in the order in which they were written.
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    for line in lines:
        click.echo(printable(line), err=True)


def _rich_table(headers: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # costs 40 ms, and only a terminal needs it
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        shown.add_column(header, overflow="fold")
    for row in cells:
        shown.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    Console(no_color=not has_colour(sys.stdout), highlight=False).print(shown)
