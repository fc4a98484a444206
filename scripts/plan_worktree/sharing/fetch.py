"""The fetch half: one git fetch asks the remote for a plan's records and branches.

Nothing is decided here, and no ref is touched that anybody works with.
"""

from __future__ import annotations

from plan_worktree.git.exchange import fetch_into
from plan_worktree.project.clone import note_answer
from plan_worktree.project.ref_names import HEADS
from plan_worktree.sharing.share import KINDS, Share

# Seconds in which the remote has to answer.
ANSWER = 60


def fetch_shared(share: Share, timeout: float = ANSWER) -> None:
    """Ask the remote what it has of the plan. Nobody may hold the lock for this.

    Raises GitError.
    """
    fetch_into(share.root, share.remote, list(_refspecs(share)), timeout)
    note_answer(share.home.git_directory)


def _refspecs(share: Share) -> list[str]:
    """Return what is fetched. A pattern may find nothing; a name that is not there would fail."""
    names = [share.folder + kind + "/" for kind in KINDS]
    branches = [HEADS + stage.branch for stage in share.plan.stages]
    branches += [share.target] if share.target else []
    return [f"+{name}*:{share.mirrored(name)}*" for name in dict.fromkeys([*names, *branches])]
