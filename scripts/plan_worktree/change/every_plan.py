"""A clone that has begun to share asks for every plan that it has, so that it shows right states.

Nothing is pushed: that is for the first command that changes something.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from plan_worktree.change.changing import changing
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.find import Found, plans_of
from plan_worktree.planfiles.open_plan import open_found
from plan_worktree.project.home import find_home
from plan_worktree.project.refusal import Code, Refused
from plan_worktree.sharing.contact import Contact, why_not


def ask_for_every_plan(start: Path, say: Callable[[str], None]) -> int:
    """Ask the remote what it has of each plan, and follow it; return of how many it has told.

    Nobody may hold the lock for this. A plan that cannot be asked for is a warning, and a remote
    that does not answer is asked no more. Raises Refused and GitError where there is no home.
    """
    home, told = find_home(start), 0
    for path in plans_of(home):
        try:
            opened = open_found(Found(path, home), start)
            with changing(opened, say, dry_run=False, contact=Contact.NEED):
                told += 1
        except Refused as refused:
            say(f"warning: {path.stem}: {'; '.join(refused.reasons)}")
            if refused.is_about(Code.UNREACHED):
                break
        except GitError as error:
            say(f"warning: {path.stem}: {why_not(error)}")
        except OSError as error:
            say(f"warning: {path.stem}: {error}")
    return told
