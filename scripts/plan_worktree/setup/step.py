"""What setup does for one stage, and whom it tells how it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from plan_worktree.plan.model import Stage
from plan_worktree.setup.populate import (
    NOTHING,
    Given,
    Percentage,
    Waiting,
)
from plan_worktree.state.repository.upstreams import Upstream


class Action(StrEnum):
    """What setup does, or did, for a stage."""

    CREATED = "created"
    KEPT = "kept"
    REPAIRED = "repaired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One stage's part of a setup. `base` is the commit its branch starts or started from.

    `is_new` when its worktree is made, or made whole, in this run. `taken` is the remote branch
    whose commit a new branch gets, None where it gets its base. `given` is what a new worktree
    got besides its files. `slot` is the worktree's, None where it has none yet, and `no_file` says
    why the file of variables in it is not written, None when it is or there is to be none.
    """

    stage: Stage
    action: Action
    worktree: Path
    base: str
    new_branch: bool
    is_new: bool = False
    error: str | None = None
    taken: Upstream | None = None
    given: Given = NOTHING
    slot: int | None = None
    no_file: str | None = None

    @property
    def tip(self) -> str:
        """The commit that a new branch gets."""
        return self.taken.commit if self.taken else self.base

    def warned(self, words: str) -> Step:
        """Return the step with one warning more."""
        warnings = (*self.given.warnings, words)
        return replace(self, given=self.given._replace(warnings=warnings))


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom setup tells how it goes: of waiting, of each stage's percentage, of each step done.

    Of percentages only when somebody looks on.
    """

    waiting: Waiting
    done: Callable[[Step], None]
    percentage: Callable[[str, int], None] | None = None

    def of_stage(self, stage: Stage) -> Percentage | None:
        """Return whom to tell the percentage of one stage."""
        tell = self.percentage
        return None if tell is None else lambda percent: tell(stage.id, percent)
