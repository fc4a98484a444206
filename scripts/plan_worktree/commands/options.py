"""Arguments and options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import click

from plan_worktree.commands import completing

plan_argument = click.argument("plan", required=False, shell_complete=completing.plans)
stages_argument = click.argument(
    "stages", nargs=-1, metavar="[STAGE]...", shell_complete=completing.stages
)
stage_argument = click.argument("stage", required=False, shell_complete=completing.stages)
owner_option = click.option(
    "--owner", envvar="PLAN_WORKTREE_OWNER", metavar="NAME", help="Who you are [see above]."
)


def note_json(context: click.Context, _: click.Parameter, value: str | bool) -> str | bool:
    """Let the program know that a refusal is wanted as JSON, too."""
    if value in (True, "json") and isinstance(context.obj, set):
        context.obj.add("json")
    return value


def runs_by_itself(context: click.Context, _: click.Parameter, value: bool) -> bool:
    """Let the program know that nobody typed the command: it tells of no owner's presence."""
    if value and isinstance(context.obj, set):
        context.obj.add("unseen")
    return value


as_json = click.option("--json", is_flag=True, callback=note_json, help="Print one JSON object.")
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show what would be done and change nothing."
)


def checked_note(text: str) -> str:
    """Return a note as one line; raise UsageError for one that is none."""
    from plan_worktree.state.repository.records import LONGEST_NOTE, one_line

    note = one_line(text)
    if not note or not note.isprintable() or len(note) > LONGEST_NOTE:
        raise click.UsageError(f"--note is a text of 1 to {LONGEST_NOTE} printable characters")
    return note


class Waits(click.Command):
    """A command with --wait [SECONDS]: what stands behind --wait is its value if it is a number.

    click would take whatever stands there, and with that the plan's name.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words, each --wait with its seconds."""
        return super().parse_args(ctx, list(_with_seconds(args)))


def _with_seconds(words: Sequence[str]) -> Iterator[str]:
    for place, word in enumerate(words):
        if word == "--":
            yield from words[place:]
            return
        behind = words[place + 1] if place + 1 < len(words) else ""
        is_bare = word == "--wait" and not _NUMBER.fullmatch(behind)
        yield f"--wait={math.inf}" if is_bare else word


_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)


def _seconds(_: click.Context, __: click.Parameter, value: float) -> float:
    if math.isnan(value):
        raise click.BadParameter("it must be a number of seconds")
    return value


wait_option = click.option(
    "--wait", type=click.FloatRange(min=0), default=0, metavar="[SECONDS]", callback=_seconds,
    help="Wait for others, as long as it takes or for these seconds.",
)  # fmt: skip

full_option = click.option(
    "--full", is_flag=True, help="Tell also what an earlier brief of the plan told."
)
show_output_option = click.option(
    "--show-output", is_flag=True, help="Show all that the commands print, as it comes."
)
