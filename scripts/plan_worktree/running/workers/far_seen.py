"""Whoever shares a plan sees through the remote that a worker is there while its agent works.

Commands that speak with the remote tell it anyway (`sharing/renew.py`); an agent may run none for
hours. The remote is asked in a thread: the worker waits for no network. One that does not answer
is left alone until the next time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from plan_worktree.change.changing import catch_up
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.refusal import Refused
from plan_worktree.sharing.renew import RENEWED
from plan_worktree.worktrees.seen import MINUTE

# An owner is noted as seen once a minute: so long after the last time a claim is renewed for sure.
_REST = RENEWED + MINUTE


class FarSeen:
    """What tells the remote now and then that an owner in this clone is there."""

    def __init__(self, opened: Opened, say: Callable[[str], None], rest: float = _REST) -> None:
        self._opened, self._say, self._rest = opened, say, rest
        self._after = time.monotonic() + rest
        self._thread: threading.Thread | None = None

    def renew(self) -> None:
        """Tell the remote, if it is time to, without waiting for it. It never fails."""
        is_at_it = self._thread is not None and self._thread.is_alive()
        if is_at_it or time.monotonic() < self._after:
            return
        self._after = time.monotonic() + self._rest
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._thread.start()

    def _tell(self) -> None:
        with suppress(Refused, GitError, OSError):
            # An answer that another worker of this clone got meanwhile has told of all claims.
            catch_up(self._opened, self._say, older=min(RENEWED, self._rest))
