"""Arguments and options that several commands share."""

from __future__ import annotations

import click

plan_argument = click.argument("plan", required=False)
stages_argument = click.argument("stages", nargs=-1, metavar="[STAGE]...")
stage_argument = click.argument("stage", required=False)
owner_option = click.option(
    "--owner", envvar="PLAN_WORKTREE_OWNER", metavar="NAME", help="Who you are [see above]."
)
as_json = click.option("--json", is_flag=True, help="Print one JSON object.")
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show what would be done and change nothing."
)
