"""What setup, remove and restore did, as a table or as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote

from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table
from plan_worktree.plan.model import Stage
from plan_worktree.removal.restore import RestoreStep
from plan_worktree.removal.step import Removal, RemoveStep
from plan_worktree.setup.each import Ended
from plan_worktree.setup.step import Action, Step
from plan_worktree.state.facts import Saved


def show_setup(steps: Sequence[Step], dry_run: bool, as_json: bool) -> bool:
    """Show what setup did; return whether a stage failed."""
    if as_json:
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
                "warning": step.given.warning,
                "error": step.error,
            }
            for step in steps
        ]
        emit("setup", {"dry_run": dry_run, "stages": stages})
    else:
        headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "BASE", "WORKTREE")
        table(
            headers,
            [
                (s.stage.id, s.action.value, s.stage.branch, s.base[:10], str(s.worktree))
                for s in steps
            ],
        )
        if not steps:
            note("every stage has landed and was removed: nothing to set up")
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
    if given.warning:
        first, *more = given.warning.split("\n")
        yield f"stage {name}: warning: {first} failed; the worktree stays"
        yield from more


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


def show_each(ended: Sequence[Ended], timeout: float | None) -> bool:
    """Show where the command of --each failed; return whether it did."""
    failed = [one for one in ended if one.code != 0]
    for one in failed:
        how = f"took longer than {timeout:g} s" if one.code is None else f"exited with {one.code}"
        note(f"stage {one.stage}: the command {how}; its worktree stays")
    return bool(failed)


def show_left(left: Mapping[str, Sequence[str]], exclude: Path) -> None:
    """Say what --each left that git neither tracks nor ignores, and how to have it ignored.

    `exclude` is the repository's own file of patterns (gitignore(5), "info/exclude").
    """
    for path, stages in left.items():
        command = f"echo {quote(f'/{path}'.rstrip('/'))} >> {quote(str(exclude))}"
        # Other characters may mean something in a pattern.
        advice = f": to have it ignored: {command}" if re.fullmatch(r"[\w./-]+", path) else ""
        note(f"{path} is untracked now in {', '.join(stages)}{advice}")


def show_remove(steps: Sequence[RemoveStep], dry_run: bool, as_json: bool) -> bool:
    """Show what remove did; return whether a stage failed."""
    if as_json:
        stages = [
            {
                "id": step.stage.id,
                "action": step.action.value,
                "branch": step.stage.branch,
                "worktree": str(step.worktree) if step.worktree else None,
                "branch_deleted": step.head is not None and step.action is Removal.REMOVED,
                "saved": step.saved,
                "error": step.error,
            }
            for step in steps
        ]
        emit("remove", {"dry_run": dry_run, "stages": stages})
    elif steps:
        headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "WORKTREE")
        rows = [
            (s.stage.id, s.action.value, _branch_fate(s), str(s.worktree or "-")) for s in steps
        ]
        table(headers, rows)
    else:
        note("nothing to remove")
    for step in steps:
        if step.ignored and step.action is Removal.REMOVED:
            listed = ", ".join(f"{part.path} ({_size(part.size)})" for part in step.ignored[:5])
            more = f" and {len(step.ignored) - 5} more" if len(step.ignored) > 5 else ""
            verb = "would go" if dry_run else "went"
            note(f"stage {step.stage.id}: ignored files {verb} with it, unsaved: {listed}{more}")
    failed = [step for step in steps if step.action is Removal.FAILED]
    for step in failed:
        note(*f"stage {step.stage.id} failed: {step.error}".split("\n"))
    return bool(failed)


def show_restore(step: RestoreStep, dry_run: bool, as_json: bool) -> None:
    """Show what was brought back."""
    stage, action = step.stage, "kept" if step.is_done else "restored"
    if as_json:
        fields = {
            "id": stage.id,
            "action": action,
            "branch": stage.branch,
            "worktree": str(step.worktree),
            "saved": step.saved.ref.name,
        }
        emit("restore", {"dry_run": dry_run, "stages": [fields]})
        return
    headers = ("STAGE", "WOULD BE" if dry_run else "ACTION", "BRANCH", "SAVED", "WORKTREE")
    table(headers, [(stage.id, action, stage.branch, step.saved.time, str(step.worktree))])


def show_saved(saved: Sequence[tuple[Stage, Saved]], as_json: bool) -> None:
    """List what is saved."""
    if as_json:
        fields = [
            {
                "id": stage.id,
                "time": one.time,
                "files": one.is_snapshot,
                "tip": one.tip,
                "ref": one.ref.name,
            }
            for stage, one in saved
        ]
        emit("saved", {"saved": fields})
        return
    if not saved:
        note("nothing is saved of this plan's stages")
        return
    rows = [
        (
            stage.id,
            one.time,
            "worktree" if one.is_snapshot else "branch",
            one.tip[:10],
            one.ref.name,
        )
        for stage, one in saved
    ]
    table(("STAGE", "SAVED", "WHAT", "TIP", "REF"), rows)


def _branch_fate(step: RemoveStep) -> str:
    if step.head is None:
        return f"{step.stage.branch} (kept)" if step.keep_tip else "-"
    deleted = step.action is Removal.REMOVED
    return f"{step.stage.branch} ({'deleted' if deleted else 'kept'})"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
