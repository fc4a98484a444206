"""The push half: what has changed here, or is about to, is pushed at once or not at all.

Every ref in a push names the value that the remote is believed to have, so that of any number of
clones one gets a stage. Nobody holds the lock meanwhile. A push that the remote has taken and
whose sender was killed is found by the next fetch.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.exchange import RefUpdate, Sent, listed, push_atomically
from plan_worktree.git.files import former_tips
from plan_worktree.git.objects.commits import is_ancestor
from plan_worktree.git.process import GitError
from plan_worktree.project.lock import patiently, repository_lock
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.sharing.agree import is_lost
from plan_worktree.sharing.fetch import learn, speaking
from plan_worktree.sharing.follow import compare, no_record
from plan_worktree.sharing.share import BASE, RECORDS, Share, Values, read_values

Say = Callable[[str], None]

# Seconds in which the remote has to take what is pushed.
TAKE = 600
# So often a push is tried again that the remote could not do because it was busy.
_TRIES = 6


class Result(StrEnum):
    """What became of a push.

    `LOST` says that somebody else has changed meanwhile what this was about to change, `REFUSED`
    that the remote does not take it.
    """

    NOTHING = "nothing"
    PUSHED = "pushed"
    LOST = "lost"
    REFUSED = "refused"


class Pushed(NamedTuple):
    """What became of a push; `said` is why the remote has refused it, in its own words."""

    result: Result
    said: str = ""


Command = tuple[str, ...]


def push_shared(share: Share, say: Say, commands: Sequence[Command] = ()) -> Pushed:
    """Push what is not on the remote yet, as it will be after some update-ref commands.

    Those commands have not run here: when they are pushed, `follow` has the same effect. Must not
    run under the repository lock. Raises GitError where the remote does not answer, and OSError.
    """
    values = read_values(share)
    if not commands and not list(_updates(share, values, values.live)):
        return Pushed(Result.NOTHING)
    with speaking(share, TAKE):
        return _push(share, say, commands)


def _push(share: Share, say: Say, commands: Sequence[Command]) -> Pushed:
    """Push, as the one process of this clone that speaks with the remote."""
    coming = {name: values[0] if verb != "delete" else None for verb, name, *values in commands}
    sent = Sent({}, "")
    for attempt in range(_TRIES):
        values = read_values(share)
        if odd := next((name for name in coming if name in values.odd), None):
            return Pushed(Result.REFUSED, f"it has {no_record(odd)}")
        # Another command of this clone may have followed the remote since these were decided on.
        if any(values.live.get(one[1]) != _expected(one) for one in commands):
            return Pushed(Result.LOST)
        wanted = _after(values.live, commands)
        if is_lost(compare(share, values._replace(live=wanted)), coming, values.there) or any(
            coming.get(share.record("claim", stage)) and share.record("completed", stage) in wanted
            for stage in share.plan.stages
        ):
            return Pushed(Result.LOST)
        updates = list(_updates(share, values, wanted))
        if not updates:
            return Pushed(Result.NOTHING)
        sent = push_atomically(share.root, share.remote, updates, TAKE)
        if not sent.rejected:
            _note(share, say, updates, {n: wanted.get(n) for n in wanted | coming}, coming)
            return Pushed(Result.PUSHED)
        learn(share, say)
        now = read_values(share).pointed
        if all(now.get(one.name) == one.new for one in updates):  # somebody has done the same
            return Pushed(Result.PUSHED)
        moved = [one.name for one in updates if now.get(one.name) != one.expected]
        if any(name in coming or name.startswith(HEADS) for name in moved):
            return Pushed(Result.LOST)
        if not moved and not _is_busy(sent.rejected.values()):
            break
        if not moved:  # else a record of another stage was: the next try leaves it alone
            time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # noqa: S311 - no secret
    return Pushed(Result.REFUSED, _words(sent.rejected, sent.said))


def _updates(share: Share, values: Values, wanted: Mapping[str, str]) -> Iterator[RefUpdate]:
    """Yield what the remote is to change."""
    # What is about to change here counts as changed since both sides agreed.
    pending = dict(compare(share, values._replace(live=wanted)).pending)
    heads = listed(share.root, *(HEADS + stage.branch for stage in share.plan.stages))
    target, there = values.there.get(share.target or ""), values.pointed
    for stage in share.plan.stages:
        names = [name for kind in RECORDS if (name := share.record(kind, stage)) in pending]
        changed = {name: pending.pop(name) for name in names}
        claim, completed = share.record("claim", stage), share.record("completed", stage)
        if changed.get(completed):
            # A completed stage's branch goes with it, and where that was begun.
            branch, base = HEADS + stage.branch, share.record(BASE, stage)
            head = heads[branch].object_id if branch in heads else None
            if _would_lose(share, head, branch, there.get(branch)):
                continue  # until what is there was brought here
            begun = values.live.get(base)
            changed |= {name: new for name, new in ((branch, head), (base, begun)) if new}
        if claim in changed or completed in changed:
            changed[claim] = wanted.get(claim) or wanted.get(completed)
        for name, new in changed.items():
            if new != there.get(name):
                yield RefUpdate(name, new, there.get(name))
    for name, new in pending.items():  # of landings
        if new and _has_landed(share, new, target):
            yield RefUpdate(name, new, there.get(name))


def _would_lose(share: Share, here: str | None, branch: str, there: str | None) -> bool:
    """Tell whether the remote's branch has work that was never part of the branch here."""
    if here is None or there is None or here == there:
        return False
    if there in former_tips(share.home.git_directory, branch):  # it was made anew here
        return False
    with suppress(GitError):
        return not is_ancestor(share.root, there, here)
    return True


def _has_landed(share: Share, record: str, target: str | None) -> bool:
    """Tell whether the remote's target has the commit that a record of a landing names."""
    if target is None:
        return False
    with suppress(GitError):  # the record is none that we can read
        return is_ancestor(share.root, f"{record}^1", target)
    return False


def _after(refs: Mapping[str, str], commands: Sequence[Command]) -> dict[str, str]:
    """Return refs as they are after some update-ref commands."""
    found = dict(refs)
    for verb, name, *values in commands:
        if verb == "delete":
            found.pop(name, None)
        else:
            found[name] = values[0]
    return found


def _expected(command: Command) -> str | None:
    """Return the value that a ref has before an update-ref command, None for none."""
    verb, _, *values = command
    return None if verb == "create" else values[-1]


def _note(
    share: Share,
    say: Say,
    updates: Sequence[RefUpdate],
    wanted: Mapping[str, str | None],
    coming: Collection[str],
) -> None:
    """Note what the remote has now, and that both sides agree where nothing is to come here.

    `wanted` is what records here are, or are to be.
    """
    noted = {share.mirrored(one.name): one.new for one in updates}
    names = [one.name for one in updates if one.name.startswith(share.folder)]
    noted |= {share.known(name): wanted.get(name) for name in names if name not in coming}
    with suppress(Refused, GitError, OSError), repository_lock(share.home, say):
        found = listed(share.root, share.mirror)
        commands: list[Command] = []
        for place, new in noted.items():
            old = found[place].object_id if place in found else None
            if new and new != old:
                commands.append(gitrefs.put(place, new, old))
            elif not new and old:
                commands.append(("delete", place, old))
        if commands:
            patiently(lambda: gitrefs.update_refs(share.root, commands), say)


def _is_busy(reasons: Iterable[str]) -> bool:
    """Tell whether the remote could not change a ref because another push was just at it."""
    said = " ".join(reasons)
    return any(
        word in said for word in ("lock", "failed to update ref", "reference already exists")
    )


def _words(rejected: Mapping[str, str], said: str) -> str:
    """Return what the remote says, else why it rejects the first ref."""
    lines = [line.removeprefix("remote:").strip() for line in said.splitlines()]
    told = [
        line
        for line, whole in zip(lines, said.splitlines(), strict=True)
        if whole.startswith("remote:") and line
    ]
    name, why = next(iter(rejected.items()))
    return " ".join(told) or f"{name} {why}"
