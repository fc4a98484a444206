"""What is asked of a merge, and a landing that is planned: which stage, how, what it will give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plan_worktree.plan.model import Stage


class Method(StrEnum):
    """How a stage's work becomes part of the target."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """What the caller asks for; `detached` lands without a working tree.

    `subject` is the first line of a squash's message, None for the usual one.
    """

    plan: str | None
    stages: tuple[str, ...]
    method: Method
    detached: bool = False
    verify: bool = False
    dry_run: bool = False
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Landing:
    """One stage's landing, as it is predicted: from a commit of the target to a tree.

    `head` is the stage's tip, `after` the commit that the target stands on then: the one it stood
    on `before` where nothing is new. For a merge or squash in a working tree git makes another one
    with the same `tree`. `files` conflict; `reason` says why it cannot land and ends with what
    fixes it.
    """

    stage: Stage
    method: Method
    head: str
    before: str
    after: str
    tree: str
    message: str
    files: tuple[str, ...] = ()
    reason: str | None = None
