"""mark: what a person declares of a stage, written into the plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from plan_worktree.change.changing import changing
from plan_worktree.git import refs as gitrefs
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.planfiles.open_plan import open_plan, select
from plan_worktree.planfiles.statuses import declare, declared
from plan_worktree.project.lock import patiently
from plan_worktree.state.overview import read_overview
from plan_worktree.state.records import Claim, release_command

# Who says one of these says that nobody works on the stage any more.
_ENDING = (StageStatus.NOT_STARTED, StageStatus.COMPLETE)


class Marked(NamedTuple):
    """What was, or would be, written; `released` is a claim that ended with it."""

    stage: Stage
    status: StageStatus
    changed: bool
    released: Claim | None


class MarkOptions(NamedTuple):
    """What the caller asks for: a status for a stage of a plan."""

    plan: str
    stage: str
    status: StageStatus
    dry_run: bool = False


def run_mark(options: MarkOptions, start: Path, waiting: Callable[[str], None]) -> Marked:
    """Declare a stage's status. Raises BadArgument, Refused, GitError and OSError."""
    found, status = open_plan(options.plan, start), options.status
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        (stage,) = select(opened.plan, [options.stage])
        seen = read_overview(opened, facts)
        claim = seen.report.of(stage).work.claim if status in _ENDING else None
        if options.dry_run:
            changed = declared(opened.file, {stage.id: status}, seen.merged) is not None
            return Marked(stage, status, changed, claim)
        changed = declare(opened, {stage.id: status}, seen.merged) is not None
        if claim:
            commands = [release_command(facts, stage, claim)]
            patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    return Marked(stage, status, changed, claim)
