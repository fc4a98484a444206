"""What came of a run: what landed, what is blocked and why, what it took, where the logs are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from shlex import quote

import click

from plan_worktree.output.terminal import note, say, table
from plan_worktree.running.only_one import Running
from plan_worktree.running.record import Outcome, StageRecord, Summary
from plan_worktree.running.side_commands import Lands
from plan_worktree.running.supervisor import RunOptions
from plan_worktree.state.status import DONE, State

_CODES = {Outcome.DONE: 0, Outcome.BLOCKED: 1, Outcome.OUTSIDE: 1, Outcome.INTERRUPTED: 130}


def show_summary(summary: Summary, options: RunOptions, as_json: bool) -> int:
    """Show what came of a run; return the exit code that follows."""
    if as_json:
        click.echo(json.dumps(summary_fields(summary)))
        return _CODES[summary.outcome]
    rows: list[tuple[str, ...]] = [
        (
            one.stage,
            summary.states[one.stage],
            str(one.attempts or "-"),
            f"{one.seconds:.1f} s" if one.seconds else "-",
            f"{one.cost:.2f} USD" if one.cost is not None else "-",
            (one.landed or one.commit or "-")[:10],
            (one.worker or "-").partition("@")[0],
        )
        for one in summary.stages
    ]
    headers: tuple[str, ...] = (
        "STAGE", "STATE", "ATTEMPTS", "TIME", "COST", "COMMIT", "WORKER",
    )  # fmt: skip
    if summary.cost is None:
        headers, rows = (*headers[:4], *headers[5:]), [(*row[:4], *row[5:]) for row in rows]
    table(headers, rows)
    say(*_lines(summary, options))
    return _CODES[summary.outcome]


def _lines(summary: Summary, options: RunOptions) -> Iterator[str]:
    for one in summary.stages:
        if one.why:
            yield f"stage {one.stage}: {one.why}{f'; log: {one.log}' if one.log else ''}"
    yield from summary.reasons
    if len(summary.chain) > 1:
        yield f"longest chain: {' > '.join(summary.chain)} ({summary.chain_seconds:.1f} s)"
    if summary.removed:
        yield f"worktrees taken away: {', '.join(summary.removed)}"
    cost = f", {summary.cost:.2f} USD" if summary.cost is not None else ""
    yield f"{_counted(summary)} in {summary.seconds:.1f} s{cost}"
    yield f"logs: {summary.logs}"
    yield f"page: {summary.page}"
    yield from _next(summary, options)


def _counted(summary: Summary) -> str:
    states = list(summary.states.values())
    found = [f"{states.count(s)} {s}" for s in State if states.count(s)]
    total = "1 stage" if len(states) == 1 else f"{len(states)} stages"
    return f"{summary.outcome}: {total}: {', '.join(found)}"


def _next(summary: Summary, options: RunOptions) -> Iterator[str]:
    """Yield the one line that says what to do next."""
    plan = quote(summary.plan_id)
    blocked = [one for one in summary.stages if summary.states[one.stage] == State.BLOCKED]
    if summary.outcome is Outcome.OUTSIDE:
        yield f"see what was changed there, then go on: plan-worktree run {plan}"
    elif summary.outcome is Outcome.INTERRUPTED:
        yield f"to go on: plan-worktree run {plan}"
    elif blocked:
        mark = f"plan-worktree mark {plan} {blocked[0].stage} in-progress"
        yield f"when {blocked[0].stage} is no longer blocked: {mark}"
    elif summary.outcome is Outcome.DONE and options.lands is Lands.NOT:
        unlanded = any(state == State.COMPLETE for state in summary.states.values())
        if unlanded:
            yield f"to land it: plan-worktree merge {plan} --verify"
    elif summary.outcome is Outcome.BLOCKED:
        yield f"to see where it stands: plan-worktree status {plan}"


def summary_fields(summary: Summary) -> dict[str, object]:
    """Return a summary's fields as JSON has them."""
    return {
        "kind": "run",
        "version": 1,
        "plan_id": summary.plan_id,
        "outcome": summary.outcome.value,
        "seconds": round(summary.seconds, 3),
        "cost": summary.cost,
        "stages": [_stage_fields(one, summary.states[one.stage]) for one in summary.stages],
        "chain": list(summary.chain),
        "chain_seconds": round(summary.chain_seconds, 3),
        "reasons": list(summary.reasons),
        "removed": list(summary.removed),
        "logs": summary.logs,
        "page": summary.page,
    }


def _stage_fields(one: StageRecord, state: str) -> dict[str, object]:
    return {
        "id": one.stage,
        "state": state,
        "worker": one.worker,
        "attempts": one.attempts,
        "seconds": round(one.seconds, 3),
        "cost": one.cost,
        "turns": one.turns,
        "commit": one.commit,
        "landed": one.landed,
        "why": one.why if state not in DONE or one.why else None,
        "log": one.log,
    }


def show_stopped(where: Running | None, plan_id: str) -> None:
    """Show that a run has ended, or that there is none."""
    if where is None:
        note(f"no run of {plan_id} is at work here")
    else:
        say(f"the run of {plan_id} has ended: {where.words}")
