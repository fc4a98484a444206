"""The command ``todo``."""

from __future__ import annotations

import click

from plan_worktree.commands import completing
from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
)


def _read(
    context: click.Context, _: click.Parameter, words: tuple[str, ...]
) -> tuple[str, ...] | tuple[tuple[str, ...], tuple[str, ...]]:
    """Divide words into the names before, two at most, and the numbers of items at the end."""
    if context.resilient_parsing:  # a tab, and not all is typed yet
        return words
    digits = [word.isascii() and word.isdigit() for word in words]
    end = max((place for place, is_number in enumerate(digits, 1) if not is_number), default=0)
    names, numbers = words[:end], words[end:]
    if len(names) > 2:
        wrong = next(
            word for word, is_number in zip(words[2:], digits[2:], strict=True) if not is_number
        )
        raise click.BadParameter(f"{wrong!r} is not a number.", context, param_hint="N")
    if any(len(number) > 9 for number in numbers):
        raise click.BadParameter("no list has that many items.", context, param_hint="N")
    return names, numbers


@click.command()
@click.argument(
    "words",
    nargs=-1,
    metavar="[PLAN] [STAGE] [N]...",
    callback=_read,
    shell_complete=completing.named,
)
@click.option("--undo", is_flag=True, help="Take the ticks of the items away.")
@dry_run_option
@as_json
def todo(
    words: tuple[tuple[str, ...], tuple[str, ...]], *, undo: bool, dry_run: bool, json: bool
) -> None:
    """List a stage's TODO items, or tick those whose numbers N are given.

    The items are those with a box under TODO in the stage's section, numbered from 1 in the order
    of the plan. A tick changes that box in the plan and nothing else by a byte; in a stage's
    worktree, too, it is the plan where it lies that changes, not its copy there. The edit is not
    committed. What is ticked already stays so. In the stage's worktree PLAN and STAGE may be left
    out.

    \b
    Examples:
      plan-worktree todo
      plan-worktree todo 1 2
      plan-worktree todo notes-search storage
      plan-worktree todo notes-search storage 3 --undo
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.work.todo import show_todo
    from plan_worktree.stages.todo import TodoOptions, run_todo

    names, numbers = words
    if undo and not numbers:
        raise click.UsageError("--undo goes with the numbers of items")
    options = TodoOptions(names, numbers, undo, dry_run)
    show_todo(run_todo(options, Path.cwd(), progress), options, json)
