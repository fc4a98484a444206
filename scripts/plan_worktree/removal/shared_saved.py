"""restore --push: what was saved of a stage goes to the remote, and comes from there to a clone.

Saved work is somebody's own, so it is only sent when that is asked for, and only fetched where a
stage is to be restored of which nothing is saved here.
"""

from __future__ import annotations

from collections.abc import Callable
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.exchange import RefUpdate, fetch_into, push_atomically
from plan_worktree.git.process import GitError
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.ref_names import saved_refs
from plan_worktree.project.refusal import Refused
from plan_worktree.removal.foreign import faults
from plan_worktree.sharing.contact import Contact, share_of
from plan_worktree.sharing.fetch import ANSWER, speaking
from plan_worktree.sharing.push import TAKE
from plan_worktree.sharing.share import Share
from plan_worktree.state.repository.facts import Saved, facts_for_reading

Say = Callable[[str], None]


def require_share(opened: Opened) -> Share:
    """Return how a plan is shared. Raises Refused where it is not, and GitError."""
    share = share_of(opened.require_home(), opened.plan)
    if share is None:
        raise Refused(["this clone shares nothing: plan-worktree init share"])
    return share


def push_saved(share: Share, stage: Stage, saved: Saved, *, dry_run: bool) -> bool:
    """Push what is saved of a stage; tell whether the remote did not have it yet.

    In a dry run what was fetched last counts.
    Nobody may hold the lock for this. Raises Refused, and GitError where there is no answer.
    """
    name = saved.ref.name
    if found := list(faults(share.root, saved)):
        raise Refused(f"stage {stage.id}: {why}" for why in found[:8])
    if not dry_run:
        _fetch(share, stage)
    mirrored = gitrefs.refs(share.root, share.mirrored(name)).get(share.mirrored(name))
    there = mirrored.object_id if mirrored else None
    if there == saved.ref.object_id:
        return False
    if dry_run:
        return True
    update = RefUpdate(name, saved.ref.object_id, there)
    with speaking(share, TAKE):
        sent = push_atomically(share.root, share.remote, [update], TAKE)
    if sent.rejected:
        why = next(iter(sent.rejected.values()))
        raise Refused([f"{share.remote} does not take {name} ({why}): {sent.said}"])
    return True


def fetch_saved(opened: Opened, stage: Stage, time: str | None, say: Say) -> None:
    """Take from the remote what is saved of a stage, where nothing of it is saved here.

    Of several it is the newest, or that of a `time`. Raises Refused for one that is not to be
    trusted, GitError and OSError. A remote that does not answer is only mentioned.
    """
    share = share_of(opened.require_home(), opened.plan)
    if share is None or facts_for_reading(opened).saved(stage):
        return
    try:
        _fetch(share, stage)
    except GitError as error:
        said = (error.said.splitlines() or ["no answer"])[-1].strip()
        say(f"warning: {share.remote} does not answer ({said}): what it has saved is not known")
        return
    folder = saved_refs(share.plan, stage)
    found = gitrefs.refs(share.root, share.mirrored(folder))
    mirrored = sorted((name.rpartition("/")[2] for name in found), reverse=True)
    chosen = next((one for one in mirrored if time in (None, one)), None)
    if chosen is None:
        return
    saved = Saved(found[share.mirrored(folder + chosen)]._replace(name=folder + chosen))
    if why := list(faults(share.root, saved)):
        told = [f"stage {stage.id}: what {share.remote} has saved: {one}" for one in why[:8]]
        drop = f"git push {quote(share.remote)} --delete {quote(folder + chosen)}"
        raise Refused([*told, f"stage {stage.id}: to drop it there, when nobody wants it: {drop}"])
    with changing(opened, say, dry_run=False, contact=Contact.NONE) as (_, facts):
        if not facts.saved(stage):
            gitrefs.update_refs(share.root, [("create", saved.ref.name, saved.ref.object_id)])


def _fetch(share: Share, stage: Stage) -> None:
    name = saved_refs(share.plan, stage)
    with speaking(share, ANSWER):
        fetch_into(share.root, share.remote, [f"+{name}*:{share.mirrored(name)}*"], ANSWER)
