"""What the workers of a run are called: the same in every run of a plan and a clone.

So a run goes on with the claims of the one before it, and two clones on one machine have others.
"""

from __future__ import annotations

import re
import socket
from hashlib import sha256

from plan_worktree.project.home import Home
from plan_worktree.state.repository.owners import Owner

_LONGEST_PLACE = 40


def worker_owner(home: Home, number: int) -> Owner:
    """Return under which name a run's worker with a number, from 1, claims stages."""
    return Owner(f"run-{number}@{_place(home)}", socket.gethostname())


def is_worker(home: Home, name: str, host: str | None) -> bool:
    """Tell whether a name is that of a worker of a run in this clone, on a host, or on any."""
    number, at, place = name.removeprefix("run-").partition("@")
    is_ours = name.startswith("run-") and bool(at) and number.isdigit() and place == _place(home)
    return is_ours and host in (None, socket.gethostname())


def _place(home: Home) -> str:
    path = str(home.root)
    readable = re.sub(r"[^\w.-]", "_", home.root.name)[:_LONGEST_PLACE]
    return f"{readable}-{sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:4]}"
