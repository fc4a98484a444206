"""What a plan that was edited since setup no longer says of what is there, each with a way out.

A stage's records are kept under its id, and its branch and worktree under the names the plan gave
them. When one of those is edited the rest stays behind; nothing is moved by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS, REFS, base_refs, records_of
from plan_worktree.state.gone_parts import vanished_branch
from plan_worktree.state.obstacles import move_command, moved_here, operation
from plan_worktree.state.repository.facts import Facts


def drift(facts: Facts, stage: Stage) -> str | None:
    """Say how the plan and what was set up for a stage disagree, or None."""
    path, head = facts.path(stage), facts.head(stage)
    base, there = facts.base(stage), facts.worktree_at(path)
    if base is None:
        return _other_id(facts, stage) if head else None
    if there and (gone := vanished_branch(facts, stage, there)):
        return gone
    if head is None and there and there.branch and not operation(facts, there):
        old = there.branch.removeprefix(HEADS)
        return (
            f"the plan says branch {stage.branch}, its worktree {path} has {old}: put it back in "
            f"the plan, or git branch -m {quote(old)} {quote(stage.branch)}"
        )
    elsewhere = facts.worktree_on(stage.branch)
    if there is None and moved_here(facts, stage):
        repair = f"plan-worktree setup {quote(facts.plan.plan_id)} {stage.id}"
        return f"its worktree was moved to {path}, which git does not know yet: {repair}"
    if elsewhere and elsewhere.path not in (path, facts.home.root) and there is None:
        return (
            f"the plan says worktree {path}, it is in {elsewhere.path}: put it back in the plan, "
            f"or {move_command(elsewhere.path, path)}"
        )
    return None


def orphans(facts: Facts) -> Iterator[str]:
    """Yield what is there of stages that the plan no longer has."""
    for old in _unplanned(facts):
        branches = {stage.branch: stage.id for stage in facts.plan.stages}
        successor = next((name for name in branches if _stood_for(facts, old, name)), None)
        if successor is not None:  # said of that stage
            continue
        records = records_of(facts.plan, old, facts.refs)
        drop = " && ".join(f"git update-ref -d {quote(name)}" for name in records)
        yield (
            f"stage {old} was set up and is no longer in the plan: put it back, or when nobody "
            f"needs it any more, {drop}"
        )


def _other_id(facts: Facts, stage: Stage) -> str | None:
    """Say that a stage's branch was set up under another id."""
    for old in _unplanned(facts):
        if _stood_for(facts, old, stage.branch):
            moves = []
            for name in records_of(facts.plan, old, facts.refs):
                kind, _, rest = name.removeprefix(f"{REFS}/{facts.plan.plan_id}/").partition("/")
                new = f"{REFS}/{facts.plan.plan_id}/{kind}/{stage.id}{rest.removeprefix(old)}"
                moves.append(f"git update-ref {quote(new)} {quote(name)}")
                moves.append(f"git update-ref -d {quote(name)}")
            return (
                f"its branch {stage.branch} was set up for a stage {old}, which is no longer in "
                f"the plan: call it {old} again, or {' && '.join(moves)}"
            )
    return None


def _unplanned(facts: Facts) -> list[str]:
    """Return the ids of stages that were set up and that the plan does not have."""
    folder = base_refs(facts.plan)
    known = {stage.id for stage in facts.plan.stages}
    names = [ref.removeprefix(folder) for ref in facts.refs if ref.startswith(folder)]
    return [old for old in names if old not in known]


def _stood_for(facts: Facts, old: str, branch: str) -> bool:
    """Tell whether a branch that no stage's record claims may be that of a vanished stage.

    By its name, which ends with the stage's id, or because it alone has no record.
    """
    owners = [stage for stage in facts.plan.stages if stage.branch == branch]
    if not owners or facts.base(owners[0]) or not facts.head(owners[0]):
        return False
    return branch.endswith((f"-{old}", f"/{old}")) or len(_unplanned(facts)) == 1
