"""The command ``show``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import note_json, plan_argument


@click.command()
@plan_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "mermaid", "dot", "html"]),
    default="table",
    show_default=True,
    callback=note_json,
    help="Mermaid is drawn by GitHub, DOT by Graphviz; html is a page to read the plan on.",
)
@click.option(
    "--open", "browse", is_flag=True, help="Write the page to a file and open it in the browser."
)
def show(plan: str | None, form: str, *, browse: bool) -> None:
    """Show a plan's stages, waves and merge order.

    Stages of a wave can run together, once the waves before it are done. The table is in merge
    order: landing stages from top to bottom respects every dependency.

    The page has the open questions first, then how far every stage is (as `status` says), the
    graph, who changes which file, and all of the plan's text. It loads nothing and runs nothing,
    so it can be sent to whoever is to approve the plan. With --open the file's path is printed,
    and exit 3 says that no browser could be started.

    \b
    Examples:
      plan-worktree show notes-search
      plan-worktree show notes-search --format mermaid
      plan-worktree show notes-search --format html > plan.html
      plan-worktree show notes-search --format html --open
    """
    from pathlib import Path

    from plan_worktree.planfiles.open_plan import open_plan

    if browse and form != "html":
        raise click.UsageError("--open goes with --format html")
    opened = open_plan(plan, Path.cwd())
    if form != "html":
        from plan_worktree.output.plans import reports

        reports.show_plan(opened, form)
        return
    from plan_worktree.output.page.show import open_page, show_page
    from plan_worktree.state.declared import read_standing

    standing = read_standing(opened)
    if not browse:
        show_page(opened, standing)
    elif not open_page(opened, standing):
        raise click.exceptions.Exit(3)
