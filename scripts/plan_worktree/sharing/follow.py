"""What is here follows what the remote has: records are adopted, and the plan's statuses with them.

Nothing of a worktree or a branch is touched: whoever loses a stage to somebody else keeps every
byte, and is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from itertools import chain
from shlex import quote

from plan_worktree.git import refs as gitrefs
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.planfiles.boxes import followed_boxes
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.planfiles.statuses import declare
from plan_worktree.project.clone import name_clone
from plan_worktree.project.lock import patiently
from plan_worktree.project.refusal import Refused
from plan_worktree.sharing.agree import Agreement, agree
from plan_worktree.sharing.losing import changes, read_told, told
from plan_worktree.sharing.share import LANDED, RECORDS, Share, Values, read_values
from plan_worktree.state.repository.records import Completion, is_same, signed

Say = Callable[[str], None]


def follow(share: Share, opened: Opened, say: Say) -> Opened:
    """Adopt what the remote has as it was last fetched; return the plan with its statuses.

    Must run under the repository lock. Raises GitError and OSError.
    """
    values = _signed(share, read_values(share), name_clone(share.home.git_directory), say)
    found = compare(share, values)
    for name in values.odd:
        push = f"push {quote(share.remote)} --delete {quote(name)}"
        drop = f"to drop it there, git -C {quote(str(share.root))} {push}"
        say(f"warning: {share.remote} has {no_record(name)}: {drop}")
    before = read_told(share, found.adopt)
    commands = list(_commands(share, values, found))
    if commands:
        patiently(lambda: gitrefs.update_refs(share.root, commands), say)
    after = read_told(share, found.adopt)
    unsent = [n for n in found.adopt if values.live.get(n) != values.known.get(n)]
    if before:
        for change in changes(share, before, after, unsent, values.there):
            for line in told(share, change):
                say(line)
    live = {name: value for name, value in {**values.live, **found.adopt}.items() if value}
    statuses = dict(derived(share, live, found.adopt))
    completed = list(_completed(share, live, {*found.adopt}, {*statuses}))
    if not statuses and not completed:
        return opened
    done = _completions(share, completed)
    proved = [stage for stage, how in done.items() if not how.is_declared]
    boxes = followed_boxes(statuses, proved, {stage: how.ticked for stage, how in done.items()})
    try:
        return declare(opened, statuses, boxes=boxes) or opened
    except Refused as refused:  # it is derived, and can wait
        say(f"warning: {opened.file.name} does not say what {share.remote} has: {refused}")
        return opened


def _signed(share: Share, values: Values, clone: str, say: Say) -> Values:
    """Let claims that were made here before this clone shared name it; return the values then."""
    new = [
        name
        for stage in share.plan.stages
        if (value := values.live.get(name := share.record("claim", stage)))
        and value not in (values.known.get(name), values.there.get(name))
    ]
    found = gitrefs.refs(share.root, *new) if new else {}
    texts = {name: text for name, ref in found.items() if (text := signed(ref.text, clone))}
    if not texts:
        return values
    records = {name: gitrefs.write_blob(share.root, text) for name, text in texts.items()}
    commands = [("update", name, record, values.live[name]) for name, record in records.items()]
    patiently(lambda: gitrefs.update_refs(share.root, commands), say)
    return values._replace(live={**values.live, **records})


def no_record(name: str) -> str:
    """Say that what a remote has under the name of a record cannot be one."""
    return f"no record of ours as {name}"


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
        there.pop(name, None)  # a claim that ends with a completion is not there
        there |= {name: values.known[name]} if name in values.known else {}
    known = values.known
    found = agree(groups, known, values.live, there)
    if renewed := _renewed(share, found.overruled, values):
        known = {**known, **renewed}
        found = agree(groups, known, values.live, there)
    adopt = {n: v for n, v in found.adopt.items() if v is not None or n not in landed}
    return found._replace(adopt=adopt)


def _renewed(share: Share, groups: Sequence[str], values: Values) -> dict[str, str]:
    """Return those claims on the remote, in some groups, that only say when an owner was seen.

    That is no change, and its push may be one of ours whose answer was lost.
    """
    stages = [stage for stage in share.plan.stages if stage.id in groups]
    names = [share.record("claim", stage) for stage in stages]
    names = [name for name in names if name in values.there and name in values.known]
    places = {name: (share.mirrored(name), share.known(name)) for name in names}
    found = gitrefs.refs(share.root, *chain(*places.values())) if places else {}
    return {
        name: values.there[name]
        for name, (now, before) in places.items()
        if now in found and before in found and is_same(found[now].text, found[before].text)
    }


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
            behind = changed or stage.status == StageStatus.NOT_STARTED
            wanted = StageStatus.IN_PROGRESS if behind else wanted
        elif "completed" in kinds:
            wanted = StageStatus.COMPLETE
        elif changed:
            wanted = StageStatus.NOT_STARTED
        if wanted != stage.status:
            yield stage.id, StageStatus(wanted)


def _completed(
    share: Share, live: Mapping[str, str], adopted: Container[str], changed: Container[str]
) -> Iterator[Stage]:
    """Yield the stages that are complete by the records, where the plan's file is yet to say it.

    Where neither a record nor a status is new, the boxes are as people here have left them.
    """
    for stage in share.plan.stages:
        record = share.record("completed", stage)
        is_done = not any(share.record(kind, stage) in live for kind in ("blocked", "claim"))
        if record in live and is_done and (record in adopted or stage.id in changed):
            yield stage


def _completions(share: Share, stages: Sequence[Stage]) -> dict[str, Completion]:
    """Return how stages were completed, by stage id."""
    names = {stage.id: share.record("completed", stage) for stage in stages}
    found = gitrefs.refs(share.root, *names.values()) if names else {}
    return {s: Completion.read(found[name].text) for s, name in names.items() if name in found}


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
