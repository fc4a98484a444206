"""Options that ``work`` and ``run`` share."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from plan_worktree.commands.options import note_json

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

as_json_lines = click.option(
    "--json", is_flag=True, callback=note_json, help="Print one JSON object a line, as it goes."
)


class AgentOptions(NamedTuple):
    """Which agent runs, how often for a stage, how long in seconds, and for how many US dollars."""

    agent: str | None
    attempts: int
    timeout: float | None
    idle: float | None
    grace: float
    budget: float | None


def agent_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of agents, as one value in its parameter `asked`."""

    @functools.wraps(function)
    def command(**given: Any) -> None:
        asked = AgentOptions(*(given.pop(name) for name in AgentOptions._fields))
        for name, value in asked._asdict().items():
            if isinstance(value, float) and math.isnan(value):
                raise click.UsageError(f"Invalid value for '--{name}': it must be a number")
        function(asked=asked, **given)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def worker_words(asked: AgentOptions) -> tuple[str, ...]:
    """Return the options that `run` hands on to each of its workers."""
    handed = {name: getattr(asked, name) for name in ("attempts", "grace", "timeout", "idle")}
    given = {f"--{name}": value for name, value in handed.items() if value is not None}
    return tuple(word for name, value in given.items() for word in (name, f"{value:g}"))
