"""What is said about an edit: it is outside of the stage's worktree, or it has made a plan wrong.

`plan_hook.py` has found out that there may be something to say.
"""

from __future__ import annotations

import os
import sys

import plan_hook as base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Event = dict[str, Any]


def outside(event: Event, root: str, path: str) -> int:
    """Refuse an edit of a `path` outside of the stage's worktree `root`."""
    if any(base.lies_in(own, path) for own in own_places(event, root)):
        return base.GO_ON
    print(
        f"plan-worktree: {path} is outside this stage's worktree, {root}. A stage changes only its "
        "own files there; what lies elsewhere belongs to another stage, or to home. If the plan is "
        "wrong, correct the plan. If you are done with this stage, cd out of its worktree first.",
        file=sys.stderr,
    )
    return base.TELL_THE_AGENT


def own_places(event: Event, root: str) -> list[str]:
    """Return where an agent keeps what is no part of a project: settings, scratch files."""
    home = os.path.expanduser("~")
    scratch = ("/tmp", "/var/tmp", os.environ.get("TMPDIR"))
    own = (
        os.environ.get("CLAUDE_CONFIG_DIR"),
        os.path.join(home, ".claude"),
        os.path.join(home, ".claude.json"),
        event.get("scratchpad_dir"),
        base.git_directory(root),
        "/dev",
    )
    places = [os.path.realpath(name) for name in scratch if name]
    # Where the repository itself lies in a scratch folder, that is not free.
    places = [place for place in places if not base.lies_in(place, root)]
    return places + [os.path.realpath(name) for name in own if name and isinstance(name, str)]


def after(event: Event, written: str) -> int:
    """Hand back what is wrong with a plan that was just edited."""
    found = plan_at(event, written)
    if found is None:
        root = base.stage_worktree(base.where(event))
        if root is None or not base.is_its_plan(event, root, written):
            return base.GO_ON
        path = os.path.realpath(written)
        found = os.path.dirname(path), path
    told = base.plan_worktree(found[0], "validate", found[1])
    # A draft has a warning for every sentence that is still to be written.
    errors = [line for line in told.stdout.splitlines() if ": error PW" in line]
    if told.returncode == 1 and errors:
        print("\n".join([*errors, told.stderr]), end="", file=sys.stderr)
        return base.TELL_THE_AGENT
    if told.returncode:
        print(told.stderr, end="", file=sys.stderr)
        return base.TELL_THE_USER
    return base.GO_ON


def plan_at(event: Event, written: str) -> tuple[str, str] | None:
    """Return the worktree whose plan a file is, and the plan's path there; None for no plan.

    That worktree is the one that the path leads through; or the agent's own, whose plans folder may
    be a link to where the file is.
    """
    from functools import partial
    from pathlib import Path

    from plan_worktree.planfiles import plans

    asked = ("config", "--type=path", "planWorktree.plans")
    real, straight = Path(os.path.realpath(written)), Path(os.path.abspath(written))
    if os.path.realpath(straight) != str(real):  # behind a link ".." leads elsewhere
        straight = real
    for file, start in ((straight, straight), (real, real), (real, Path(base.where(event), "any"))):
        root = plans.worktree_around(start)
        if root is None:
            continue
        setting = partial(base.told_by_git, str(root), *asked)
        folder = plans.plans_folder_around(file, root, setting)
        if folder and plans.is_plan(file):
            below = os.path.relpath(os.path.realpath(file.parent), os.path.realpath(folder))
            return str(root), os.path.normpath(folder / below / file.name)
    return None
