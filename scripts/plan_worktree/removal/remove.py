"""remove: takes worktrees away, and branches whose work has landed.

Refuses whatever would be lost; with force it is saved first, and what cannot be saved still
refuses. A directory is renamed before anything is deleted, and looked at again under its new
name, where nobody writes into it by accident: what goes was proved to be in a commit, or saved, or
is ignored by git. A branch is deleted only at the commit that was examined, so work that arrives
in between stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.change.leftover_entries import leftovers
from plan_worktree.git.files import (
    worktree_git_directory,
)
from plan_worktree.git.process import GitError, require_version
from plan_worktree.plan.model import Stage
from plan_worktree.plan.parts.todo import removing
from plan_worktree.planfiles.arguments import plan_and_stages
from plan_worktree.planfiles.boxes import tick_removal
from plan_worktree.planfiles.find import Found, plan_paths
from plan_worktree.planfiles.open_plan import InvalidPlan, Opened, open_found, open_plan, select
from plan_worktree.project.home import Home, find_home
from plan_worktree.project.processes import running_processes
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused, about
from plan_worktree.removal.content import Content, read_content
from plan_worktree.removal.ignored import ignored_files, ignored_parts
from plan_worktree.removal.losses import find_losses
from plan_worktree.removal.step import Progress, Removal, RemoveOptions, RemoveStep
from plan_worktree.removal.take_away import execute_remove
from plan_worktree.state.branches.ends import read_ends
from plan_worktree.state.claimed import read_claimed
from plan_worktree.state.gone_parts import kept_in_gone
from plan_worktree.state.obstacles import moved_here
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.status import Report, StageReport, State, read_states, read_status
from plan_worktree.worktrees.deletion import delete_removed, remove_empty


def plan_remove(
    facts: Facts, report: Report, stages: Sequence[Stage], options: RemoveOptions
) -> list[RemoveStep]:
    """Decide what to take away. Raises Refused, naming everything that would be lost."""
    wanted = {stage.id for stage in stages}
    entries = [
        entry
        for entry in report.stages
        if entry.stage.id in wanted and (entry.work.merged or not options.merged)
    ]
    processes = running_processes()
    refusals = []
    steps = []
    for entry in entries:
        step = _step(facts, entry, options)
        losses = find_losses(facts, entry, step.content, step.ignored, processes)
        steps.append(step)
        reasons = losses.final if options.force else (*losses.final, *losses.savable)
        if options.force and not options.stages and (busy := _at_work(facts, entry)):
            reasons = (*reasons, busy)
        refusals += [about(f"stage {entry.stage.id}", why) for why in reasons]
    if refusals:
        raise Refused(refusals)
    return steps


def _beside_kept(
    report: Report, wanted: Sequence[Stage], steps: Sequence[RemoveStep]
) -> Iterator[RemoveStep]:
    """Yield every wanted stage, in the order of the plan, and why it goes or stays.

    A stage that has nothing to take away is left out.
    """
    going = {step.stage.id: step for step in steps}
    target = report.target or "the target"
    for entry in report.among({stage.id for stage in wanted}):
        path = entry.work.worktree
        if step := going.get(entry.stage.id):
            yield replace(step, why=f"its work is in {target}")
        elif path or entry.work.branch:
            why = f"{entry.state}: not in {target}"
            yield RemoveStep(entry.stage, Removal.KEPT, path, why=why)


def _at_work(facts: Facts, entry: StageReport) -> str | None:
    """Say who works on a stage that nobody has named, None when nobody does."""
    claimed = read_claimed(facts, entry)
    if claimed is None or claimed.signs.quiet:
        return None
    named = f"plan-worktree remove {quote(facts.plan.plan_id)} {entry.stage.id} --force"
    return f"its owner is at work, {claimed.words}: to remove it all the same, {named}"


def plan_remove_gone(facts: Facts, stages: Sequence[Stage]) -> list[RemoveStep]:
    """Decide which of the stages' worktree entries to drop: those whose directory is gone.

    Raises Refused when something was staged in one.
    """
    entries = [(stage, facts.worktree_of(stage)) for stage in stages]
    gone = [
        (stage, entry)
        for stage, entry in entries
        if entry
        and entry.locked is None
        and not entry.path.exists()
        # One that was moved to where the plan says is not gone: setup tells git.
        and not moved_here(facts, stage)
    ]
    refusals = [
        about(f"stage {stage.id}", why) for stage, e in gone if (why := kept_in_gone(facts, e))
    ]
    if refusals:
        raise Refused(refusals)
    return [RemoveStep(stage, Removal.REMOVED, entry.path) for stage, entry in gone]


def _content(facts: Facts, stage: Stage, options: RemoveOptions) -> Content | None:
    """Look into a stage's worktree; None where there is none, or not what git thinks it is."""
    entry = facts.worktree_of(stage)
    if entry is None or entry.path == facts.home.root:
        return None
    directory = worktree_git_directory(entry.path, facts.home.git_directory)
    if directory is None:
        return None
    ignored = ignored_files(entry.path) if options.include_ignored else ()
    return read_content(entry.path, directory, ignored)


def _step(facts: Facts, entry: StageReport, options: RemoveOptions) -> RemoveStep:
    stage, branch = entry.stage, entry.work.branch
    has_work = branch is not None and branch.has_own_commits
    landed = branch is not None and branch.has_landed
    head = facts.head(stage) if facts.base(stage) else None
    if has_work and not landed and not options.delete_branch:
        head = None  # refused without force; with it, the branch keeps its commits
    listed, path = facts.worktree_of(stage), entry.work.worktree
    users = [w for w in facts.worktrees.values() if w.branch == HEADS + stage.branch]
    if any(listed is None or user.path != listed.path for user in users):
        head = None  # somebody has it checked out elsewhere
    content = _content(facts, stage, options)
    ignored = ignored_parts(path) if path and content and not options.include_ignored else ()
    action = Removal.REMOVED if path or head else Removal.ABSENT
    # A branch may hold the last of what a dependency had, too.
    keep_tip = has_work or (branch is not None and branch.ahead != 0)
    if action is Removal.ABSENT and facts.head(stage) is None:  # it is on the remote alone
        keep_tip = False
    return RemoveStep(stage, action, path, content, head, keep_tip, tuple(ignored))


def run_remove(options: RemoveOptions, start: Path, progress: Progress) -> list[RemoveStep]:
    """Take worktrees away, or in a dry run return what would be done. Raises like `run_setup`.

    Of entries whose directory is gone, those of all plans are meant when no plan is named.
    """
    require_version()
    plan, names = plan_and_stages(options.plan, options.stages, start)
    dry_run, every = options.dry_run, options.gone and options.plan is None
    plans = _every_plan(start) if every else [open_plan(plan, start)]
    results: list[RemoveStep] = []
    for found in plans:
        home = found.require_home()
        with changing(found, progress, dry_run=dry_run) as (opened, facts):
            wanted = select(opened.plan, names)
            ticks = not dry_run and any(not task.done for task in removing(opened.document))
            report = None
            if options.gone:
                report = read_states(read_ends(facts, opened.graph)) if ticks else None
                steps = plan_remove_gone(facts, wanted)
            else:
                report = read_status(facts, opened.graph)
                steps = plan_remove(facts, report, wanted, options)
                if dry_run and options.merged:
                    steps = list(_beside_kept(report, wanted, steps))
            for step in steps if options.gone else ():
                progress(f"{step.stage.id}: {step.worktree} is gone")
            if not dry_run:
                steps = execute_remove(facts, steps, options, progress, _reporter(progress))
            if ticks and report and _nothing_left(facts, report, steps):
                _tick(opened, progress)
            if not dry_run and (there := _still_there(facts, report, steps)):
                progress(f"note: {there}")
            trash = [] if dry_run else leftovers(home, map(facts.path, opened.plan.stages))
        results += steps
        _delete(trash, steps, home, progress)
        for step in () if dry_run or options.gone else steps:
            remove_empty(home.resolve(step.stage.worktree_path).parent, home.root.parent)
    return results


def _still_there(facts: Facts, report: Report | None, steps: Sequence[RemoveStep]) -> str | None:
    """Say which branches that have landed are left on the remote of a clone that shares, or None.

    They were pushed for the other clones, which may be about to start from them.
    """
    remote = facts.home.settings.shared_through()
    gone = [step.stage for step in steps if step.action is Removal.REMOVED and step.head]
    entries = report.among([stage.id for stage in gone]) if remote and report else []
    left = [
        above.branch
        for entry in entries
        if entry.state is State.MERGED and (above := facts.upstream(entry.stage))
    ]
    if not left:
        return None
    words = ["push", quote(remote or ""), "--delete", *map(quote, left)]
    delete = f"git -C {quote(str(facts.home.root))} {' '.join(words)}"
    return f"on {remote} the branches are left: {delete}"


def _nothing_left(facts: Facts, report: Report, steps: Sequence[RemoveStep]) -> bool:
    """Tell whether every stage has landed and, after the steps, none has a worktree."""
    removed = {step.stage.id for step in steps if step.action is Removal.REMOVED}
    return all(
        entry.state is State.MERGED
        and (entry.stage.id in removed or facts.worktree_of(entry.stage) is None)
        for entry in report.stages
    )


def _tick(opened: Opened, tell: Progress) -> None:
    """Tick the plan's line of removing. What was removed stays so where that fails."""
    try:
        tick_removal(opened)
    except (Refused, GitError, OSError) as error:
        tell(f"{opened.path} does not say yet that the worktrees are gone: {error}")


def _delete(
    leftover: Sequence[Path], steps: Sequence[RemoveStep], home: Home, tell: Progress
) -> None:
    """Delete what was renamed away, and the folders it leaves empty."""
    own = [step.trash for step in steps if step.trash]
    for path in dict.fromkeys([*own, *leftover]):
        try:
            delete_removed(path)
        except FileNotFoundError:  # another process deletes it, too
            continue
        except OSError as error:
            tell(f"waiting to be deleted, by the next remove: {path}: {error}")
        remove_empty(path.parent, home.root.parent)


def _reporter(progress: Progress) -> Callable[[RemoveStep], None]:
    return lambda step: progress(f"{step.stage.id}: {step.action}")


def _every_plan(start: Path) -> list[Opened]:
    home = find_home(start)
    if home is None:
        raise Refused([f"{start} is not in a git repository: name a plan"])
    found = []
    for path in plan_paths(home):
        try:
            found.append(open_found(Found(path, home), start))
        except InvalidPlan:  # a plan that cannot be read has no worktrees that we could name
            continue
    return found
