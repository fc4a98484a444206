"""Options that ``work`` and ``run`` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])

_SECONDS = click.FloatRange(min=0, min_open=True)
_OPTIONS = (
    click.option("--agent", metavar="AGENT", help="A preset's name, or a command [see above]."),
    click.option(
        "--attempts", type=click.IntRange(min=1), default=3, show_default=True, metavar="N",
        help="Start the agent so often for a stage.",
    ),
    click.option(
        "--timeout", type=_SECONDS, metavar="SECONDS",
        help="End an agent, or a gate, that takes longer [default: never].",
    ),
    click.option(
        "--idle", type=_SECONDS, metavar="SECONDS",
        help="End an agent that prints nothing for so long [default: never].",
    ),
    click.option(
        "--grace", type=click.FloatRange(min=0), default=30.0, show_default=True,
        metavar="SECONDS", help="How long an agent that is asked to end may go on.",
    ),
    click.option(
        "--budget", type=_SECONDS, metavar="USD",
        help="Start no attempt once agents report to have cost so much.",
    ),
)  # fmt: skip


def agent_options(function: _F) -> _F:
    """Give a command the options that say which agent runs, and how long."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def check_seconds(**given: float | None) -> None:
    """Raise UsageError for what is no number."""
    for name, value in given.items():
        if value is not None and value != value:  # noqa: PLR0124 - that is how one tells
            raise click.UsageError(f"Invalid value for '--{name}': it must be a number")
