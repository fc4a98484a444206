"""mark: what a person declares of a stage, written into the plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.changing import changing
from plan_worktree.change.unfinished_landing import make_landing_record
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.commits import is_ancestor, named_commit
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.planfiles.open_plan import open_plan, select
from plan_worktree.planfiles.statuses import declare, declared
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import HEADS, landed_ref
from plan_worktree.project.refusal import Refused
from plan_worktree.state.facts import Facts
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
    """What the caller asks for: a status for a stage of a plan.

    `landed` names the commit that brought the stage's work into the target.
    """

    plan: str
    stage: str
    status: StageStatus
    landed: str | None = None
    dry_run: bool = False


def run_mark(options: MarkOptions, start: Path, waiting: Callable[[str], None]) -> Marked:
    """Declare a stage's status. Raises BadArgument, Refused, GitError and OSError."""
    found, status = open_plan(options.plan, start), options.status
    with changing(found, waiting, dry_run=options.dry_run) as (opened, facts):
        (stage,) = select(opened.plan, [options.stage])
        commands = _landing(facts, stage, options.landed) if options.landed else []
        seen = read_overview(opened, facts)
        claim = seen.report.of(stage).work.claim if status in _ENDING else None
        if options.dry_run:
            changed = declared(opened.file, {stage.id: status}, seen.merged) is not None
            return Marked(stage, status, changed or bool(options.landed), claim)
        changed = declare(opened, {stage.id: status}, seen.merged) is not None
        if claim:
            commands.append(release_command(facts, stage, claim))
        if commands:
            patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    return Marked(stage, status, changed or bool(options.landed), claim)


def _landing(facts: Facts, stage: Stage, written: str) -> list[tuple[str, ...]]:
    """Return what records that a commit brought a stage's work into the target.

    Raises Refused when the target does not have the commit, and GitError.
    """
    root, target = facts.home.root, facts.target_commit
    commit = named_commit(root, written)
    name = (facts.target or "").removeprefix(HEADS)
    if commit is None:
        fetch = f"git -C {quote(str(root))} fetch"
        raise Refused([f"there is no commit {written} here: {fetch}, or name another one"])
    if target is None or not is_ancestor(root, commit, target):
        log = f"git -C {quote(str(root))} log {quote(name)}"
        raise Refused([f"{name} does not have {commit[:10]}: see which commit brought it: {log}"])
    head = facts.last_tip(stage) or commit
    record = make_landing_record(root, commit, head)
    old = facts.refs.get(landed_ref(facts.plan, stage))
    return [gitrefs.put(landed_ref(facts.plan, stage), record, old.object_id if old else None)]
