"""What is here follows what the remote has: records are adopted, and the plan's statuses with them.

Nothing of a worktree or a branch is touched: whoever loses a stage to somebody else keeps every
byte, and is told so.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from shlex import quote
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.exchange import listed
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.planfiles.statuses import declare
from plan_worktree.project.clone import clone_name, name_clone
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.sharing.agree import Agreement, agree
from plan_worktree.sharing.share import LANDED, RECORDS, Share, Values, read_values
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.repository.records import Claim, claimed_words

Say = Callable[[str], None]


class Change(NamedTuple):
    """What a stage's claim was before this clone followed the remote, and what it is now.

    `done` is the commit at which others have completed it, None where they have not. `there` is the
    commit that the stage's branch has on the remote, if it is there.
    """

    stage: Stage
    before: Claim | None
    after: Claim | None
    done: str | None
    there: str | None


def follow(share: Share, opened: Opened, say: Say) -> Opened:
    """Adopt what the remote has as it was last fetched; return the plan with its statuses.

    Must run under the repository lock. Raises GitError and OSError.
    """
    name_clone(share.home.git_directory)
    values = read_values(share)
    found = compare(share, values)
    for name in values.odd:
        push = f"git push {quote(share.remote)} --delete {quote(name)}"
        say(f"warning: {share.remote} has no record of ours as {name}: to drop it there, {push}")
    before = _claims(share, [n for n in found.adopt if n.startswith(f"{share.folder}claim/")])
    commands = list(_commands(share, values, found))
    if commands:
        patiently(lambda: gitrefs.update_refs(share.root, commands), say)
    live = {**values.live, **found.adopt}
    for change in _changes(share, before, {n: v for n, v in live.items() if v}, values.there):
        for line in told(share, change):
            say(line)
    statuses = dict(derived(share, {n: v for n, v in live.items() if v}, found.adopt))
    if not statuses:
        return opened
    try:
        return declare(opened, statuses) or opened
    except Refused as refused:  # it is derived, and can wait
        say(f"warning: {opened.file.name} does not say what {share.remote} has: {refused}")
        return opened


def compare(share: Share, values: Values) -> Agreement:
    """Compare what is here with what is there; a record there that is none of ours is not."""
    groups: dict[str, Sequence[str]] = {
        stage.id: [share.record(kind, stage) for kind in RECORDS] for stage in share.plan.stages
    }
    landed = [share.record(LANDED, stage) for stage in share.plan.stages]
    # What has landed stays so: it is adopted, and never dropped.
    groups |= {name: [name] for name in landed if name in values.there or name in values.live}
    there = dict(values.there)
    for name in values.odd:
        there.pop(name)
        there |= {name: values.known[name]} if name in values.known else {}
    found = agree(groups, values.known, values.live, there)
    adopt = {n: v for n, v in found.adopt.items() if v is not None or n not in landed}
    return found._replace(adopt=adopt)


def derived(
    share: Share, live: Mapping[str, str], adopted: Mapping[str, str | None]
) -> Iterator[tuple[str, StageStatus]]:
    """Yield the statuses that the plan's file is to have by the records, where it has others."""
    for stage in share.plan.stages:
        kinds = {kind for kind in RECORDS if share.record(kind, stage) in live}
        changed = any(share.record(kind, stage) in adopted for kind in RECORDS)
        wanted = stage.status
        if "blocked" in kinds:
            wanted = StageStatus.BLOCKED if changed else wanted
        elif "claim" in kinds:
            wanted = StageStatus.IN_PROGRESS if changed else wanted
        elif "completed" in kinds:
            wanted = StageStatus.COMPLETE
        elif changed:
            wanted = StageStatus.NOT_STARTED
        if wanted != stage.status:
            yield stage.id, StageStatus(wanted)


def told(share: Share, change: Change) -> Iterator[str]:
    """Yield what an owner in this clone must hear of a stage that is no longer theirs."""
    stage, before, after, done, there = change
    if before is None or before.is_elsewhere:
        return
    if after and after.is_of(Owner(before.owner, before.host)):
        return
    now = f"is now claimed by {claimed_words(after)}" if after else "was given free by others"
    if after is None and done:
        now = "was completed by others"
    yield f"warning: stage {stage.id} was yours ({before.owner}) and {now}; all of it here is kept"
    if after is None and not done:
        return
    plan, path = quote(share.plan.plan_id), share.home.resolve(stage.worktree_path)
    git, branch = f"git -C {quote(str(path))}", quote(stage.branch)
    switch = f"{git} switch -c {quote(f'{stage.branch}-{secrets.token_hex(2)}')}"
    if there:  # else what builds on the stage here would take this for its work
        switch += f" && {git} branch -f {branch} {there}"
    yield f"note: to go on as another branch: {switch}"
    remove = f"plan-worktree remove {plan} {quote(stage.id)} --force --delete-branch"
    yield f"note: to give it up, saved where restore finds it: {remove}"


def _commands(share: Share, values: Values, found: Agreement) -> Iterator[tuple[str, ...]]:
    """Yield what makes live records what they are to be, and notes what both sides have."""
    for name, value in found.adopt.items():
        yield from _to(name, value, values.live.get(name))
    for name, value in {**found.agreed, **found.adopt}.items():
        yield from _to(share.known(name), value, values.known.get(name))


def _to(name: str, value: str | None, old: str | None) -> Iterator[tuple[str, ...]]:
    if value == old:
        return
    yield gitrefs.put(name, value, old) if value else ("delete", name, old or "")


def _claims(share: Share, names: Sequence[str] | Mapping[str, object]) -> dict[str, Claim | None]:
    """Return the claims that live refs hold, None where there is none. Raises GitError."""
    if not names:
        return {}
    here = clone_name(share.home.git_directory)
    found = gitrefs.refs(share.root, *names)
    return {
        name: Claim.read(found[name].text, found[name].object_id, here) if name in found else None
        for name in names
    }


def _changes(
    share: Share,
    before: Mapping[str, Claim | None],
    live: Mapping[str, str],
    there: Mapping[str, str],
) -> Iterator[Change]:
    """Yield the stages whose claims have changed; what we completed ourselves is none of others."""
    after = _claims(share, before)
    heads = listed(share.root, *(HEADS + stage.branch for stage in share.plan.stages))
    for stage in share.plan.stages:
        name, branch = share.record("claim", stage), HEADS + stage.branch
        if name not in before:
            continue
        done = live.get(share.record("verified", stage)) or live.get(
            share.record("completed", stage)
        )
        if after[name] is None and done and branch in heads and heads[branch].object_id == done:
            continue
        yield Change(stage, before[name], after[name], done, there.get(branch))
