"""The one lock under which the repository is changed.

It is a lock of the operating system on a file in the common git directory: a process that is
killed lets go of it, so there is never a stale lock of ours to remove. Beside it stands a note
while the lock is held, which names the holder and what it does, for those that wait. Who gets the
lock and finds a note knows that its writer was killed, maybe while git was changing a ref for it,
and takes away the lock file that such a git leaves for ever. What the holder starts finds its name
in the environment, too: it would wait for itself, as long as the note still names that holder.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import NamedTuple, TypeVar

from plan_worktree.git.files import unborn_entries, worktree_paths
from plan_worktree.git.process import GitError, environment
from plan_worktree.project.home import Home
from plan_worktree.project.processes import can_tell, inside, running_processes
from plan_worktree.project.refusal import Refused

_T = TypeVar("_T")

# How git names the file that another git holds, or the entry that it is just making.
_HOLDS = re.compile(r"'((?:/|\w:).+?\.(?:lock|new))'|(\S+/commondir)")

LOCK_FILE = "plan-worktree.lock"
NOTE_FILE = "plan-worktree.running"
# The process and the time, and the command, which notes of older versions do not have.
_NOTE = re.compile(r"([0-9]{1,10}) ([0-9]{1,20})(?: ([^\n]*))?")
_LONGEST_COMMAND = 100
_LONGEST_NOTE = 1000
# Folders of refs that this program alone writes, beside its records.
_SHARED = ("plan-worktree-remote", "plan-worktree-inbox")
# What git locks in a worktree's git directory when it makes a commit or a merge.
_LOCKED = ("index", "HEAD", "ORIG_HEAD", "AUTO_MERGE", "MERGE_HEAD")
# Names, in the environment of what the holder starts, the holder as its note does. Gates run
# without the lock, and are not told of one that another thread holds at that moment.
HELD = "PLAN_WORKTREE_LOCK_HELD"
# The same for each thread of this process.
_THREAD = threading.local()

# A lock file this old, in seconds, was left behind: git holds one for milliseconds.
_STALE = 1.0
# The same where nobody can tell whether a git is still at work.
_LONG = 60.0
# How long another git may hold one before we give up, in seconds.
_PATIENCE = 10.0


@contextmanager
def repository_lock(home: Home, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the repository's lock; when another process has it, say so once and wait.

    Raises Refused in a process that this very holder has started, and OSError where the git
    directory cannot be written.
    """
    from filelock import FileLock, Timeout  # costs 25 ms, and only changes need it

    lock = FileLock(home.git_directory / LOCK_FILE)
    note = home.git_directory / NOTE_FILE
    try:
        lock.acquire(timeout=0.2)
    except Timeout:
        holder = _holder(note)
        if holder and _is_ours(holder):  # it would wait for itself
            again = "run it when that has ended, not from a hook or command of its own"
            raise Refused(
                [f"another plan-worktree that runs this holds the lock: {again}"]
            ) from None
        waiting(f"waiting for another plan-worktree {_words(holder)}…")
        lock.acquire()
    try:
        was_killed, own = note.exists(), _Holder(os.getpid(), time.time_ns(), _command())
        note.write_text(f"{own.name} {own.command}", encoding="utf-8")
        if was_killed:
            _remove_stale_locks(home)
        _tell(own.name)
        try:
            yield
        finally:
            note.unlink(missing_ok=True)
    finally:
        _tell(None)
        lock.release()


def _is_ours(holder: _Holder) -> bool:
    """Tell whether a holder has started this, or is this: not so another thread of the process."""
    is_other_thread = holder.process == os.getpid() and holder.name != getattr(_THREAD, HELD, None)
    return holder.name == os.environ.get(HELD) and not is_other_thread


class _Holder(NamedTuple):
    """Who holds the lock: a process, since when (nanoseconds since 1970, UTC), and its words."""

    process: int
    since: int
    command: str

    @property
    def name(self) -> str:
        """What no other holder is called."""
        return f"{self.process} {self.since}"


def _holder(note: Path) -> _Holder | None:
    """Return who holds the lock, None when nobody has written that down, or something else."""
    try:
        with note.open("rb") as file:
            said = file.read(_LONGEST_NOTE).decode("utf-8", "replace")
    except OSError:
        return None
    found = _NOTE.fullmatch(said)
    return _Holder(int(found[1]), int(found[2]), found[3] or "") if found else None


def _words(holder: _Holder | None) -> str:
    """Say what a holder does and since when, as far as it is known."""
    if holder is None:
        return "that is changing this repository"
    seconds = max(0, time.time_ns() - holder.since) // 10**9  # clocks are set back
    return f"({holder.command or 'at work'}: process {holder.process}, for {seconds} s)"


def _command() -> str:
    """Return this command in the words that name it, without options: they may hold anything."""
    import click

    context = click.get_current_context(silent=True)
    if context is None:
        return ""
    words = [context.info_name]
    for name in ("plan", "stage", "stages", "words"):
        given = context.params.get(name) or ()
        words += [given] if isinstance(given, str) else given
    said = " ".join(word for word in words if isinstance(word, str))
    return "".join(letter for letter in said if letter.isprintable())[:_LONGEST_COMMAND]


def _tell(holder: str | None) -> None:
    """Let whatever we start know under which name we hold the lock, or that we do no more."""
    if holder is None:
        os.environ.pop(HELD, None)
    else:
        os.environ[HELD] = holder
    setattr(_THREAD, HELD, holder)
    environment.cache_clear()


def patiently(action: Callable[[], _T], waiting: Callable[[str], None]) -> _T:
    """Do what needs a lock file of git's; while another git holds it, say so once and try again.

    That git has to speak English (`git.ENGLISH`). Raises the GitError of the last try.
    """
    end = time.monotonic() + _PATIENCE
    told = False
    while True:
        try:
            return action()
        except GitError as error:
            held = _HOLDS.search(error.said)
            if held is None:
                raise
            busy = held[1] or held[2]
            if time.monotonic() > end:
                advice = f"if no git is running there any more: rm {quote(busy)}"
                raise GitError(error.command, error.code, f"{error.said}\n{advice}") from error
            if not told:
                waiting(f"waiting for {busy}, which another git holds…")
            told = True
            time.sleep(0.05)


def _remove_stale_locks(home: Home) -> None:
    """Remove what a git leaves that was killed together with the command that started it.

    That is locks on refs and on HEAD and index of a worktree, and entries of worktrees that
    it had not named yet. A git that is alive,
    here or in one of our worktrees, may be just making them: that is waited for.
    """
    common = home.git_directory
    refs = common / "refs"
    locks = [*_locks_on_refs(common, ("plan-worktree", *_SHARED, "heads")), refs / "stash.lock"]
    packed = [common / "packed-refs.lock", common / "packed-refs.new"]
    end = time.monotonic() + _PATIENCE
    folders = [common, *(common / "worktrees").glob("*")]
    own = [folder / f"{name}.lock" for name in _LOCKED for folder in folders]
    _take_away([*locks, *packed, *own, *unborn_entries(common)], home, end)


def remove_stale_locks_of_fetch(home: Home, remote: str) -> None:
    """Remove what a fetch from a remote leaves that was killed, as `_remove_stale_locks` does."""
    common = home.git_directory
    locks = _locks_on_refs(common, (*_SHARED, f"remotes/{remote}"))
    _take_away([*locks, common / "packed-refs.lock"], home, time.monotonic() + _PATIENCE)


def _locks_on_refs(common: Path, folders: Iterable[str]) -> list[Path]:
    return [path for name in folders for path in (common / "refs" / name).rglob("*.lock")]


def _take_away(paths: Iterable[Path], home: Home, end: float) -> None:
    """Remove what nobody is at any more; what a git is just making is waited for."""
    common = home.git_directory
    for path in paths:
        while path.exists() and time.monotonic() < end:
            if not _is_left_over(path, home):
                time.sleep(0.05)
            elif path.is_dir():
                if path in unborn_entries(common):
                    shutil.rmtree(path)
                break
            else:
                path.unlink(missing_ok=True)


def remove_locks_of_killed(home: Home, worktree: Path, git_directory: Path, branch: str) -> None:
    """Remove what a git leaves in a worktree that was killed there, with whatever started it.

    Without it no git could change anything there again. `branch` is checked out there. A git that
    is at work in the worktree keeps its locks, and so do all where the system does not tell.
    """
    locks = [git_directory / f"{name}.lock" for name in _LOCKED]
    locks.append(home.git_directory / "refs/heads" / f"{branch}.lock")
    end = time.monotonic() + 2 * _STALE
    while (left := [path for path in locks if path.exists()]) and can_tell():
        gits = [process for process in running_processes() if process.name.startswith("git")]
        if not inside(worktree, gits):
            for path in left:
                if _age(path) > _STALE:
                    path.unlink(missing_ok=True)
        if time.monotonic() > end:
            return
        time.sleep(0.05)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # gone: a living git had it
        return 0.0


def _is_left_over(path: Path, home: Home) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:  # gone: a living git had it
        return False
    gits = [process for process in running_processes() if process.name.startswith("git")]
    if not gits and not can_tell():
        return age > _LONG
    places = [home.root, home.git_directory, *worktree_paths(home.git_directory)]
    return age > _STALE and not any(inside(place, gits) for place in places)
