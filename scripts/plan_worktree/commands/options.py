"""Arguments and options that several commands share."""

from __future__ import annotations

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
as_json = click.option("--json", is_flag=True, help="Print one JSON object.")
full_option = click.option(
    "--full", is_flag=True, help="Tell also what an earlier brief of the plan told."
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show what would be done and change nothing."
)
show_output_option = click.option(
    "--show-output", is_flag=True, help="Show all that the commands print, as it comes."
)
