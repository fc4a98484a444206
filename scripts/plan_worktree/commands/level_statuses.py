"""The hidden command ``level-statuses``: the part of git's merge driver that is ours."""

from __future__ import annotations

from pathlib import Path

import click

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("level-statuses", hidden=True)
@click.argument("base", type=_file)
@click.argument("ours", type=_file)
@click.argument("theirs", type=_file)
def level_statuses(base: Path, ours: Path, theirs: Path) -> None:
    """Make the statuses and ticks of three versions of a plan equal, before git merges them.

    `init share` has git run it when both sides have changed a plan. A version that is no plan
    leaves all of them as they are.
    """
    from plan_worktree.sharing.levelled import level_files

    level_files(base, ours, theirs)
