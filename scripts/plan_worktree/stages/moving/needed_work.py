"""Whether the work that a stage builds on is where its branch can start from it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from plan_worktree.project.ref_names import base_ref
from plan_worktree.state.overview import Overview
from plan_worktree.state.status import StageReport, State
from plan_worktree.state.unpulled import nowhere_words, unpulled


def needed_unmerged(seen: Overview, entry: StageReport) -> Iterator[StageReport]:
    """Yield what a stage needs, directly or not, as far as it is not merged."""
    return (e for e in seen.needed(entry.stage) if e.state is not State.MERGED)


def not_up_to_date(seen: Overview, entry: StageReport) -> str | None:
    """Say what has to be known here of the work that a branch stands on, or None.

    That is what its remote branch has, which may have been rewritten and have landed so; and of
    work that is neither here nor on the remote any more, as which commits it has landed.
    """
    for other in needed_unmerged(seen, entry):
        if behind := unpulled(seen.facts, other.stage, other.work.branch):
            return f"it needs {other.stage.id}, and {behind}"
        if (gone := nowhere_words(seen.facts, other.stage)) and seen.left_behind(entry):
            return f"it needs {other.stage.id}, {gone}"
    return None


def not_there(seen: Overview, entry: StageReport) -> str | None:
    """Say why the work of a complete stage is not where a branch could start from it, or None."""
    facts, stage, work = seen.facts, entry.stage, entry.work
    if work.drift:
        return f"and of that the plan was changed: {work.drift}"
    branch = quote(stage.branch)
    if nowhere := nowhere_words(facts, stage):
        return nowhere
    if work.branch is None:
        if facts.base(stage) is None:
            return None
        return (
            f"whose branch {stage.branch} is gone: git branch {branch} COMMIT; or when its work "
            f"is in the target, git update-ref -d {base_ref(facts.plan, stage)}"
        )
    if behind := unpulled(facts, stage, work.branch):
        return f"and {behind}"
    proved, target = work.verified, facts.target_commit
    tips = [work.branch.head, *([target] if target else [])]
    if proved is None or any(seen.history.contains(tip, proved) for tip in tips):
        return None
    return (
        f"whose branch {stage.branch} no longer has {proved[:10]}, the commit that passed: "
        f"plan-worktree complete {quote(facts.plan.plan_id)} {stage.id}"
    )
