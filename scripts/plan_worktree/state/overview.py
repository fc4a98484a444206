"""One look at a plan: what is in the repository, and what follows for every stage.

Not into the worktrees: that costs a process each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.objects.history import History
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.state.branches.ends import Ends, left_behind, read_ends
from plan_worktree.state.branches.own_work import own_commits
from plan_worktree.state.repository.facts import Facts, facts_for_reading, read_facts
from plan_worktree.state.status import Report, StageReport, State, read_states
from plan_worktree.state.waiting import each_change


class Overview(NamedTuple):
    """A plan, the facts, how its branches relate, and the states of its stages."""

    opened: Opened
    facts: Facts
    ends: Ends
    report: Report

    @property
    def history(self) -> History:
        """The history that the branches of the plan do not all share."""
        return self.ends.history

    def needed(self, stage: Stage) -> list[StageReport]:
        """Return what is reported of all that a stage depends on, directly or not."""
        return self.report.among(self.opened.graph.ancestors(stage.id))

    def own_commits(self, stage: Stage) -> list[str]:
        """Return the commits that were made for a stage, the newest first."""
        return own_commits(self.ends, stage)

    def left_behind(self, entry: StageReport) -> str | None:
        """Return a commit that a branch was started from and that nobody else has any more."""
        branch, target = entry.work.branch, self.facts.target_commit
        if branch is None or target is None:
            return None
        needed = (other.work.branch for other in self.needed(entry.stage))
        return left_behind(self.history, branch, [target, *(one.head for one in needed if one)])

    @property
    def merged(self) -> frozenset[str]:
        """The ids of the stages whose work is in the target."""
        entries = self.report.stages
        return frozenset(entry.stage.id for entry in entries if entry.state is State.MERGED)


def read_again(seen: Overview) -> Overview:
    """Look at a plan again after a change; home is what it was. Raises GitError."""
    home, facts = seen.opened.require_home(), seen.facts
    now = read_facts(home, facts.plan)
    return read_overview(seen.opened, replace(now, home=facts.home))


def read_overview(opened: Opened, facts: Facts) -> Overview:
    """Look at a plan. Raises GitError."""
    ends = read_ends(facts, opened.graph)
    return Overview(opened, facts, ends, read_states(ends))


def follow_states(
    written: str | None, start: Path, ask: Callable[[Opened], None]
) -> Iterator[Report]:
    """Yield where the stages of a plan stand, and again whenever that has changed; it never ends.

    `ask` is called before each look where clones share the plan: it asks what others have done.
    Raises BadArgument, Refused and GitError.
    """

    def look() -> Report:
        opened = open_plan(written, start)
        if opened.require_home().settings.shared_through():
            ask(opened)
            opened = open_plan(written, start)  # its statuses have followed
        return read_states(read_ends(facts_for_reading(opened), opened.graph))

    return each_change(open_plan(written, start), look)
