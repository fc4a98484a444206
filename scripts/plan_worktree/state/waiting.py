"""Waiting until others have changed something: cheap while nothing happens, and never under a lock.

What can change an answer about stages is written in refs and in the plan's file. Those are
watched a few times a second, and git is asked when they have changed. Files alone do not tell all
(a network file system, a worktree that was touched), so git is asked now and then without a sign.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from plan_worktree.git.ref_watch import Watch, ref_places
from plan_worktree.planfiles.open_plan import InvalidPlan, Opened
from plan_worktree.project.ref_names import REFS
from plan_worktree.project.refusal import BadArgument, Refused

_T = TypeVar("_T")

# How often files are looked at, and how long at most nobody asks git, in seconds.
_GLANCE = 0.2
_LONGEST = 30.0
# The same, and how old at most what is known of the remote may be, where clones share a plan.
SHARED = 10.0
# Between two questions lies ten times what the last one took, but never more than this, so that
# many that wait do not keep a machine busy on which others commit all the time.
_REST = 1.0
# For so many seconds a plan may be gone or have errors: somebody edits it.
_EDITED = 10.0


def wait_for(opened: Opened, seconds: float, ask: Callable[[], _T | None]) -> _T | None:
    """Return what `ask` returns as soon as that is not None; None when the time is over.

    `seconds` may be infinite. Where other clones share the plan, `ask` is called more often, since
    what they do cannot be watched. A plan that stays gone or with errors, longer than an edit
    takes, raises Refused, and otherwise this raises what `ask` does.
    """
    end = time.monotonic() + seconds
    edited: float | None = None
    folders = ("refs/heads", "refs/remotes", f"{REFS}/{opened.plan.plan_id}")
    longest = SHARED if opened.require_home().settings.shared_through() else _LONGEST
    watch = Watch([*ref_places(opened.require_home().git_directory, *folders), opened.path])
    while True:
        began = time.monotonic()
        try:
            answer, edited = ask(), None
        except (BadArgument, InvalidPlan) as wrong:  # it was there, and in order, when this began
            answer, edited = None, edited or began
            if began - edited >= _EDITED:
                if isinstance(wrong, BadArgument):
                    raise Refused([str(wrong)]) from wrong
                raise
        if answer is not None:
            return answer
        asked = time.monotonic()
        _sleep(min(end, asked + min(_REST, 10 * (asked - began))))
        _await_change(watch, min(end, asked + (_REST if edited else longest)))
        if time.monotonic() >= end:
            return None


def each_change(opened: Opened, ask: Callable[[], _T]) -> Iterator[_T]:
    """Yield what `ask` returns, and again whenever that is something else; it never ends.

    Raises what `wait_for` does.
    """
    last: _T | None = None
    while True:

        def changed(before: _T | None = last) -> _T | None:
            answer = ask()
            return None if answer == before else answer

        found = wait_for(opened, math.inf, changed)
        if found is not None:
            yield (last := found)


class News:
    """Says lines, but none that is no news after the one before. An empty one is not said."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._last = say, ""

    def __call__(self, text: str, gist: str = "") -> None:
        """Say a line. What makes it another one is its `gist`, or without that the whole text."""
        gist = gist or text
        if text and gist != self._last:
            self._say(text)
        self._last = gist


def _await_change(watch: Watch, end: float) -> None:
    """Return when something has changed, and that has come to an end; at the latest at a time."""
    while not watch.has_changed():
        if time.monotonic() >= end:
            return
        _sleep(min(end, time.monotonic() + _GLANCE))
    # A command changes refs, then the plan: who asks between the two would ask again.
    settled = time.monotonic() + _REST
    while time.monotonic() < settled:
        time.sleep(_GLANCE)
        if not watch.has_changed():
            return


def _sleep(end: float) -> None:
    time.sleep(max(0.0, end - time.monotonic()))
