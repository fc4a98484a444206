"""What is asked of a merge, and a landing that is planned: which stage, how, what it will give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from plan_worktree.gates.side_by_side import Limits
from plan_worktree.git.worktrees import Unlike
from plan_worktree.plan.model import Stage
from plan_worktree.state.overview import Overview

Say = Callable[[str], None]


class Method(StrEnum):
    """How a stage's work becomes part of the target."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """What the caller asks for; `detached` lands without a working tree.

    `subject` is the first line of a squash's message, None for the usual one. With `verify` only
    what was proved lands: gates run within the `limits`, and with `keep` the scratch worktree of
    one that failed stays.
    """

    plan: str | None
    stages: tuple[str, ...]
    method: Method
    detached: bool = False
    verify: bool = False
    dry_run: bool = False
    subject: str | None = None
    keep: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Merging:
    """A merge that goes on: what each of its landings needs.

    In what is `seen`, home is the worktree that stages land in; where they land without a working
    tree, the `options` ask for that. `changed` are the uncommitted changes in home, None without a
    working tree. `waiting` gets what the caller waits for.
    """

    seen: Overview
    options: MergeOptions
    changed: Unlike | None
    waiting: Say


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

    @property
    def is_new(self) -> bool:
        """Whether it brings the target something."""
        return self.after != self.before

    def moved_to(self, at: str) -> Landing:
        """Return it from where the target is really now: git has made its own commits."""
        return replace(self, before=at, after=self.after if self.is_new else at)
