"""setup: a worktree and a branch for every stage.

Planning decides from facts what each stage needs and refuses, before the first change, when
anything foreign is in the way. Executing creates branch and base ref in one transaction, so a
branch of ours always has its base ref: that is how a foreign branch is told from one of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from plan_worktree.change.changing import changing
from plan_worktree.git.process import require_version
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.project.hooks import missing_hooks
from plan_worktree.project.refusal import Refused
from plan_worktree.setup.execute import execute_setup
from plan_worktree.setup.step import Action, Step, Watcher
from plan_worktree.state.bases import find_bases
from plan_worktree.state.branches import read_branches
from plan_worktree.state.ends import stage_heads, stage_history
from plan_worktree.state.facts import Facts
from plan_worktree.state.obstacles import moved_here, moved_target, no_target, obstacle
from plan_worktree.state.partial_clone import lacking, shallow_words
from plan_worktree.state.status import read_states
from plan_worktree.state.unpulled import target_words
from plan_worktree.worktrees.marks import is_half_made


def plan_setup(facts: Facts, graph: Graph, stages: Sequence[Stage], *, dry_run: bool) -> list[Step]:
    """Decide what each stage needs. Raises Refused, naming everything that is in the way.

    With `dry_run` no commit is made for a branch that is to start from several others.
    """
    if homeless := no_target(facts):
        raise Refused([homeless])
    refusals = [moved] if (moved := moved_target(facts)) else []
    found = ((stage, obstacle(facts, stage)) for stage in stages)
    refusals += [f"stage {stage.id}: {why}" for stage, why in found if why]
    new = [stage for stage in stages if facts.head(stage) is None]
    there = {stage.id for stage in new if facts.upstream(stage) and not facts.saved(stage)}
    if there and (shallow := shallow_words(facts)):
        refusals.append(shallow)
    if refusals:
        raise Refused(refusals)
    bases = find_bases(facts, graph, [s for s in new if s.id not in there], dry_run=dry_run)
    if there:
        heads = stage_heads(facts, graph, stage_history(facts, graph))
        bases |= {name: heads[name][0] for name in there}
    return [_step(facts, stage, bases.get(stage.id), taken=stage.id in there) for stage in stages]


def _step(facts: Facts, stage: Stage, new_base: str | None, *, taken: bool) -> Step:
    path = facts.path(stage)
    entry = facts.worktree_at(path)
    action, is_new = Action.CREATED, True
    if entry:
        is_new = not facts.is_whole(entry)
        is_new = is_new or is_half_made(entry)
        action = Action.REPAIRED if is_new else Action.KEPT
    elif moved_here(facts, stage):
        action, is_new = Action.REPAIRED, False
    base = new_base or facts.base(stage) or facts.target_commit or ""
    above = facts.upstream(stage) if taken else None
    return Step(stage, action, path, base, new_base is not None, is_new, taken=above)


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """What the caller asks for; with `ready` no stage that still waits for a dependency."""

    plan: str | None
    stages: tuple[str, ...] = ()
    ready: bool = False
    dry_run: bool = False


Progress = Callable[[str], None]


class SetUp(NamedTuple):
    """A plan, and what was done for its stages."""

    opened: Opened
    steps: list[Step]


def run_setup(options: SetupOptions, start: Path, watcher: Watcher) -> SetUp:
    """Set stages up, or in a dry run return what would be done.

    Raises Refused, GitError and OSError; a single stage's failure is in its step.
    """
    require_version()
    found, dry_run = open_plan(options.plan, start, whole=True), options.dry_run
    with changing(found, watcher.waiting, dry_run=dry_run, whole=True) as (opened, facts):
        if facts.upstreams.behind and (where := target_words(facts)):
            watcher.waiting(f"note: {where}")
        for words in lacking(facts):
            watcher.waiting(f"note: {words}")
        wanted = select(opened.plan, options.stages)
        stages = wanted if options.stages else _not_landed(facts, opened, wanted)
        if options.ready:
            report = read_states(facts, opened.graph)
            stages = [stage for stage in stages if not report.of(stage).waiting_for]
        steps = plan_setup(facts, opened.graph, stages, dry_run=dry_run)
        if not dry_run:
            steps = execute_setup(facts, steps, opened.path, watcher)
        return SetUp(opened, steps)


def with_missing_hooks(made: SetUp) -> SetUp:
    """Add a warning to every new worktree that has no hooks where ``core.hooksPath`` leads."""
    home = made.opened.require_home()
    steps = [
        step.warned(words)
        if step.is_new and (words := missing_hooks(home, step.worktree))
        else step
        for step in made.steps
    ]
    return made._replace(steps=steps)


def _not_landed(facts: Facts, opened: Opened, stages: Sequence[Stage]) -> list[Stage]:
    """Leave out the stages that have landed and have no branch here: they need no worktree.

    They were removed here, or built in another clone.
    """
    done = {s.id for s in stages if facts.saved(s) or s.status == StageStatus.COMPLETE}
    absent = {s.id for s in stages if s.id in done and not facts.head(s)}
    if not absent:
        return list(stages)
    branches = read_branches(facts, opened.graph)
    landed = {name for name in absent if name in branches and branches[name].has_landed}
    return [stage for stage in stages if stage.id not in landed]
