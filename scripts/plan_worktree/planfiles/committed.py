"""Whether a plan says what its last commit says, so that others read the same."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.git.objects.lookup import committed_file
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.reading.wording import same_wording
from plan_worktree.planfiles.open_plan import Opened


def is_edited(opened: Opened) -> bool:
    """Tell whether home's HEAD has a plan otherwise than its file says, beyond statuses and ticks.

    A plan that HEAD does not have, such as one that git ignores, is not edited. Raises GitError.
    """
    committed = _committed(opened)
    if committed is None or committed == opened.document.source.raw:
        return False
    return not same_wording(loads(committed, opened.file.name), opened.file)


def is_changed(opened: Opened) -> bool:
    """Tell whether home's HEAD has a plan otherwise than its file, be it by a status or a tick.

    Raises GitError.
    """
    committed = _committed(opened)
    return committed is not None and committed != opened.document.source.raw


def _committed(opened: Opened) -> bytes | None:
    """Return what home's HEAD has of a plan's file, None where it has no such file."""
    home = opened.require_home()
    path = path_in(home.root, opened.path)
    return committed_file(home.root, path) if path else None


def path_in(root: Path, path: Path) -> str | None:
    """Return the path of a file below a folder, with slashes; None for a file elsewhere."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return None
