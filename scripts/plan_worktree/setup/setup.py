"""setup: a worktree and a branch for every stage.

Planning decides from facts what each stage needs and refuses, before the first change, when
anything foreign is in the way. Executing creates branch and base ref in one transaction, so a
branch of ours always has its base ref: that is how a foreign branch is told from one of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import NamedTuple

from plan_worktree.change.changing import changing
from plan_worktree.gates.gates import Ran
from plan_worktree.gates.side_by_side import Limits, Watch
from plan_worktree.git.process import require_version
from plan_worktree.git.repository import set_setting
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage, StageStatus
from plan_worktree.planfiles.arguments import plan_and_stages
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.project.home import Home
from plan_worktree.project.hooks import missing_hooks
from plan_worktree.project.refusal import BadArgument, Refused
from plan_worktree.project.settings import Settings, each_setting
from plan_worktree.setup.each import Place, left_untracked, run_each
from plan_worktree.setup.execute import execute_setup
from plan_worktree.setup.prove_gates import Proved, not_begun, prove_gates
from plan_worktree.setup.step import Action, Step, Watcher
from plan_worktree.state.branches.bases import find_bases
from plan_worktree.state.branches.branches import read_branches
from plan_worktree.state.branches.ends import read_ends
from plan_worktree.state.obstacles import moved_here, moved_target, no_target, obstacle
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.partial_clone import lacking, shallow_words
from plan_worktree.state.repository.slots import slot_of
from plan_worktree.state.status import read_states
from plan_worktree.state.unpulled import diverged_target, target_words
from plan_worktree.worktrees.environment_file import SETTING, not_a_place
from plan_worktree.worktrees.lock_marks import is_half_made


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
        heads = read_ends(facts, graph).heads
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
    slot = slot_of(facts, stage, path)
    return Step(stage, action, path, base, new_base is not None, is_new, taken=above, slot=slot)


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """What the caller asks for; with `ready` no stage that still waits for a dependency.

    `each` is the command that runs in every new worktree, and with `prove_gates` the gates of
    stages run that nobody has begun; both within the `limits`. `env_file` names the file of
    variables in every worktree from now on, by its path from there.
    """

    plan: str | None
    stages: tuple[str, ...] = ()
    ready: bool = False
    dry_run: bool = False
    each: str | None = None
    prove_gates: bool = False
    limits: Limits = field(default_factory=Limits)
    env_file: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a setup tells how it goes, in the order in which it does.

    `setting_up` surrounds the making of worktrees, `made` is told what was done, or in a dry run
    would be. `running` surrounds the commands of ``--each``, `proving` the gates: each is given in
    how many worktrees they run.
    """

    setting_up: Callable[[], AbstractContextManager[Watcher]]
    made: Callable[[Sequence[Step]], None]
    running: Callable[[int], AbstractContextManager[Watch[Ran]]]
    proving: Callable[[int], AbstractContextManager[Watch[Proved]]]


class SetUp(NamedTuple):
    """What was done for the stages of a plan, and how the commands ended that ran there.

    `left` are the paths that are untracked where commands ran, with the ids of the stages, and
    `exclude` is the repository's own file of patterns (gitignore(5), "info/exclude").
    """

    steps: Sequence[Step]
    exclude: Path
    ended: Sequence[Ran] = ()
    proved: Sequence[Proved] = ()
    left: Mapping[str, Sequence[str]] = MappingProxyType({})


def run_setup(options: SetupOptions, start: Path, audience: Audience) -> SetUp:
    """Set stages up, and run what is to run in their worktrees; or return what would be done.

    Raises Refused, GitError and OSError; a single stage's failure is in its step.
    """
    with audience.setting_up() as watcher:
        opened, steps = set_up(options, start, watcher)
    audience.made(steps)
    home = opened.require_home()
    exclude = home.git_directory / "info" / "exclude"
    if options.dry_run:
        return SetUp(steps, exclude)
    ended: list[Ran] = []
    proved: list[Proved] = []
    new = [Place(step.stage.id, step.worktree, step.slot) for step in steps if step.is_new]
    name = each_setting(opened.plan.plan_id)
    if options.each and options.each != home.settings.text(name):  # merge --verify runs it, too
        set_setting(home.root, name, options.each)
    if options.each and new:
        with audience.running(len(new)) as watch:
            ended = run_each(opened, options.each, new, options.limits, watch)
    if options.prove_gates and (untouched := not_begun(steps)):
        with audience.proving(len(untouched)) as watching:
            proved = prove_gates(opened, untouched, options.limits, watching)
    ran = {*(one.stage for one in ended), *(one.stage for one in proved)}
    places = [Place(s.stage.id, s.worktree, s.slot) for s in steps if s.stage.id in ran]
    left = left_untracked(home, places)
    return SetUp(_with_missing_hooks(home, steps), exclude, ended, proved, left)


def set_up(options: SetupOptions, start: Path, watcher: Watcher) -> tuple[Opened, list[Step]]:
    """Make what stages need, or in a dry run return what would be made. Raises like `run_setup`."""
    require_version()
    if options.env_file is not None and (why := not_a_place(options.env_file)):
        raise BadArgument(f"--env-file {quote(options.env_file)}: {why}; for example .env.stage")
    plan, names = plan_and_stages(options.plan, options.stages, start)
    found, dry_run = open_plan(plan, start, whole=True), options.dry_run
    with changing(found, watcher.waiting, dry_run=dry_run, whole=True) as (opened, facts):
        if facts.upstreams.behind and (where := diverged_target(facts) or target_words(facts)):
            watcher.waiting(f"note: {where}")
        for words in lacking(facts):
            watcher.waiting(f"note: {words}")
        wanted = select(opened.plan, names)
        stages = wanted if names else _not_landed(facts, opened, wanted)
        if options.ready:
            report = read_states(read_ends(facts, opened.graph))
            stages = [stage for stage in stages if not report.of(stage).waiting_for]
        steps = plan_setup(facts, opened.graph, stages, dry_run=dry_run)
        if not dry_run:
            current = _with_env_file(facts, options.env_file)
            steps = execute_setup(current, steps, opened.path, watcher)
        return opened, steps


def _with_env_file(facts: Facts, name: str | None) -> Facts:
    """Remember the name of the file of variables; return facts with the settings as they are then.

    Raises GitError.
    """
    home = facts.home
    if name is None or name == home.settings.text(SETTING):
        return facts
    set_setting(home.root, SETTING, name)
    return replace(facts, home=home._replace(settings=Settings(home.own_directory)))


def _with_missing_hooks(home: Home, steps: Sequence[Step]) -> list[Step]:
    """Add a warning to every new worktree that has no hooks where ``core.hooksPath`` leads."""
    return [
        step.warned(words)
        if step.is_new and (words := missing_hooks(home, step.worktree))
        else step
        for step in steps
    ]


def _not_landed(facts: Facts, opened: Opened, stages: Sequence[Stage]) -> list[Stage]:
    """Leave out the stages that have landed and have no branch here: they need no worktree.

    They were removed here, or built in another clone.
    """
    done = {s.id for s in stages if facts.saved(s) or s.status == StageStatus.COMPLETE}
    absent = {s.id for s in stages if s.id in done and not facts.head(s)}
    if not absent:
        return list(stages)
    branches = read_branches(read_ends(facts, opened.graph))
    landed = {name for name in absent if name in branches and branches[name].has_landed}
    return [stage for stage in stages if stage.id not in landed]
