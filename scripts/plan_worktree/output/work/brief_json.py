"""What ``brief --json`` says (schemas/)."""

from __future__ import annotations

from collections.abc import Sequence

from plan_worktree.output.counts import count_fields
from plan_worktree.plan.parts.filelist import FileEntry
from plan_worktree.project.variables import first_port
from plan_worktree.stages.brief import Brief, Delivered

_LETTERS = {"A": "create", "M": "modify", "T": "modify", "D": "delete"}


def change_of(letter: str) -> str:
    """Return the word for what git-diff-tree(1) says of a file with a letter."""
    return _LETTERS.get(letter, "modify")


def brief_fields(brief: Brief) -> dict[str, object]:
    """Return a brief's fields as JSON has them."""
    return {
        "plan_id": brief.opened.plan.plan_id,
        "plan": str(brief.opened.path),
        "id": brief.stage.id,
        "name": brief.stage.name,
        "state": brief.state.value,
        "owner": brief.claim.owner if brief.claim else None,
        "branch": brief.stage.branch,
        "worktree": str(brief.worktree) if brief.worktree else None,
        "slot": brief.slot,
        "port": first_port(brief.slot),
        "target": brief.target,
        "base": brief.base,
        "head": brief.head,
        "stale": brief.stale,
        "waiting_for": list(brief.waiting_for),
        "drift": brief.drift,
        "blocked": brief.blocked,
        "goal": brief.goal,
        "constraints": brief.constraints,
        "conventions": [one._asdict() for one in brief.conventions.parts],
        "section": brief.section,
        "cut": list(brief.cut),
        "files": [_entry(entry) for entry in brief.files],
        "parallel": _files_of(brief.others),
        "finished": _files_of(brief.finished),
        "delivered": [_delivered(one) for one in brief.delivered],
        "notes": [
            {"id": one.stage, "owner": one.owner or None, "text": one.text} for one in brief.notes
        ],
        "changed": list(brief.changed),
        "said_for": brief.said_for,
        "gates": list(brief.gates),
        "verify": list(brief.stage.verify),
        "todo": count_fields(brief.todo),
    }


def _files_of(stages: Sequence[tuple[str, Sequence[FileEntry]]]) -> list[dict[str, object]]:
    return [{"id": name, "files": [_entry(entry) for entry in files]} for name, files in stages]


def _entry(entry: FileEntry) -> dict[str, str]:
    return {"change": entry.change.value, "path": entry.path}


def _delivered(one: Delivered) -> dict[str, object]:
    return {
        "id": one.stage.id,
        "state": one.state.value,
        "promise": one.promise.text,
        "promise_cut": one.promise.is_cut,
        "branch": one.stage.branch,
        "base": one.base,
        "head": one.head,
        "commits": [{"commit": commit, "subject": subject} for commit, subject in one.commits],
        "commits_left": one.commits_left,
        "files": [{"change": change_of(letter), "path": path} for path, letter in one.files],
        "files_left": one.files_left,
    }
