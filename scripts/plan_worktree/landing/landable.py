"""Which stages may land, in which order; and why one that is asked for must not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from plan_worktree.landing.planned_landing import Method
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS, landed_ref
from plan_worktree.project.refusal import Refused, about
from plan_worktree.state.obstacles import moved_target, no_target
from plan_worktree.state.overview import Overview
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.partial_clone import missing_history
from plan_worktree.state.status import StageReport, State
from plan_worktree.state.unpulled import (
    JOIN,
    copied_words,
    diverged_target,
    in_target,
    nowhere_words,
    unpulled,
)


def find_landable(seen: Overview, names: Sequence[str], method: Method) -> list[Stage]:
    """Return the stages to land: as they are named, or every complete one, dependencies first.

    They land by a `method`: made again, commits bring back nothing that a dependency lost when
    it landed.

    Raises Refused, naming everything that speaks against it.
    """
    entries = [
        e
        for name in dict.fromkeys(names) or seen.opened.graph.order
        for e in seen.report.among([name])
    ]
    reasons = list(_of_target(seen.facts))
    reasons += [
        f"stage {entry.stage.id}: {why}"
        for entry in seen.report.stages
        for why in _of_landed(seen, entry, named=bool(names))
    ]
    wanted = [
        entry
        for entry in entries
        if entry.state is not State.MERGED and (names or entry.state is State.COMPLETE)
    ]
    with_it: set[str] = set()
    landing = []
    for entry in wanted:
        waits = _unlanded(seen, entry, with_it)
        if waits and not names:  # it waits with what it needs
            continue
        if waits:
            together = " ".join([*waits, entry.stage.id])
            land = f"plan-worktree merge {quote(seen.facts.plan.plan_id)} {together}"
            reasons.append(f"stage {entry.stage.id}: {', '.join(waits)} must land first: {land}")
        reasons += [about(f"stage {entry.stage.id}", w) for w in unfit(seen, entry, method)]
        with_it.add(entry.stage.id)
        landing.append(entry.stage)
    if reasons:
        raise Refused(reasons)
    return landing


def _of_target(facts: Facts) -> Iterator[str]:
    if facts.home.settings.text("planWorktree.land") == "submit":
        submit = f"plan-worktree submit {quote(facts.plan.plan_id)}"
        yield f"planWorktree.land says that stages land by pull request here: {submit}"
    if why := no_target(facts) or moved_target(facts) or diverged_target(facts):
        yield why


def _of_landed(seen: Overview, entry: StageReport, *, named: bool) -> Iterator[str]:
    """Yield what is wrong with what has landed before."""
    facts, stage = seen.facts, entry.stage
    record, target = facts.landed(stage), facts.target_commit or ""
    has_moved = record and target and not seen.history.contains(target, record.commit)
    name = (facts.target or "").removeprefix(HEADS)
    if record and has_moved and entry.state is not State.MERGED:
        bring = in_target(facts, f"{JOIN} {record.commit[:10]}")
        yield (
            f"it landed with {record.commit[:10]}, which {name} no longer has (was it rewritten?): "
            f"{bring} brings that back; or to land it anew, "
            f"git update-ref -d {quote(landed_ref(facts.plan, stage))}"
        )
    if entry.state is State.MERGED and entry.waiting_for and record and not named:
        plan, waits = quote(facts.plan.plan_id), " ".join(entry.waiting_for)
        yield (
            f"it has landed, and the plan now says that it needs {', '.join(entry.waiting_for)}: "
            f"correct depends_on, or land that by name: plan-worktree merge {plan} {waits}"
        )


def _unlanded(seen: Overview, entry: StageReport, with_it: set[str]) -> list[str]:
    """Return what a stage needs and that is neither in the target nor landing before it."""
    return [
        other.stage.id
        for other in seen.needed(entry.stage)
        if other.stage.id not in with_it and other.state is not State.MERGED
    ]


def unfit(seen: Overview, entry: StageReport, method: Method) -> Iterator[str]:
    """Yield why a stage cannot land as it is, whatever lands before it."""
    facts, stage, work = seen.facts, entry.stage, entry.work
    plan = quote(facts.plan.plan_id)
    complete = f"plan-worktree complete {plan} {stage.id}"
    behind = unpulled(facts, stage, work.branch)
    if entry.state is not State.COMPLETE:
        pull = f", and {behind} && " if behind else ": "
        yield f"it is {entry.state}, not complete{pull}{complete}"
        return
    if work.drift:
        yield f"drift: {work.drift}"
        return
    head = facts.head(stage)
    if head is None or work.branch is None:
        yield _no_branch(seen, entry)
        return
    if behind:
        above, target = facts.upstream(stage), facts.target_commit
        landed = above and target and seen.history.contains(target, above.commit)
        is_proved = above is not None and above.commit == work.verified
        yield behind if landed or is_proved else f"{behind} && {complete}"
    else:
        yield from _unproved(entry, head, complete)
        if work.branch.on_copied and method is Method.MERGE:
            yield f"{copied_words(facts.plan.plan_id, stage.id)} && {complete}"
        elif work.stale:
            sync = f"plan-worktree sync {plan} {stage.id} && {complete}"
            yield f"what it depends on has moved on since: {sync}"
    if left := seen.left_behind(entry):
        name = (facts.target or "").removeprefix(HEADS)
        cut = missing_history(facts)
        onto = f" (was one rewritten?): plan-worktree sync {plan} {stage.id} --onto-target"
        stands = (
            f"its branch stands on {left[:10]}, which neither {name} nor what it depends on has"
        )
        yield f"{stands}: {cut}" if cut else stands + onto


def _unproved(entry: StageReport, head: str, complete: str) -> Iterator[str]:
    """Say why a branch's last commit is not proved, with the command that proves it."""
    proved = entry.work.verified
    if proved is None:
        yield f"it was declared complete, and never proved: {complete}"
    elif proved != head:
        yield f"{entry.stage.branch} has moved since {proved[:10]} was verified: {complete}"
    elif not entry.is_verified:
        yield f"its verify commands have changed since they passed: {complete}"


def _no_branch(seen: Overview, entry: StageReport) -> str:
    """Say where the branch of a stage is that is not here."""
    facts, stage = seen.facts, entry.stage
    plan = quote(facts.plan.plan_id)
    if nowhere := nowhere_words(facts, stage):
        return f"there is no branch of it, {nowhere}"
    if above := facts.upstream(stage):
        take = f"plan-worktree setup {plan} {stage.id}"
        return (
            f"its branch is only on {above.remote}: {take} && "
            f"plan-worktree complete {plan} {stage.id}"
        )
    proved = entry.work.verified or "COMMIT"
    return f"its branch {stage.branch} is gone: git branch {quote(stage.branch)} {proved}"
