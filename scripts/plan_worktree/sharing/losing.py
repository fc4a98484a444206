"""What an owner in this clone hears who has lost a stage to somebody in another clone.

The work stays: what is said names the commands that go on with it, or give it up.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from shlex import quote
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.exchange import listed
from plan_worktree.plan.model import Stage
from plan_worktree.project.clone import clone_name
from plan_worktree.project.ref_names import HEADS
from plan_worktree.sharing.share import Share
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import Claim, claimed_words, commit_of

Refs = Mapping[str, gitrefs.Ref]


class Change(NamedTuple):
    """What a stage was to somebody here before this clone followed the remote, and what it is now.

    `was` says that as a sentence goes on, such as "was yours (agent-1)". `after` is who has the
    stage now, `is_done` tells whether others have completed it, and `there` is the commit that its
    branch has on the remote, if it is there.
    """

    stage: Stage
    was: str
    after: Claim | None
    is_done: bool
    there: str | None


def read_told(share: Share, names: Collection[str]) -> Refs:
    """Return those of some records that tell whose a stage is, with their texts."""
    kinds = tuple(f"{share.folder}{kind}/" for kind in ("claim", "completed"))
    wanted = [name for name in names if name.startswith(kinds)]
    return gitrefs.refs(share.root, *wanted) if wanted else {}


def changes(
    share: Share, before: Refs, after: Refs, unsent: Collection[str], there: Mapping[str, str]
) -> Iterator[Change]:
    """Yield the stages that somebody here has lost.

    `before` and `after` are records that have changed, `unsent` the names of those that the remote
    never had, and `there` is what it has.
    """
    heads = listed(share.root, *(HEADS + stage.branch for stage in share.plan.stages))
    here = clone_name(share.home.git_directory)
    for stage in share.plan.stages:
        name, record = share.record("claim", stage), share.record("completed", stage)
        branch = HEADS + stage.branch
        now = Claim.read(after[name].text, after[name].object_id, here) if name in after else None
        done = commit_of(after[record].text) if record in after else None
        if done and branch in heads and heads[branch].object_id == done:
            continue  # what counts as the stage's work is what is here
        was = _was(before.get(name), before.get(record) if record in unsent else None, now, here)
        if was:
            yield Change(stage, was, now, done is not None, there.get(branch))


def _was(
    claimed: gitrefs.Ref | None, completed: gitrefs.Ref | None, now: Claim | None, here: str
) -> str | None:
    """Say what a stage was to somebody here who has it no more, or None."""
    if completed:
        return "was completed here"
    held = Claim.read(claimed.text, claimed.object_id, here) if claimed else None
    if held is None or held.is_elsewhere or (now and now.is_of(Owner(held.owner, held.host))):
        return None
    return f"was yours ({held.owner})"


def told(share: Share, change: Change) -> Iterator[str]:
    """Yield what an owner in this clone must hear of a stage that is no longer theirs."""
    stage, was, after, is_done, there = change
    now = f"is now claimed by {claimed_words(after)}" if after else "was given free by others"
    if after is None and is_done:
        now = "was completed by others"
    yield f"warning: stage {stage.id} {was} and {now}; all of it here is kept"
    if after is None and not is_done:
        return
    plan, path = quote(share.plan.plan_id), share.home.resolve(stage.worktree_path)
    git, branch = f"git -C {quote(str(path))}", quote(stage.branch)
    switch = f"{git} switch -c {quote(f'{stage.branch}-{secrets.token_hex(2)}')}"
    if there:  # else what builds on the stage here would take this for its work
        switch += f" && {git} branch -f {branch} {there}"
    yield f"note: to go on as another branch: {switch}"
    remove = f"plan-worktree remove {plan} {quote(stage.id)} --force --delete-branch"
    yield f"note: to give it up, saved where restore finds it: {remove}"
