"""The fetch half: one git fetch asks the remote for a plan's records and branches.

Nothing is decided here, and no ref is touched that anybody works with. Git writes what it fetches
one ref after the other, so that goes to a place that nobody reads, and becomes the mirror under the
repository lock. One process of a clone speaks with the remote at a time: an answer that was on its
way while another one has pushed would be older than what is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.exchange import fetch_into, listed
from plan_worktree.git.process import GitError
from plan_worktree.project.clone import last_answer, note_answer
from plan_worktree.project.lock import patiently, remove_stale_locks_of_fetch, repository_lock
from plan_worktree.project.ref_names import HEADS
from plan_worktree.sharing.share import Share

# Seconds in which the remote has to answer.
ANSWER = 60
_TRIES = 3
SPEAKING = "plan-worktree.speaking"


@contextmanager
def speaking(share: Share, timeout: float) -> Iterator[None]:
    """Be the one process of this clone that speaks with a remote about plans.

    Must not be entered under the repository lock. Raises GitError where another one has been at it
    for so many seconds, and OSError.
    """
    from filelock import FileLock, Timeout  # costs 25 ms, and only who shares needs it

    lock = FileLock(share.home.git_directory / SPEAKING)
    try:
        lock.acquire(timeout=timeout)
    except Timeout as late:
        busy = f"another command of this clone has been speaking with it for {timeout:g} seconds"
        raise GitError(["fetch", share.remote], 124, busy) from late
    try:
        remove_stale_locks_of_fetch(share.home, share.remote)
        yield
    finally:
        lock.release()


def fetch_shared(share: Share, say: Callable[[str], None], timeout: float = ANSWER) -> None:
    """Ask the remote what it has of the plan. Nobody may hold the lock for this.

    An answer that another process has got since this was called is as good. Raises Refused where
    whoever has started this holds the lock, GitError and OSError.
    """
    called = time.time()
    with speaking(share, timeout):
        answered = last_answer(share.home.git_directory, share.plan.plan_id)
        if answered is not None and called <= answered <= time.time():
            return
        learn(share, say, timeout)


def learn(share: Share, say: Callable[[str], None], timeout: float = ANSWER) -> None:
    """Ask the remote, as the one process that speaks with it; raises like `fetch_shared`."""
    asked = time.time()
    wanted = {name: share.fetched(name) for name in share.names()}
    # A pattern may find nothing; a name that is not there would fail.
    specs = [f"+{name}*:{place}*" for name, place in wanted.items()]
    for left in reversed(range(_TRIES)):
        try:
            fetch_into(share.root, share.remote, specs, timeout)
            if left < _TRIES - 1 or not _is_torn(share):
                break
        except GitError as error:  # another git may just have fetched the same
            if not left or "cannot lock ref" not in error.said:
                raise
    with repository_lock(share.home, say):
        mirror(share, say)
    note_answer(share.home.git_directory, share.plan.plan_id, asked)


def _is_torn(share: Share) -> bool:
    """Tell whether the answer has a new completion without the branch that was pushed with it.

    Git writes the refs of an atomic push one after the other (git-update-ref(1)), and does not keep
    a reader of all refs from seeing some of them. What was known before may have lost its branch.
    """
    fresh, old = listed(share.root, share.inbox), listed(share.root, share.mirror)
    for stage in share.plan.stages:
        record = share.record("completed", stage)
        now, before = fresh.get(share.fetched(record)), old.get(share.mirrored(record))
        is_new = now and (before is None or now.object_id != before.object_id)
        if is_new and share.fetched(HEADS + stage.branch) not in fresh:
            return True
    return False


def mirror(share: Share, say: Callable[[str], None]) -> None:
    """Let the mirror be what was fetched, as far as the plan knows of it, under the lock."""
    fresh, old = listed(share.root, share.inbox), listed(share.root, share.mirror)
    gone: list[tuple[str, ...]] = []
    come: list[tuple[str, ...]] = []
    for name in share.names():
        place = share.mirrored(name)
        now, before = fresh.get(share.fetched(name)), old.get(place)
        if now and (before is None or now.object_id != before.object_id):
            come.append(gitrefs.put(place, now.object_id, before and before.object_id))
        elif before and not now:
            gone.append(("delete", place, before.object_id))
    for commands in (gone, come):  # a name may become the folder of another
        if commands:
            patiently(partial(gitrefs.update_refs, share.root, commands), say)
