"""The command ``validate``."""

from __future__ import annotations

import click

from plan_worktree.commands import completing
from plan_worktree.commands.options import note_json


@click.command()
@click.argument("plans", nargs=-1, shell_complete=completing.plans)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    callback=note_json,
    help="How to report findings.",
)
@click.option("--strict", is_flag=True, help="Warnings fail the check, too.")
@click.option(
    "--select", metavar="CODES", multiple=True, shell_complete=completing.codes,
    help="Report only these (PW5,PW403).",
)  # fmt: skip
@click.option(
    "--ignore", metavar="CODES", multiple=True, shell_complete=completing.codes,
    help="Leave these out.",
)  # fmt: skip
@click.option(
    "--fix",
    "apply_fixes",
    is_flag=True,
    help="Make the body repeat the metadata (PW403, PW407) and widen short fences (PW008).",
)
@click.option(
    "--explain", metavar="CODE", shell_complete=completing.codes,
    help="Say what a code means, and stop.",
)  # fmt: skip
def validate(
    plans: tuple[str, ...],
    *,
    form: str,
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    apply_fixes: bool,
    explain: str | None,
) -> None:
    """Check plans; all plans of the plans folder when none is named.

    Findings go to stdout as file:line:column: severity CODE message. Exit 1 when there is an
    error (with --strict also for a warning), 0 when there is none. CODES are codes or their
    beginnings, separated by commas. One finding is silenced by a comment on the line before:
    <!-- plan-worktree: ignore CODE reason -->

    \b
    Examples:
      plan-worktree validate
      plan-worktree validate --strict .claude/plans/2026-01-15-notes-search.md
      plan-worktree validate --ignore PW405,PW6 --format github
      plan-worktree validate --fix notes-search
      plan-worktree validate --explain PW501
    """
    from pathlib import Path

    from plan_worktree.authoring.validate import validate as check_all
    from plan_worktree.diagnostics import Severity
    from plan_worktree.lint.suppress import selection
    from plan_worktree.output.findings import FORMATS
    from plan_worktree.output.terminal import note

    if explain:
        from plan_worktree.lint.explain import explain as section

        click.echo(section(explain))
        return
    wanted = selection(select, ignore)
    checked = list(
        check_all(plans, Path.cwd(), selection=wanted, apply_fixes=apply_fixes, progress=note)
    )
    FORMATS[form](checked)
    severities = {found.severity for one in checked for found in one.diagnostics}
    if Severity.ERROR in severities or (strict and severities):
        raise click.exceptions.Exit(1)
