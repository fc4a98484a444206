"""What surrounds every command that changes something, in a clone that shares: ask, and tell.

Before the lock the remote is asked, under the lock what is here follows, and after the lock what
has changed here is pushed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.process import GitError
from plan_worktree.plan.model import Plan
from plan_worktree.project.clone import seconds_since_answer
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import HEADS, target_ref
from plan_worktree.project.refusal import Code, Reason, Refused
from plan_worktree.sharing.fetch import fetch_shared
from plan_worktree.sharing.push import Result, push_shared
from plan_worktree.sharing.share import Share, is_shared
from plan_worktree.state.repository.records import in_words

Say = Callable[[str], None]


class Contact(StrEnum):
    """When a command speaks with the remote.

    `WHOLE`: it asks before and pushes after. `ASK`: it only asks. `TELL`: it only pushes. `NEED`:
    it asks, and is refused where the remote does not answer. `NONE`: it works on what was fetched
    last.
    """

    WHOLE = "whole"
    ASK = "ask"
    TELL = "tell"
    NEED = "need"
    NONE = "none"


def share_of(home: Home, plan: Plan) -> Share | None:
    """Return how this clone shares a plan, None where it does not. Raises Refused and GitError."""
    remote = home.settings.shared_through()
    if remote is None:
        return None
    target = gitrefs.symbolic_ref(home.root, target_ref(plan.plan_id))
    if target is None:
        target = HEADS + plan.base if plan.base else gitrefs.symbolic_ref(home.root, "HEAD")
    return Share(home, remote, plan, target)


def ask(share: Share, say: Say, *, needed: bool) -> None:
    """Ask the remote; where it does not answer, say how old is what is known.

    Raises Refused where an answer is needed.
    """
    try:
        fetch_shared(share, say)
    except GitError as error:
        why = f"{share.remote} does not answer ({why_not(error)})"
        if needed:
            raise Refused([Reason(why, Code.UNREACHED)]) from error
        age = seconds_since_answer(share.home.git_directory, share.plan.plan_id)
        known = (
            "nothing is known of it" if age is None else f"what it had {in_words(age)} ago counts"
        )
        say(f"warning: {why}: {known}")


def push_first(share: Share, commands: Sequence[tuple[str, ...]], say: Say) -> bool:
    """Push update-ref commands that are yet to run here; tell whether they may run now.

    They may not where somebody else has changed the same. A remote that does not answer, or does
    not take it, hinders nobody who has the stage: the next command shares what was done.
    """
    try:
        pushed = push_shared(share, say, [one for one in commands if is_shared(share, one[1])])
    except GitError as error:
        say(f"note: {share.remote} does not take this now ({why_not(error)}): {_LATER}")
        return True
    if pushed.result is Result.REFUSED:
        say(f"warning: {share.remote} does not take this ({pushed.said}): {_LATER}")
    return pushed.result is not Result.LOST


def tell(share: Share, say: Say) -> bool:
    """Push what has changed here; tell whether nobody else has changed the same.

    What the remote does not take stays for the next command.
    """
    try:
        pushed = push_shared(share, say)
    except GitError as error:
        say(f"note: {share.remote} does not take this now ({why_not(error)}): {_LATER}")
        return True
    if pushed.result is Result.REFUSED:
        say(f"warning: {share.remote} does not take this ({pushed.said}): {_LATER}")
    if pushed.result is Result.LOST:
        say(f"note: others have changed the same meanwhile: {_LATER}")
    return pushed.result is not Result.LOST


_LATER = "what was done is recorded here, and the next command shares it"


def why_not(error: GitError) -> str:
    """Return the line in which git, or the remote, says why there is no answer."""
    lines = [line.strip() for line in error.said.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    return (telling or lines or ["no answer"])[0].rstrip(".:")
