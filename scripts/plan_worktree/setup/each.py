"""setup --each: a command in every new worktree, several at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.worktrees import changes
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.home import Home
from plan_worktree.project.shell import stage_variables
from plan_worktree.setup.side_by_side import Limits, Running, Watch, side_by_side, stage_log
from plan_worktree.worktrees.notes import note_left

Place = tuple[str, Path]


class Ended(NamedTuple):
    """How the command ended for a stage, after how many seconds, and what holds its output.

    `code` is None when it took too long.
    """

    stage: str
    code: int | None
    seconds: float
    log: Path


def run_each(
    opened: Opened, command: str, places: Sequence[Place], limits: Limits, watch: Watch[Ended]
) -> list[Ended]:
    """Run a shell command in the worktrees of stages, each with a log of its own.

    Raises OSError when a log cannot be written.
    """
    home, plan_id = opened.require_home(), opened.plan.plan_id

    def run(running: Running, place: Place) -> Ended:
        stage, worktree = place
        variables = stage_variables(home.root, plan_id, stage)
        with stage_log(opened, stage, "each", watch.said) as log:
            watch.said(stage, f"$ {command}")
            began = time.monotonic()
            code = running.run(command, worktree, variables, log.write)
        ended = Ended(stage, code, time.monotonic() - began, log.path)
        watch.ended(ended)
        return ended

    return side_by_side(limits, run, places)


def left_untracked(home: Home, places: Sequence[Place]) -> dict[str, list[str]]:
    """Note what is untracked in the worktrees of stages; return each path with the stages' ids.

    Raises GitError and OSError.
    """
    found: dict[str, list[str]] = {}
    for stage, worktree in places:
        left = changes(worktree).untracked
        directory = worktree_git_directory(worktree, home.git_directory)
        if left and directory:
            note_left(directory, left)
        for path in left:
            found.setdefault(path, []).append(stage)
    return found
