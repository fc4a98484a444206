"""The command ``import``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import as_json, dry_run_option


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path())
@click.option(
    "--from",
    "wanted",
    type=click.Choice(["superpowers", "spec-kit", "task-master", "openspec", "gsd", "plain"]),
    help="The format [default: the one that FILE has].",
)
@click.option(
    "--slug", metavar="SLUG", help="The plan's name behind its date [default: see above]."
)
@dry_run_option
@as_json
def import_(file: str, wanted: str | None, slug: str | None, *, dry_run: bool, json: bool) -> None:
    """Make a plan of one that another tool wrote.

    FILE is a superpowers plan, a tasks.md of spec-kit, a tasks.json of Task Master, a change of
    OpenSpec (its folder or its tasks.md), a plan of GSD or a phase's folder of them, or any
    Markdown plan with numbered steps. Each task becomes a stage (of OpenSpec each numbered group,
    of a GSD phase each plan), a ticked one a complete one.

    What must come before what is taken from the source, and proved from its files: a task that
    changes what an earlier one creates, or whose text names that file, comes after it, and two that
    change the same file keep their order. All others can run at the same time. The plan says why
    of each (x-because in the stage, and a comment in its section). Texts are carried over as they
    are; what the source does not say stays a placeholder, which validate finds. Lines of FILE that
    are nowhere in the plan are named: compare both.

    The plan goes where new puts one, and never overwrites one. Its name is today's date and SLUG;
    without --slug the name of FILE (where that is only tasks or plan, of a folder around it), and
    for a plain Markdown plan its title.

    \b
    Examples:
      plan-worktree import docs/superpowers/plans/2026-01-15-notes-search.md --dry-run
      plan-worktree import specs/001-notes/tasks.md
      plan-worktree import .taskmaster/tasks/tasks.json
      plan-worktree import openspec/changes/add-search
      plan-worktree import .planning/phases/01-foundation
      plan-worktree import --from plain PLAN.md --slug notes-search --json
    """
    from pathlib import Path

    from plan_worktree.authoring.importing.importing import import_plan
    from plan_worktree.output.plans.importing import emit_imported, show_imported

    imported = import_plan(file, wanted, Path.cwd(), slug=slug, dry_run=dry_run)
    if json:
        emit_imported(imported, file, dry_run)
    else:
        show_imported(imported, dry_run)
