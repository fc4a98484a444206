"""Lines of a log: what states the stages of a plan are in, and then every change of one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from plan_worktree.diagnostics import printable
from plan_worktree.output.terminal import write
from plan_worktree.state.repository.records import written
from plan_worktree.state.status import Report, State

# What is said of each stage, by stage id.
Said: TypeAlias = Mapping[str, str]


def said_of(report: Report) -> Said:
    """Return the state of each stage, and who has it while it is in progress."""
    return {
        entry.stage.id: f"{entry.state} ({entry.work.claim.owner})"
        if entry.work.claim and entry.state is State.IN_PROGRESS
        else entry.state.value
        for entry in report.stages
    }


def changes(before: Said, after: Said) -> Iterator[str]:
    """Yield what is different of each stage; a stage that is new has only what it is now."""
    for stage, now in after.items():
        if stage not in before:
            yield f"{stage} {now}"
        elif before[stage] != now:
            yield f"{stage} {before[stage]} -> {now}"
    yield from (f"{stage} {was} -> no stage" for stage, was in before.items() if stage not in after)


def show_changes(before: Said, after: Said) -> None:
    """Write a line for each change, with the time; whoever reads them has them at once."""
    for line in changes(before, after):
        write(printable(f"{written(time.time())} {line}"))
    sys.stdout.flush()
