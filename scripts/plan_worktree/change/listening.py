"""Whoever waits for others, or follows what they do, hears of it through the remote.

It is asked now and then. That it does not answer ends neither.
"""

from __future__ import annotations

from collections.abc import Callable

from plan_worktree.change.changing import catch_up
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.sharing.contact import why_not
from plan_worktree.sharing.fetch import ANSWER
from plan_worktree.state.waiting import SHARED


def listen(opened: Opened, say: Callable[[str], None], timeout: float = ANSWER) -> str:
    """Ask the remote of a shared plan, where it has not answered for a while, and follow it.

    Return why that cannot be, "" where nothing speaks against it or the plan is not shared. Raises
    Refused.
    """
    remote = opened.require_home().settings.shared_through()
    try:
        catch_up(opened, say, older=SHARED, timeout=timeout)
    except GitError as error:
        # Else somebody was just changing what is here, and is through the next time.
        return f"{remote} does not answer ({why_not(error)})" if error.verb == "fetch" else ""
    except OSError as error:
        return f"{remote} cannot be asked ({error})"
    return ""
