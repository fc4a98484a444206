"""run: one plan from where it stands to its end, and a summary of what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace

from plan_worktree.change.changing import catch_up
from plan_worktree.git.process import GitError
from plan_worktree.planfiles.open_plan import Opened, refreshed
from plan_worktree.project.refusal import Refused
from plan_worktree.removal.remove import run_remove
from plan_worktree.removal.step import Removal, RemoveOptions
from plan_worktree.running.engines import Engine, Local
from plan_worktree.running.only_one import only_run, run_folder
from plan_worktree.running.prepare import hand_over
from plan_worktree.running.record import Outcome, StageRecord, Summary, longest_chain, whys
from plan_worktree.running.side_commands import Lands
from plan_worktree.running.supervisor import Audience, RunOptions, Supervisor
from plan_worktree.running.workers.events import Kind, event
from plan_worktree.running.workers.stopping import Stop
from plan_worktree.state.repository.facts import facts_for_reading
from plan_worktree.state.status import DONE, Report, State, read_status

# Where workers run: given a plan, how many, and who is told, it has an engine for a while.
Place = Callable[[Opened, int, Callable[[str], None]], AbstractContextManager[Engine]]


def read_now(opened: Opened) -> Report:
    """Return where every stage stands now. Raises GitError."""
    now = refreshed(opened)
    return read_status(facts_for_reading(now), now.graph)


def run_plan(
    opened: Opened, options: RunOptions, audience: Audience, stop: Stop, place: Place | None = None
) -> Summary:
    """Run a plan to its end, on this machine or in a `place`.

    Raises BadArgument, Refused, GitError and OSError.
    """
    home, plan_id = opened.require_home(), opened.plan.plan_id
    began = time.monotonic()

    def say(text: str) -> None:
        audience.tell(event(Kind.NOTE, text))

    with only_run(home, plan_id), (place or _here)(opened, options.workers, say) as engine:
        supervisor = Supervisor(opened, options, engine, audience, stop)
        hand_over(opened, read_now(opened), supervisor.owners, say)
        supervisor.go()
        with suppress(Refused, GitError, OSError):  # then it counts what is known here
            catch_up(opened, say)
        report = read_now(opened)
        wanted = {State.MERGED} if options.lands is Lands.LAND else DONE
        is_done = all(entry.state in wanted for entry in report.stages)
        if is_done and options.remove and supervisor.outcome is None:
            _remove(opened, supervisor, say)
    return _summary(supervisor, opened, report, time.monotonic() - began, is_done=is_done)


@contextmanager
def _here(opened: Opened, _workers: int, _say: Callable[[str], None]) -> Iterator[Engine]:
    home = opened.require_home()
    yield Local(home.root, run_folder(home, opened.plan.plan_id))


def _remove(opened: Opened, supervisor: Supervisor, say: Callable[[str], None]) -> None:
    """Take the worktrees away; what keeps one is a reason in the summary."""
    asked = RemoveOptions(str(opened.path), merged=True)
    try:
        steps = run_remove(asked, opened.require_home().root, say)
    except Refused as why:
        supervisor.reasons += why.reasons
        return
    supervisor.removed += [s.stage.id for s in steps if s.action is Removal.REMOVED]
    supervisor.reasons += [f"stage {s.stage.id}: {s.error}" for s in steps if s.error]


def _summary(
    supervisor: Supervisor, opened: Opened, report: Report, seconds: float, *, is_done: bool
) -> Summary:
    record, plan_id = supervisor.record, opened.plan.plan_id
    reasons = whys(report.stages, record)
    outcome = supervisor.outcome or (Outcome.DONE if is_done else Outcome.BLOCKED)
    stages = []
    for entry in report.stages:
        name = entry.stage.id
        known = record.stages.get(name) or StageRecord(name)
        is_through = entry.state is State.MERGED or (entry.state in DONE and not known.why)
        why = None if is_through else reasons.get(name)
        stages.append(replace(known, why=why))
    if outcome is Outcome.BLOCKED:
        supervisor.reasons += supervisor.landing.trouble
    if outcome is Outcome.BLOCKED and not any(one.why for one in stages):
        supervisor.reasons += dict.fromkeys(supervisor.stuck.values())
    times = {one.stage: one.seconds for one in stages}
    chain, took = longest_chain(opened.graph, times)
    return Summary(
        plan_id,
        outcome,
        seconds,
        {entry.stage.id: entry.state.value for entry in report.stages},
        tuple(stages),
        chain,
        took,
        tuple(supervisor.reasons),
        tuple(supervisor.removed),
        str(opened.require_home().git_directory / "plan-worktree" / "logs" / plan_id),
        str(supervisor.page.path),
    )
