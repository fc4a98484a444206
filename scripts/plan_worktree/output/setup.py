"""What setup did, and how --each and --prove-gates went in every worktree."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote

from plan_worktree.gates.gates import Ran
from plan_worktree.gates.side_by_side import Limits
from plan_worktree.output.findings import finding_line
from plan_worktree.output.gates import last_lines
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table
from plan_worktree.setup.prove_gates import Proved
from plan_worktree.setup.step import Action, Step


def emit_setup(
    steps: Sequence[Step], dry_run: bool, ended: Sequence[Ran], proved: Sequence[Proved]
) -> None:
    """Write what setup did as JSON."""
    each, gates = {one.stage: one for one in ended}, {one.stage: one for one in proved}
    stages = [
        {
            "id": step.stage.id,
            "action": step.action.value,
            "branch": step.stage.branch,
            "worktree": str(step.worktree),
            "base": step.base,
            "taken_from": step.taken.shown if step.taken else None,
            "copied": list(step.given.copied),
            "left_out": [left._asdict() for left in step.given.left_out],
            "slot": step.slot,
            "warnings": _warnings(step),
            "each": _each_fields(each.get(step.stage.id)),
            "gates": _gate_fields(gates.get(step.stage.id)),
            "error": step.error,
        }
        for step in steps
    ]
    emit("setup", {"dry_run": dry_run, "stages": stages})


def _each_fields(ended: Ran | None) -> dict[str, object] | None:
    if ended is None:
        return None
    return {"exit_code": ended.code, "seconds": round(ended.seconds, 3), "log": str(ended.log)}


def _gate_fields(proved: Proved | None) -> dict[str, object] | None:
    if proved is None:
        return None
    seconds = round(proved.seconds, 3)
    return {"failed": proved.failed, "seconds": seconds, "log": str(proved.log)}


def show_setup(steps: Sequence[Step], dry_run: bool) -> None:
    """Show what setup did as a table."""
    headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "BASE", "WORKTREE")
    table(
        headers,
        [(s.stage.id, s.action.value, s.stage.branch, s.base[:10], str(s.worktree)) for s in steps],
    )
    if not steps:
        note("every stage has landed: nothing to set up")


def note_setup(steps: Sequence[Step], dry_run: bool) -> bool:
    """Say what people should know of what setup did; return whether a stage failed."""
    for step in steps:
        if step.taken and step.action is not Action.FAILED:
            verb = "would be" if dry_run else "was"
            note(f"stage {step.stage.id}: its branch {verb} taken from {step.taken.shown}")
    for step in steps:
        note(*_given(step))
    failed = [step for step in steps if step.action is Action.FAILED]
    for step in failed:
        note(*f"stage {step.stage.id} failed: {step.error}".split("\n"))
    return bool(failed)


def _given(step: Step) -> Iterator[str]:
    """Say what a new worktree got besides its files; a folder stands for all that is in it."""
    given, name = step.given, step.stage.id
    if given.copied:
        yield f"stage {name}: copied {_bounded(_tops(given.copied))} (.worktreeinclude)"
    for reason in dict.fromkeys(left.reason for left in given.left_out):
        paths = _tops([left.path for left in given.left_out if left.reason == reason])
        yield f"stage {name}: left out {_bounded(paths)}: {reason}"


def note_warnings(steps: Sequence[Step]) -> None:
    """Say what is wrong in new worktrees that stay as they are."""
    for step in steps:
        for warning in _warnings(step):
            note(*f"stage {step.stage.id}: warning: {warning}".split("\n"))


def _warnings(step: Step) -> list[str]:
    return [*step.given.warnings, *([step.no_file] if step.no_file else [])]


def _tops(paths: Sequence[str]) -> list[str]:
    """Return paths with one entry for all in the same folder of the root."""
    tops = Counter(path.partition("/")[0] for path in paths if "/" in path.rstrip("/"))
    folders = [
        f"{top}/ ({count} {'file' if count == 1 else 'files'})" for top, count in tops.items()
    ]
    return [*folders, *(path for path in paths if "/" not in path.rstrip("/"))]


def _bounded(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 8} more" if len(paths) > 8 else ""
    return f"{', '.join(paths[:8])}{more}"


def head_words(what: str, count: int, limits: Limits) -> str:
    """Say what is going to run in so many worktrees."""
    at_once = min(limits.at_once, count)
    where = "1 worktree" if count == 1 else f"{count} worktrees, {at_once} at once"
    return f"in {where}: {what}"


def each_words(ended: Ran, limits: Limits) -> Iterator[str]:
    """Say in one line how the command ended for a stage; of a failure yield the last lines."""
    how = f"exit code {ended.code}"
    if ended.code is None:
        how = f"ended, for it took longer than {limits.timeout:g} s"
    elif ended.code < 0:
        how = f"ended by signal {-ended.code}"
    line = f"stage {ended.stage}: {how}, after {ended.seconds:.1f} s"
    if ended.code == 0:
        yield f"{line}: {ended.last}" if ended.last else line
        return
    yield f"{line}; its worktree stays; all that it printed: {ended.log}"
    for said in last_lines(ended.log):
        yield f"[{ended.stage}] {said}"


def gate_words(proved: Proved) -> Iterator[str]:
    """Say in one line what came of a stage's gates."""
    if proved.finding:
        yield finding_line(proved.finding, sys.stderr)
    else:
        time = f"after {proved.seconds:.1f} s"
        yield f"stage {proved.stage}: fails before the work, as it should, {time}: {proved.failed}"


def show_left(left: Mapping[str, Sequence[str]], exclude: Path) -> None:
    """Say what commands left that git neither tracks nor ignores, and how to have it ignored.

    `exclude` is the repository's own file of patterns (gitignore(5), "info/exclude").
    """
    for path, stages in left.items():
        command = f"echo {quote(f'/{path}'.rstrip('/'))} >> {quote(str(exclude))}"
        # Other characters may mean something in a pattern.
        advice = f": to have it ignored: {command}" if re.fullmatch(r"[\w./-]+", path) else ""
        note(f"{path} is untracked now in {', '.join(stages)}{advice}")
