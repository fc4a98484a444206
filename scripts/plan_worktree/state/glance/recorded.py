"""What refs say of stages: who has them, what has passed, what has landed.

It goes by what is recorded. Not seen is what only a look into worktrees or histories tells:
uncommitted work that nobody has claimed, and work that landed as other commits without a record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.refs import Ref, merged_into, refs
from plan_worktree.plan.model import Plan, Stage, StageStatus
from plan_worktree.project.ref_names import (
    HEADS,
    base_ref,
    claim_ref,
    completed_ref,
    landed_ref,
    target_ref,
    verified_ref,
)
from plan_worktree.state.glance.states import State, state_of


class Recorded(NamedTuple):
    """One stage as it is recorded.

    `owner` is who has it, None where nobody does. `has_passed` says whether the branch's last
    commit passed the gates that the plan names now; None where the plan names none. `waits_for`
    are the dependencies that are not done; of those no more is known than their own state.
    """

    stage: Stage
    state: State
    owner: str | None
    has_passed: bool | None
    waits_for: tuple[Recorded, ...] = ()


def read_recorded(root: Path, plan: Plan, stage: Stage) -> Recorded:
    """Return a stage with the dependencies that it waits for. Raises GitError.

    `root` is a worktree of the repository.
    """
    needed, left = {stage.id}, [stage]
    while left:
        wanted = set(left.pop().depends_on) - needed
        needed |= wanted
        left += [one for one in plan.stages if one.id in wanted]
    return _read(root, plan, [one for one in plan.stages if one.id in needed])[stage.id]


def read_all_recorded(root: Path, plan: Plan) -> list[Recorded]:
    """Return all stages of a plan, in the plan's order. Raises GitError."""
    found = _read(root, plan, plan.stages)
    return [found[stage.id] for stage in plan.stages]


def _read(root: Path, plan: Plan, stages: Sequence[Stage]) -> dict[str, Recorded]:
    kinds = (base_ref, claim_ref, verified_ref, completed_ref, landed_ref)
    names = [kind(plan, stage) for stage in stages for kind in kinds]
    heads = [HEADS + stage.branch for stage in stages if stage.branch]
    known = refs(root, target_ref(plan.plan_id), *names, *heads)
    merged = _merged(root, plan, stages, known)
    done = {s.id for s in stages if s.id in merged or s.status == StageStatus.COMPLETE}
    left = {s.id for s in stages} - done
    waits = {s.id: [n for n in s.depends_on if n in left and n != s.id] for s in stages}
    alone = {s.id: _recorded(plan, s, known, s.id in merged, bool(waits[s.id])) for s in stages}
    return {
        name: entry._replace(waits_for=tuple(alone[n] for n in waits[name]))
        for name, entry in alone.items()
    }


def _merged(
    root: Path, plan: Plan, stages: Sequence[Stage], known: Mapping[str, Ref]
) -> frozenset[str]:
    """Return the ids of the stages that are recorded as landed, or whose branch the target has."""
    landed = {stage.id for stage in stages if landed_ref(plan, stage) in known}
    target = known.get(target_ref(plan.plan_id))
    open_ = {
        HEADS + stage.branch: stage.id
        for stage in stages
        if stage.id not in landed and _has_commits(plan, stage, known)
    }
    if target is None or not open_:
        return frozenset(landed)
    return frozenset(landed | {open_[n] for n in merged_into(root, target.object_id, *open_)})


def _recorded(
    plan: Plan, stage: Stage, known: Mapping[str, Ref], is_merged: bool, is_waiting: bool
) -> Recorded:
    claim = known.get(claim_ref(plan, stage))
    state = state_of(
        stage,
        is_merged=is_merged,
        is_started=claim is not None or _has_commits(plan, stage, known),
        is_waiting=is_waiting,
    )
    owner = str(_said(claim).get("owner") or "somebody") if claim else None
    return Recorded(stage, state, owner, _has_passed(plan, stage, known))


def _has_commits(plan: Plan, stage: Stage, known: Mapping[str, Ref]) -> bool:
    base, head = known.get(base_ref(plan, stage)), known.get(HEADS + stage.branch)
    return base is not None and head is not None and base.object_id != head.object_id


def _has_passed(plan: Plan, stage: Stage, known: Mapping[str, Ref]) -> bool | None:
    if not stage.verify:
        return None
    head, passed = known.get(HEADS + stage.branch), known.get(verified_ref(plan, stage))
    ran = _said(known.get(completed_ref(plan, stage))).get("commands")
    if passed is None or ran != list(stage.verify):
        return False
    # Of a branch that was taken away after it had landed, nothing has changed since.
    return head is None or head.object_id == passed.object_id


def _said(record: Ref | None) -> dict[str, object]:
    try:
        said = json.loads(record.text) if record else None
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
