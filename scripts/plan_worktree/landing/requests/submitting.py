"""What is asked of submit, and what it finds, decides and reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from plan_worktree.landing.forges.protocol import Forge, Request, Wanted
from plan_worktree.landing.requests.body import Place
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.status import State

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SubmitOptions:
    """What the caller asks for; without a `remote` it is the one that the target follows."""

    plan: str | None
    stages: tuple[str, ...] = ()
    remote: str | None = None
    dry_run: bool = False


class Sent(StrEnum):
    """What became of a stage's branch: it was pushed, the remote has it already, or neither."""

    PUSHED = "pushed"
    KEPT = "kept"
    NOT_PUSHED = "not-pushed"


class Brought(StrEnum):
    """What became of a stage's pull request.

    `sent` went to the forge with the push; `by-hand` is for a person to open. `closed` was closed
    by somebody, `merged` was merged and has not reached the target. `waiting` is for other stages,
    `failed` is what `reason` says.
    """

    OPENED = "opened"
    UPDATED = "updated"
    KEPT = "kept"
    SENT = "sent"
    BY_HAND = "by-hand"
    CLOSED = "closed"
    MERGED = "merged"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote, the forge it is on, and what it has: branches by short name, and requests.

    `seen` is where its branches stood when they were last fetched.
    """

    name: str
    forge: Forge
    branches: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, Request] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """A stage that is to be submitted: its commit, its place, and the request it is to have.

    `request` is the open one that there is.
    """

    stage: Stage
    commit: str
    place: Place
    wanted: Wanted
    request: Request | None


@dataclass(frozen=True, slots=True)
class SubmitStep:
    """What submit did, or would do, for a stage. `reason` has a line for each thing to be said."""

    stage: Stage
    commit: str | None
    sent: Sent
    brought: Brought
    place: Place | None = None
    request: Request | None = None
    reason: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """What became of each stage, and why the forge failed first, where it did.

    `landed` are the commits of stages that the forge said have landed, by stage id, `moved` the ids
    of those that were made again on the target. `left` is what is not in the target yet and was
    not submitted.
    """

    opened: Opened
    facts: Facts
    remote: Remote
    target: str
    steps: tuple[SubmitStep, ...]
    landed: Mapping[str, str]
    moved: tuple[str, ...]
    left: tuple[tuple[Stage, State], ...]
    failure: str | None = None
