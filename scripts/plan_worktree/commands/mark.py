"""The command ``mark``."""

from __future__ import annotations

import click

from plan_worktree.commands import completing
from plan_worktree.commands.options import checked_note, dry_run_option

_STAGE = ("not-started", "in-progress", "blocked", "complete")
_PLAN = ("draft", "approved", "in-progress", "complete", "abandoned")


def _read(context: click.Context, _: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
    """Check that the words end in a status and name no more than a plan and a stage."""
    if context.resilient_parsing:  # a tab, and not all is typed yet
        return words
    if not words:
        raise click.MissingParameter(ctx=context, param_hint="STATUS", param_type="argument")
    known = _STAGE if len(words) > 2 else tuple(dict.fromkeys((*_STAGE, *_PLAN)))
    if len(words) > 3:
        extra = " ".join(words[3:])
        raise click.UsageError(f"Got unexpected extra argument ({extra})", context)
    if words[-1] not in known:
        said = f"{words[-1]!r} is not one of {', '.join(map(repr, known))}."
        raise click.BadParameter(said, context, param_hint="STATUS")
    return words


@click.command()
@click.argument(
    "words",
    nargs=-1,
    metavar="[PLAN] [STAGE] STATUS",
    callback=_read,
    shell_complete=completing.marked(_STAGE, _PLAN),
)
@click.option(
    "--landed", metavar="COMMIT", help="With complete: the commit of the target that brought it."
)
@click.option("--note", metavar="TEXT", help="With blocked: say why.")
@dry_run_option
def mark(words: tuple[str, ...], *, landed: str | None, note: str | None, dry_run: bool) -> None:
    """Declare the status of a stage, or of the plan itself, in the plan.

    Of a STAGE: not-started, in-progress, blocked or complete, in the metadata and in the stage's
    section. Of a PLAN without STAGE: draft, approved, in-progress, complete or abandoned; approved
    demands that validate --strict finds nothing. In a stage's worktree PLAN may be left out, and
    STAGE with it; a PLAN without STAGE means the plan there, too.

    Nothing else in the file changes by a byte; the edit is not committed. The plan's own status
    follows its stages. A stage that is declared not-started or complete is no longer claimed, and
    one that is complete no more loses its tick in the Overall TODO List. To have it proved that a
    stage is complete, use the command complete. When a stage was merged elsewhere in a form that
    cannot be recognised, say with --landed which commit brought it; the target, or its upstream,
    must have that commit. Why a stage is blocked, one line of at most 1000 characters, is said by
    status and in its brief: --note.

    \b
    Examples:
      plan-worktree mark notes-search approved
      plan-worktree mark notes-search storage blocked
      plan-worktree mark notes-search storage blocked --note "the API key is missing"
      plan-worktree mark notes-search storage in-progress --dry-run
      plan-worktree mark notes-search storage complete --landed 3f2a1bc
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.work.stages import show_marked
    from plan_worktree.stages.mark import MarkOptions, run_mark

    *names, status = words
    if landed is not None and status != "complete":
        raise click.UsageError("--landed goes with the status complete")
    if note is not None:
        if status != "blocked":
            raise click.UsageError("--note goes with the status blocked")
        note = checked_note(note)
    options = MarkOptions(tuple(names), status, landed, dry_run, note)
    show_marked(run_mark(options, Path.cwd(), progress), dry_run)
