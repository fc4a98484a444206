"""remove: takes worktrees away, and branches whose work has landed.

Refuses whatever would be lost: changes, untracked files, commits that the target lacks, a locked
worktree. Git's own refusals stand behind ours, and a branch is deleted only at the commit that
was examined, so work that arrives in between stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from plan_worktree import git
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.refs import HEADS, base_ref, saved_refs
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.lifecycle.status import Report, StageReport
from plan_worktree.plan.model import Stage


class Removal(StrEnum):
    """What remove does, or did, for a stage."""

    REMOVED = "removed"
    ABSENT = "absent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RemoveStep:
    """One stage's part of a removal. `head` is the tip to delete the branch at, None to keep it."""

    stage: Stage
    action: Removal
    worktree: Path | None
    head: str | None
    error: str | None = None


def plan_remove(facts: Facts, report: Report, stages: Sequence[Stage]) -> list[RemoveStep]:
    """Decide what to take away. Raises Refused, naming everything that would be lost."""
    wanted = {stage.id for stage in stages}
    reports = [entry for entry in report.stages if entry.stage.id in wanted]
    refusals = [
        f"stage {entry.stage.id}: {why}" for entry in reports for why in _losses(facts, entry)
    ]
    if refusals:
        raise Refused(refusals)
    return [_step(facts, entry) for entry in reports]


def plan_remove_gone(facts: Facts, stages: Sequence[Stage]) -> list[RemoveStep]:
    """Decide which of the stages' worktree entries to drop: those whose directory is gone."""
    entries = ((stage, facts.worktree_at(facts.path(stage))) for stage in stages)
    return [
        RemoveStep(stage, Removal.REMOVED, entry.path, None)
        for stage, entry in entries
        if entry and entry.locked is None and not entry.path.is_dir()
    ]


def execute_remove(
    facts: Facts, steps: Sequence[RemoveStep], done: Callable[[RemoveStep], None]
) -> list[RemoveStep]:
    """Carry out the steps; `done` is told of each. Must run under the repository lock."""
    results = []
    for step in steps:
        result = step
        try:
            _take_away(facts, step)
        except (git.GitError, OSError) as error:
            result = replace(step, action=Removal.FAILED, error=str(error))
        results.append(result)
        done(result)
    return results


def _step(facts: Facts, entry: StageReport) -> RemoveStep:
    work = entry.work
    ours = work.base is not None
    there = work.worktree or (ours and facts.head(entry.stage))
    action = Removal.REMOVED if there else Removal.ABSENT
    head = facts.head(entry.stage) if ours else None
    return RemoveStep(entry.stage, action, work.worktree, head)


def _losses(facts: Facts, entry: StageReport) -> Iterator[str]:
    work, stage = entry.work, entry.stage
    listed = facts.worktree_on(stage.branch)
    if listed and listed.path == facts.home.root:
        yield f"branch {stage.branch} is checked out in home: git switch {facts.target or 'main'}"
        return
    if listed and listed.locked is not None:
        reason = f" ({listed.locked})" if listed.locked else ""
        yield f"its worktree is locked{reason}: git worktree unlock '{listed.path}'"
    if work.changes and work.changes.tracked:
        yield (
            f"{_some(work.changes.tracked)} changed but not committed: "
            f"git -C '{work.worktree}' commit -a, or stash"
        )
    if work.changes and work.changes.untracked:
        yield (
            f"{_some(work.changes.untracked)} in no commit: git -C '{work.worktree}' add, or move "
            "what should stay"
        )
    if work.ahead and work.base:
        count = f"{work.ahead} commit{'s' if work.ahead > 1 else ''}"
        target = (facts.target or "").removeprefix(HEADS)
        yield (
            f"{count} of {stage.branch} not in {target}: "
            f"git -C '{facts.home.root}' merge --no-ff {stage.branch}"
        )


def _some(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:3])
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{shown}{more} {'is' if len(paths) == 1 else 'are'}"


def _take_away(facts: Facts, step: RemoveStep) -> None:
    root, branch = facts.home.root, HEADS + step.stage.branch
    if step.worktree:
        git.remove_worktree(root, step.worktree)
        _tidy(step.worktree.parent, facts.home.root.parent)
    if step.head:
        base = facts.base(step.stage) or ""
        commands = [("delete", branch, step.head)]
        if step.head == base:  # nothing was ever done here
            commands.append(("delete", base_ref(facts.plan, step.stage), base))
        else:  # base and tip stay: from them status knows that the stage has landed
            now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            commands.append(("create", saved_refs(facts.plan, step.stage) + now, step.head))
        git.update_refs(root, commands)


def _tidy(folder: Path, top: Path) -> None:
    """Remove the folders around a worktree that it leaves empty, never `top` itself."""
    while folder != top and folder.is_relative_to(top):
        try:
            folder.rmdir()
        except OSError:  # not empty, or not ours to remove
            return
        folder = folder.parent
