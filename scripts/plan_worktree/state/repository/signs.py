"""Whether the owner of a stage is at work: when it was seen, what changed, who is inside.

Nobody can know that an agent is gone. What can be known is said, and an owner of whom nothing was
seen for `planWorktree.quiet` minutes is quiet: only then is a takeover offered. A process inside
does not make an owner less quiet, because a server or a shell outlives the agent that started it;
it is said, and whoever reads it decides. Of an owner in another clone nothing is known but what the
remote has told: the worktree of that stage here is somebody else's, or nobody's.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import GitError
from plan_worktree.project.clone import read_shared
from plan_worktree.project.processes import Process, can_tell, inside, running_processes
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import owner_around
from plan_worktree.state.repository.records import Claim, in_words
from plan_worktree.state.repository.worktree_changes import PATIENCE
from plan_worktree.worktrees.seen import last_seen

# At so many files is looked in a worktree; more are changed at once only by a program.
_MOST_FILES = 1_000
# What git writes in a worktree's git directory when something is staged, committed or checked out.
_WRITTEN_BY_GIT = ("index", "HEAD", "logs/HEAD")


class Signs(NamedTuple):
    """The signs of life of a stage's owner.

    `seen` and `changed` are when the owner was seen and when something in the worktree changed last
    (seconds since 1970, never in the future; None: not known). `inside` is how many processes work
    in the worktree, None where the system does not tell. `quiet` says that the owner may be gone.
    """

    seen: float | None
    changed: float | None
    inside: int | None
    quiet: bool

    def words(self, now: float) -> str:
        """Say it: "seen 40 s ago, last change 9 min ago, no process inside"."""
        said = [
            f"{what} {in_words(now - when)} ago"
            for what, when in (("seen", self.seen), ("last change", self.changed))
            if when is not None
        ]
        # Most agents run each command in a shell of its own: that nobody is inside tells little.
        if self.inside or (self.quiet and self.inside is not None):
            plural = "es" if self.inside > 1 else ""
            said.append(f"{self.inside or 'no'} process{plural} inside")
        return ", ".join(said) or "never seen"


def signs_of(
    facts: Facts,
    claim: Claim,
    worktree: Path | None,
    changes: gitworktrees.Changes | None,
    processes: Sequence[Process] | None,
) -> Signs:
    """Return the signs of life in a stage's worktree, of which git has told the `changes`.

    `processes` are all that run, None where the system does not tell. Whoever asks is never quiet:
    nobody is to take a stage over from themselves. Raises Refused for a bad setting, and GitError.
    """
    now, limit = time.time(), facts.home.settings.quiet()
    if claim.is_elsewhere:
        return _signs_elsewhere(facts, claim, now, limit)
    directory = worktree and worktree_git_directory(worktree, facts.home.git_directory)
    noted = last_seen(directory, claim.owner, claim.host) if directory else None
    seen = _newest([claim.last_seen(), noted], now)
    changed, count = None, None
    if worktree and directory:
        paths = [*changes.tracked, *changes.untracked] if changes else []
        own = [directory / name for name in _WRITTEN_BY_GIT]
        changed = _newest(_modified([*own, *(worktree / path for path in paths)]), now)
        count = None if processes is None else len(inside(worktree, processes))
    asking = owner_around()
    is_own = asking is not None and claim.is_of(asking)
    return Signs(seen, changed, count, not is_own and is_silent([seen, changed], now, limit))


def _signs_elsewhere(facts: Facts, claim: Claim, now: float, limit: float) -> Signs:
    """Return the signs of an owner in another clone, silent at most until the remote was asked."""
    seen = _newest([claim.last_seen()], now)
    shared = read_shared(facts.home, facts.plan.plan_id)
    until = now - (shared.age if shared and shared.age else 0.0)
    known = None if seen is None else min(seen, until)
    return Signs(seen, None, None, is_silent([known], until, limit))


def is_silent(times: Iterable[float | None], now: float, limit: float) -> bool:
    """Tell whether nothing happened for `limit` seconds; where nothing is known, nothing did."""
    return all(when is None or now - when >= limit for when in times)


def look_for_signs(facts: Facts, claim: Claim, worktree: Path | None) -> Signs:
    """Look into a stage's worktree for signs of life. Raises Refused for a bad setting."""
    if claim.is_elsewhere:
        return signs_of(facts, claim, None, None, None)
    changes = None
    if worktree and worktree.is_dir():
        try:
            changes = gitworktrees.changes(worktree, PATIENCE)
        except GitError:  # what is known without git is said
            changes = None
    return signs_of(facts, claim, worktree, changes, every_process())


def every_process() -> list[Process] | None:
    """Return all processes that run, None where the system does not tell."""
    return running_processes() if can_tell() else None


def _newest(times: Iterable[float | None], now: float) -> float | None:
    """Return the last of some times; one from the future, before a clock was set back, is now."""
    return max((min(when, now) for when in times if when is not None), default=None)


def _modified(paths: Iterable[Path]) -> list[float]:
    """Return when some files, and those in some folders, were changed; links are not followed."""
    found: list[float] = []
    left = deque(paths)
    while left and len(found) < _MOST_FILES:
        path = left.popleft()
        try:
            found.append(path.lstat().st_mtime)
            if path.is_dir() and not path.is_symlink():
                # Folders by folders: what git has named comes before what lies in it.
                with os.scandir(path) as entries:
                    left.extend(Path(entry.path) for entry in islice(entries, _MOST_FILES))
        except OSError:  # deleted, or not ours to read
            continue
    return found
