"""setup --each: a command in every new worktree, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from plan_worktree.gates.gates import Kind, Ran, Site, run_command
from plan_worktree.gates.side_by_side import Limits, Running, Watch, side_by_side
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.worktrees import changes
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.home import Home
from plan_worktree.worktrees.notes import note_left


class Place(NamedTuple):
    """The worktree of a stage, and its slot."""

    stage: str
    worktree: Path
    slot: int | None


def run_each(
    opened: Opened, command: str, places: Sequence[Place], limits: Limits, watch: Watch[Ran]
) -> list[Ran]:
    """Run a shell command in the worktrees of stages, each with a log of its own.

    Raises Refused and OSError when a log cannot be written.
    """
    home, plan_id = opened.require_home(), opened.plan.plan_id

    def run(running: Running, place: Place) -> Ran:
        stage, worktree, slot = place
        watch.said(stage, f"$ {command}\n".encode("utf-8", "surrogateescape"))
        site = Site(home, plan_id, stage, worktree, slot)
        ran = run_command(running, site, command, Kind.EACH, partial(watch.said, stage))
        watch.ended(ran)
        return ran

    return side_by_side(limits, run, places)


def left_untracked(home: Home, places: Sequence[Place]) -> dict[str, list[str]]:
    """Note what is untracked in the worktrees of stages; return each path with the stages' ids.

    Raises GitError and OSError.
    """
    found: dict[str, list[str]] = {}
    for stage, worktree, _ in places:
        left = changes(worktree).untracked
        directory = worktree_git_directory(worktree, home.git_directory)
        if left and directory:
            note_left(directory, left)
        for path in left:
            found.setdefault(path, []).append(stage)
    return found
