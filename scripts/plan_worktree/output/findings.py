"""Diagnostics as text, JSON or GitHub workflow annotations. Reporters get finished results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

import click

from plan_worktree.authoring.validate import Checked
from plan_worktree.diagnostics import Diagnostic, Severity, printable
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import has_colour, note, styled, write

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
_WIDEST = 160


def as_text(checked: Sequence[Checked]) -> None:
    """Write one line a finding; on a terminal its source line and a caret as well."""
    for one in checked:
        lines = one.file.document.source.lines if one.file.document else ()
        for found in one.diagnostics:
            write(finding_line(found, sys.stdout))
            if sys.stdout.isatty() and 0 < found.line <= len(lines):
                write(_excerpt(lines[found.line - 1], found))
    note(summary(checked))


def as_json(checked: Sequence[Checked]) -> None:
    """Write all findings as one JSON object."""
    emit(
        "validate",
        {
            "diagnostics": [
                {
                    "file": found.file,
                    "line": found.line,
                    "column": found.column,
                    "severity": found.severity.value,
                    "code": found.code,
                    "message": found.message,
                }
                for found in _all(checked)
            ]
        },
    )


def as_github(checked: Sequence[Checked]) -> None:
    """Write workflow commands that GitHub shows beside the lines of a pull request.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", and the escapes of actions/toolkit.
    """
    for found in _all(checked):
        place = f"file={_property(found.file)},line={found.line},col={found.column}"
        text = printable(found.message).replace("%", "%25")
        click.echo(f"::{found.severity.value} {place},title={found.code}::{text}")
    note(summary(checked))


FORMATS: dict[str, Callable[[Sequence[Checked]], None]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}


def finding_line(found: Diagnostic, stream: TextIO) -> str:
    """Return ``file:line:column: severity CODE message``."""
    place = f"{printable(found.file)}:{found.line}:{found.column}:"
    if has_colour(stream):
        severity = click.style(found.severity.value, fg=_COLOURS[found.severity], bold=True)
        return f"{click.style(place, bold=True)} {severity} {found.code} {printable(found.message)}"
    return f"{place} {found.severity.value} {found.code} {printable(found.message)}"


def summary(checked: Sequence[Checked]) -> str:
    """Return the closing line: how much was checked and found."""
    found = list(_all(checked))
    errors = sum(1 for one in found if one.severity is Severity.ERROR)
    plans = _count(len(checked), "plan")
    if not found:
        return f"{plans} checked, nothing found"
    warnings = len(found) - errors
    return f"{plans} checked: {_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _excerpt(line: str, found: Diagnostic) -> str:
    # A window around the column: a plan's line can be a million characters long.
    start = max(0, found.column - 1 - _WIDEST // 2)
    shown = line[start : start + _WIDEST]
    before = printable(shown[: found.column - 1 - start])
    caret = styled("^", sys.stdout, fg=_COLOURS[found.severity], bold=True)
    return f"    {printable(shown)}\n    {' ' * len(before)}{caret}"


def _all(checked: Iterable[Checked]) -> Iterable[Diagnostic]:
    return (found for one in checked for found in one.diagnostics)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _property(text: str) -> str:
    escaped = printable(text).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C")
