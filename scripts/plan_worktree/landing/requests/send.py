"""What was decided is sent: branches to the remote, then requests to its forge.

Each push expects what was seen there; each request is opened only where none was found, and where
the forge refuses a second one, the first is looked up. So running it again, or many at once, is
harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.process import GitError
from plan_worktree.git.push import Pushed, PushResult, Update, push, remote_branches
from plan_worktree.landing.forges.protocol import ForgeError, Request, Telling, Told
from plan_worktree.landing.requests.body import decide_change
from plan_worktree.landing.requests.remote import ANSWER, TAKE
from plan_worktree.landing.requests.submitting import (
    Brought,
    Remote,
    Say,
    Sent,
    Submission,
    SubmitStep,
)


class Sending(NamedTuple):
    """Where things are sent: from a repository to a remote, which `say` tells the words of."""

    root: Path
    remote: Remote
    say: Say
    waiting: Say


class _Request(NamedTuple):
    """What became of a request, the request as it is now, and what is to be said of it."""

    brought: Brought
    request: Request | None
    reason: tuple[str, ...] = ()


def foresee(remote: Remote, one: Submission) -> SubmitStep:
    """Return what sending a submission would do."""
    has_it = remote.branches.get(one.wanted.head) == one.commit
    sent = Sent.KEPT if has_it else Sent.PUSHED
    if not isinstance(remote.forge, Telling):
        found = _untold(remote.forge, one, sent)
    elif one.request is None:
        found = _Request(Brought.OPENED, None)
    else:
        decision = decide_change(one.request, one.wanted)
        brought = Brought.KEPT if decision.change.is_none else Brought.UPDATED
        found = _Request(brought, one.request, decision.left)
    return SubmitStep(
        one.stage, one.commit, sent, found.brought, one.place, found.request, found.reason
    )


def send(
    sending: Sending, submissions: Sequence[Submission]
) -> tuple[list[SubmitStep], str | None]:
    """Push all branches and bring all requests; return the steps, and why the forge failed first.

    Raises GitError where the remote could not be reached before anything was pushed.
    """
    sent, reasons = _push_all(sending, submissions)
    steps: list[SubmitStep] = []
    failure: str | None = None
    for one in submissions:
        name, how = one.wanted.head, sent.get(one.wanted.head, Sent.NOT_PUSHED)
        if name in reasons:
            found = _Request(Brought.FAILED, one.request, (reasons[name],))
        else:
            try:
                found = _bring(sending, one, how)
            except ForgeError as error:
                failure = failure or str(error)  # of one stage: others may go through
                found = _Request(Brought.FAILED, one.request, (str(error),))
        steps.append(
            SubmitStep(
                one.stage, one.commit, how, found.brought, one.place, found.request, found.reason
            )
        )
    return steps, failure


def _push_all(
    sending: Sending, submissions: Sequence[Submission]
) -> tuple[dict[str, Sent], dict[str, str]]:
    """Push what the remote has not; return what became of each branch, and why one was rejected.

    Push options count for all branches of a push, so branches with options go one by one. Raises
    GitError.
    """
    remote, sent, reasons = sending.remote, dict[str, Sent](), dict[str, str]()
    groups: list[tuple[list[Submission], tuple[str, ...]]] = []
    for one in submissions:
        there = remote.branches.get(one.wanted.head)
        if there == one.commit:
            sent[one.wanted.head] = Sent.KEPT
        elif options := _push_options(remote, one, is_new=there is None):
            groups.append(([one], options))
        elif groups and not groups[-1][1]:
            groups[-1][0].append(one)
        else:
            groups.append(([one], ()))
    for group, options in groups:
        sending.waiting(f"pushing {', '.join(one.stage.id for one in group)}")
        updates = [
            Update(one.wanted.head, one.commit, remote.branches.get(one.wanted.head))
            for one in group
        ]
        try:
            pushed = push(sending.root, remote.name, updates, options, TAKE)
        except GitError as error:
            if not sent:
                raise
            why = f"git {error.verb} fails: {error.said}"
            reasons |= dict.fromkeys((update.branch for update in updates), why)
            continue
        rejected = _still_rejected(sending, updates, pushed)
        reasons |= rejected
        for update in updates:
            if update.branch not in rejected:
                was_pushed = pushed.results.get(update.branch) is PushResult.PUSHED
                sent[update.branch] = Sent.PUSHED if was_pushed else Sent.KEPT
        if rejected or not isinstance(remote.forge, Telling):
            _tell(sending, pushed)
    return sent, reasons


def _still_rejected(
    sending: Sending, updates: Sequence[Update], pushed: Pushed
) -> Mapping[str, str]:
    """Return why branches were rejected, without those that the remote has as they are to be.

    Another submit may have pushed the same at the same time. Raises GitError.
    """
    missing = [u for u in updates if pushed.results.get(u.branch) in (None, PushResult.REJECTED)]
    if not missing:
        return {}
    names = [update.branch for update in missing]
    there = remote_branches(sending.root, sending.remote.name, names, ANSWER)
    return {
        update.branch: _rejected_words(sending.remote, update, there, pushed)
        for update in missing
        if there.get(update.branch) != update.commit
    }


def _rejected_words(
    remote: Remote, update: Update, there: Mapping[str, str], pushed: Pushed
) -> str:
    why = pushed.reasons.get(update.branch, "no answer")
    if there.get(update.branch) != update.expected:
        return f"somebody has moved {update.branch} on {remote.name} meanwhile: run this again"
    return f"{remote.name} rejects the push of {update.branch}: {why}"


def _tell(sending: Sending, pushed: Pushed) -> None:
    for line in pushed.said.splitlines():
        if line.startswith("remote:") and line.removeprefix("remote:").strip():
            sending.say(line.rstrip())


def _bring(sending: Sending, one: Submission, sent: Sent) -> _Request:
    """Open a submission's request, or bring it up to date. Raises ForgeError."""
    forge, request = sending.remote.forge, one.request
    if not isinstance(forge, Telling):
        return _untold(forge, one, sent)
    if request is None:
        sending.waiting(f"opening a pull request for {one.stage.id}")
        try:
            return _Request(Brought.OPENED, forge.create(one.wanted))
        except ForgeError:
            request = _opened_meanwhile(forge, one)
            if request is None:
                raise
    decision = decide_change(request, one.wanted)
    if decision.change.is_none:
        return _Request(Brought.KEPT, request, decision.left)
    forge.change(request, decision.change)
    return _Request(Brought.UPDATED, request, decision.left)


def _opened_meanwhile(forge: Telling, one: Submission) -> Request | None:
    """Return the open request that a branch has after all: then that was why none was opened."""
    with suppress(ForgeError):  # why it was not opened says more
        found = forge.look([one.wanted.head]).get(one.wanted.head)
        return found if found and found.state == "open" else None
    return None


def _push_options(remote: Remote, one: Submission, *, is_new: bool) -> tuple[str, ...]:
    if isinstance(remote.forge, Telling):
        return ()
    return remote.forge.push_options(one.wanted, is_new=is_new)


def _untold(forge: Told, one: Submission, sent: Sent) -> _Request:
    """Return what became of a request that the forge does not tell of."""
    options = forge.push_options(one.wanted, is_new=True)
    brought = Brought.SENT if options and sent is Sent.PUSHED else Brought.BY_HAND
    reason = (forge.by_hand(one.wanted),) if brought is Brought.BY_HAND else ()
    return _Request(brought, None, reason)
