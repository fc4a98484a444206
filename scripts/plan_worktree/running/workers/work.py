"""work: takes stages one after the other, runs the agent on each, proves them, until none is left.

A stage is complete when `complete` says so. What the agent cannot bring there in its attempts is
declared blocked with a note that says why, and its claim ends. Where the worker is asked to end,
or cannot go on for a reason that is not the stage's, it keeps the claim: under the same name it
goes on there.
"""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import NamedTuple

from plan_worktree.project.refusal import NothingLeft, NotYet, Refused
from plan_worktree.running.workers.assignment import Fate, Purse, Setting
from plan_worktree.running.workers.building import Building
from plan_worktree.running.workers.events import Kind, event
from plan_worktree.stages.starting.start import Started, StartOptions, run_start
from plan_worktree.stages.starting.start_waiting import start_waiting

_ASKED = "it was asked to end"
# How a line begins that says what a stage waits for; others tell of locks, held for moments.
_FOR_OTHERS = "waiting: "


class Left(StrEnum):
    """Why a worker has ended."""

    DONE = "done"
    NOT_YET = "not-yet"
    NOTHING = "nothing"
    STUCK = "stuck"
    INTERRUPTED = "interrupted"


_CODES = {Left.NOT_YET: 4, Left.NOTHING: 5, Left.STUCK: 1, Left.INTERRUPTED: 130}


class Tally(NamedTuple):
    """Why a worker has ended, and how many of its stages are complete and blocked."""

    left: Left
    complete: int = 0
    blocked: int = 0

    @property
    def exit_code(self) -> int:
        """The exit code that says so: those of `start` where there was no stage to take."""
        if self.left is Left.DONE:
            return 1 if self.blocked else 0
        return _CODES[self.left]


def run_work(setting: Setting) -> Tally:
    """Work until nothing is left, or one of the limits is reached.

    Raises Refused where the agent cannot be started, BadArgument, GitError and OSError.
    """
    return _Worker(setting).work()


class _Worker:
    """One worker: what it has done, and what its agents have cost."""

    def __init__(self, setting: Setting) -> None:
        self._at = setting
        self._purse = Purse(setting.options.budget)
        self._waits_for = ""

    def work(self) -> Tally:
        fates = list[Fate]()
        left, text = self._go_on(fates)
        self._tell(Kind.LEFT, text)
        return Tally(left, fates.count(Fate.COMPLETE), fates.count(Fate.BLOCKED))

    def _go_on(self, fates: list[Fate]) -> tuple[Left, str]:
        """Work on stages and note what has become of each; return why it ends."""
        while True:
            if why := self._is_over(len(fates)):
                return why
            try:
                started = self._take()
                fates.append(Building(self._at, started, self._purse).build())
            except KeyboardInterrupt:
                if self._at.stop.times > 1:
                    raise
                return Left.INTERRUPTED, _ASKED
            except NothingLeft as done:
                return (Left.DONE if fates else Left.NOTHING), done.reasons[0]
            except NotYet as early:
                return Left.NOT_YET, early.reasons[0]
            except Refused as stuck:
                return Left.STUCK, "; ".join(stuck.reasons)

    def _is_over(self, taken: int) -> tuple[Left, str] | None:
        """Return why no other stage is taken after so many; None where one may be."""
        options, stop = self._at.options, self._at.stop
        most = 1 if options.once or options.stage else options.most
        if stop.asked:
            return Left.INTERRUPTED, _ASKED
        if stop.drained:
            return Left.DONE, "it was told to begin nothing new"
        if self._purse.is_spent:
            return Left.STUCK, f"the budget of {options.budget:g} USD is used up"
        if most is not None and taken >= most:
            return Left.DONE, f"it has had its {most} {'stage' if most == 1 else 'stages'}"
        return None

    def _take(self) -> Started:
        """Claim the next stage. Raises as `run_work`, and KeyboardInterrupt when asked to end."""
        opened, options = self._at.opened, self._at.options
        home = opened.require_home()
        self._waits_for = ""
        asked = StartOptions(str(opened.path), options.stage, options.owner, set_up=True)
        with self._at.stop.waiting():
            if options.once:
                return run_start(asked, home.root, self._waiting)
            return start_waiting(asked, home.root, self._waiting, inf)

    def _waiting(self, text: str) -> None:
        if not text.startswith(_FOR_OTHERS) or text == self._waits_for:
            return
        self._waits_for = text
        self._tell(Kind.WAITING, text.removeprefix(_FOR_OTHERS))

    def _tell(self, kind: Kind, text: str) -> None:
        self._at.tell(event(kind, text, worker=self._at.options.owner.name))
