"""setup --prove-gates: each stage's gates run before the work, and one of them has to fail.

Gates that all pass already would pass as well if nobody did anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.gates.gates import Listener, Site, run_gates
from plan_worktree.gates.side_by_side import Limits, Running, Watch, side_by_side
from plan_worktree.git.worktrees import stands_unchanged_on
from plan_worktree.lint.codes import CODES
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.setup.step import Action, Step

_CODE = "PW604"


class Proved(NamedTuple):
    """The first of a stage's gates that failed before the work, None when all of them passed.

    They took so many seconds; `log` holds what the last gate printed. `finding` says it when all
    passed.
    """

    stage: str
    failed: str | None
    seconds: float
    log: Path | None
    finding: Diagnostic | None


def not_begun(steps: Iterable[Step]) -> list[Step]:
    """Return the steps of stages that have gates and nobody's work in their worktrees.

    Untracked files may be what --each left. Raises GitError.
    """
    return [
        step
        for step in steps
        if step.stage.verify
        and step.action is not Action.FAILED
        and stands_unchanged_on(step.worktree, step.base)
    ]


def prove_gates(
    opened: Opened, steps: list[Step], limits: Limits, watch: Watch[Proved]
) -> list[Proved]:
    """Run the gates of stages in their worktrees, each stage's until one fails.

    Raises Refused and OSError when a log cannot be written.
    """
    home, plan_id = opened.require_home(), opened.plan.plan_id

    def prove(running: Running, step: Step) -> Proved:
        stage = step.stage
        site = Site(home, plan_id, stage.id, step.worktree, step.slot)
        listener = Listener(heard=partial(watch.said, stage.id))
        ran = run_gates(running, site, stage.verify, listener)
        failed = next((one.line for one in ran if not one.passed), None)
        seconds = sum(one.seconds for one in ran)
        finding = None if failed else _finding(opened, step)
        proved = Proved(stage.id, failed, seconds, ran[-1].log, finding)
        watch.ended(proved)
        return proved

    return side_by_side(limits, prove, steps)


def _finding(opened: Opened, step: Step) -> Diagnostic:
    stage, metadata = step.stage, opened.file.metadata
    line, column = metadata.position("stages", stage.position, "verify") if metadata else (1, 1)
    message = (
        f'every gate of stage "{stage.id}" passes before the work: add one that fails until the '
        "work is done, such as the tests that come with it"
    )
    severity = CODES[_CODE].severity
    return Diagnostic(opened.file.name, line, column, _CODE, message, severity)
