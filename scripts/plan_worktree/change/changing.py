"""How every command that changes something begins: the lock, then recovery, then the facts.

In a clone that shares, the remote is asked before that, and told afterwards; branches that others
have completed come forward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plan_worktree.change.follow_branches import bring_forward
from plan_worktree.change.recover import recover
from plan_worktree.planfiles.open_plan import Opened, refreshed
from plan_worktree.project.clone import seconds_since_answer
from plan_worktree.project.lock import repository_lock
from plan_worktree.project.refusal import Refused
from plan_worktree.sharing.contact import Contact, ask, share_of, tell
from plan_worktree.sharing.fetch import ANSWER, fetch_shared
from plan_worktree.sharing.follow import follow
from plan_worktree.sharing.renew import renew_claims
from plan_worktree.state.repository.facts import Facts, facts_for_reading, read_facts


@contextmanager
def changing(
    opened: Opened,
    waiting: Callable[[str], None],
    *,
    dry_run: bool,
    whole: bool = False,
    contact: Contact = Contact.WHOLE,
) -> Iterator[tuple[Opened, Facts]]:
    """Yield the plan and the facts for a command that changes something.

    The caller's block runs under the repository lock, after recovery. With `dry_run` there is no
    lock and no recovery, and nobody is asked. A plan's file that changed during the wait for the
    lock is read again. `whole` is as in `open_plan`. `waiting` gets a line when the command has to
    wait. `contact` is when a remote is asked and told through which the plan is shared. Raises
    Refused where that is needed and does not answer.
    """
    if dry_run:
        yield opened, facts_for_reading(opened)
        return
    home = opened.require_home()
    share = share_of(home, opened.plan)
    if share and contact not in (Contact.NONE, Contact.TELL):
        ask(share, waiting, needed=contact is Contact.NEED)
    try:
        with repository_lock(home, waiting):
            recover(home, opened.path, waiting)
            current = refreshed(opened, whole=whole)
            if share:
                share = share._replace(plan=current.plan)
                current = follow(share, current, waiting)
            facts = read_facts(home, current.plan)
            if share:
                facts = renew_claims(facts, waiting)
                facts = bring_forward(facts, current.path, waiting)
            yield current, facts
    except Refused:
        # What was done before is shared all the same: others may wait for just that.
        if share and contact is not Contact.NONE:
            tell(share, waiting)
        raise
    if share and contact in (Contact.WHOLE, Contact.TELL):
        tell(share, waiting)


def catch_up(
    opened: Opened, waiting: Callable[[str], None], *, older: float = 0, timeout: float = ANSWER
) -> bool:
    """Ask the remote of a shared plan, where it has not answered for so many seconds (`older`).

    What is here follows, and what the remote lacks is pushed. Tell whether the plan is shared.
    Raises Refused and OSError, and GitError, also where the remote has not answered after `timeout`
    seconds.
    """
    home = opened.require_home()
    share = share_of(home, opened.plan)
    if share is None:
        return False
    age = seconds_since_answer(home.git_directory, opened.plan.plan_id)
    if age is None or age >= older:
        fetch_shared(share, waiting, timeout)
        with changing(opened, waiting, dry_run=False, contact=Contact.NONE):
            pass
        tell(share, waiting)
    return True
