"""A stage's branch: its two ends, and how they relate to all others and to the target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plan_worktree.git.commits import trees
from plan_worktree.git.history import History, read_history
from plan_worktree.state.facts import Facts


@dataclass(frozen=True, slots=True)
class Branch:
    """One stage's branch, or what it was when it was taken away.

    `ahead` and `behind` count commits against the target, None without one. `has_landed` says
    that there was work and all of it is in the target, `landed_by` which commit brought it there
    (None: unknown), `reverted_by` which one took it out again. `stale` says that a dependency has
    work that the branch lacks.
    """

    base: str
    head: str
    ahead: int | None
    behind: int | None
    has_own_commits: bool
    has_landed: bool = False
    landed_by: str | None = None
    reverted_by: str | None = None
    stale: bool = False


def stage_heads(facts: Facts) -> dict[str, tuple[str, str]]:
    """Return base and head of the stages that were set up, by stage id."""
    heads = {}
    for stage in facts.plan.stages:
        base, head = facts.base(stage), facts.last_tip(stage)
        if base and head:
            heads[stage.id] = (base, head)
    return heads


def stage_history(facts: Facts) -> History:
    """Return how bases and heads of all stages, what of them was verified, and the target relate.

    Raises GitError.
    """
    tips = [commit for pair in stage_heads(facts).values() for commit in pair]
    tips += [proved for stage in facts.plan.stages if (proved := facts.verified(stage))]
    tips += [landed.commit for stage in facts.plan.stages if (landed := facts.landed(stage))]
    target = facts.target_commit
    return read_history(facts.home.root, [*tips, target] if target else tips)


def trees_of(facts: Facts, commits: Iterable[str]) -> dict[str, str]:
    """Return the trees of commits. Raises GitError."""
    known = {ref.object_id: ref.tree for ref in facts.refs.values() if ref.tree}
    wanted = list(commits)
    missing = [commit for commit in wanted if commit not in known]
    if missing:
        known.update(trees(facts.home.root, missing))
    return {commit: known[commit] for commit in wanted}
