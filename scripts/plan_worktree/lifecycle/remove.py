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
from shlex import quote

from plan_worktree import git
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.preflight import in_home, occupied, operation, other_branch
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
    """One stage's part of a removal.

    `head` is the tip to delete the branch at, None where there is no branch to delete; `landed`
    when it held work that is in the target now.
    """

    stage: Stage
    action: Removal
    worktree: Path | None
    head: str | None = None
    landed: bool = False
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
    entries = ((stage, facts.worktree_of(stage)) for stage in stages)
    return [
        RemoveStep(stage, Removal.REMOVED, entry.path)
        for stage, entry in entries
        if entry and entry.locked is None and not entry.path.exists()
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
    head = facts.head(entry.stage) if facts.base(entry.stage) else None
    action = Removal.REMOVED if entry.work.worktree or head else Removal.ABSENT
    landed = entry.work.has_own_commits
    return RemoveStep(entry.stage, action, entry.work.worktree, head, landed)


def _losses(facts: Facts, entry: StageReport) -> Iterator[str]:
    work, stage = entry.work, entry.stage
    listed = facts.worktree_of(stage)
    if listed and listed.path == facts.home.root:
        yield in_home(facts, stage)
        return
    if listed:
        yield from _worktree_losses(facts, stage, listed)
    if work.changes and work.changes.tracked:
        yield (
            f"{_some(work.changes.tracked)} changed but not committed: "
            f"git -C {quote(str(work.worktree))} commit -a, or stash"
        )
    if work.changes and work.changes.untracked:
        yield (
            f"{_some(work.changes.untracked)} in no commit: git -C {quote(str(work.worktree))} "
            "add, or move what should stay"
        )
    if work.has_own_commits and work.ahead != 0:
        target = (facts.target or "").removeprefix(HEADS)
        if work.ahead is None:
            yield f"the target {target or 'branch'} is gone, so its commits are nowhere else"
            return
        count = f"{work.ahead} commit{'s' if work.ahead > 1 else ''}"
        yield (
            f"{count} of {stage.branch} not in {target}: "
            f"git -C {quote(str(facts.home.root))} merge --no-ff {quote(stage.branch)}"
        )


def _worktree_losses(facts: Facts, stage: Stage, listed: git.Worktree) -> Iterator[str]:
    path = quote(str(listed.path))
    if listed.locked is not None:
        reason = f" ({listed.locked})" if listed.locked else ""
        yield f"its worktree is locked{reason}: git worktree unlock {path}"
    if not facts.is_whole(listed):
        there = occupied(listed.path) if listed.path.exists() else None
        if there:
            yield there
        return
    if doing := operation(facts, listed):
        yield f"{listed.path} is in the middle of {doing}: finish or abort it there"
    elif left := other_branch(facts, stage, listed):
        yield left
    if (listed.path / ".gitmodules").exists():
        yield (
            "its worktree has submodules, whose removal must be forced; what was committed in "
            f"them, push first: git worktree remove --force {path}"
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
        if step.landed:  # base and tip stay: from them status knows that the stage has landed
            now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            commands.append(("create", saved_refs(facts.plan, step.stage) + now, step.head))
        elif not facts.saved(step.stage):  # nothing was ever done here
            commands.append(("delete", base_ref(facts.plan, step.stage), base))
        git.update_refs(root, commands)


def _tidy(folder: Path, top: Path) -> None:
    """Remove the folders around a worktree that it leaves empty, never `top` itself."""
    while folder != top and folder.is_relative_to(top):
        try:
            folder.rmdir()
        except OSError:  # not empty, or not ours to remove
            return
        folder = folder.parent
