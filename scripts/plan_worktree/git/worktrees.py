"""Worktrees: git's entries for them, their files and their submodules (git-worktree(1))."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.process import ENGLISH, GitError, failure, run, start
from plan_worktree.git.status import STATUS, parse_status


class Worktree(NamedTuple):
    """An entry of ``git worktree list``. `branch` is a full ref name, None when detached."""

    path: Path
    head: str | None
    branch: str | None
    bare: bool
    locked: str | None


class Changes(NamedTuple):
    """What ``git status`` sees in a worktree: paths with tracked changes, and untracked ones.

    `ignored` are ignored paths, None when they were not asked for; a folder stands for all in it.
    """

    tracked: tuple[str, ...]
    untracked: tuple[str, ...]
    ignored: tuple[str, ...] | None = None

    @property
    def dirty(self) -> bool:
        """Whether anything in the worktree is not in a commit."""
        return bool(self.tracked or self.untracked)


def worktrees(directory: Path) -> tuple[Worktree, ...]:
    """Return all worktrees, the main one first (git-worktree(1), "porcelain format")."""
    listed = run(directory, "worktree", "list", "--porcelain", "-z").stdout
    found = []
    for entry in listed.split("\0\0"):
        facts = dict(line.partition(" ")[::2] for line in entry.split("\0") if line)
        if "worktree" in facts:
            found.append(
                Worktree(
                    path=Path(facts["worktree"]),
                    head=facts.get("HEAD"),
                    branch=facts.get("branch"),
                    bare="bare" in facts,
                    locked=facts.get("locked"),
                )
            )
    return tuple(found)


def add_locked(directory: Path, path: Path, commit_ish: str, reason: str) -> None:
    """Register a worktree without its files, locked with a reason until it has them.

    An existing branch is checked out; what else names a commit gives a detached HEAD.
    """
    flags = ("--quiet", "--no-checkout", "--lock", "--reason", reason)
    for tries_left in (2, 1, 0):
        try:
            command = ("worktree", "add", *flags, "--", str(path), commit_ish)
            run(directory, *command, variables=ENGLISH)
        except GitError as error:
            # A removal may take away the empty folder that git has just made above it.
            lost = not path.parent.is_dir() or "leading directories" in error.said
            if not (lost and tries_left):
                raise
        else:
            return


def lock(directory: Path, path: Path, reason: str) -> None:
    """Keep git from pruning a worktree's entry, and say why."""
    run(directory, "worktree", "lock", "--reason", reason, "--", str(path))


def unlock(directory: Path, path: Path) -> None:
    """Take the lock of a worktree's entry away."""
    run(directory, "worktree", "unlock", "--", str(path))


def repair(directory: Path, path: Path) -> None:
    """Let git find a worktree again whose directory was moved, by hand or with its repository."""
    run(directory, "worktree", "repair", "--", str(path))


def check_out(worktree: Path, progress: Callable[[int], None] | None) -> None:
    """Write all files of a worktree's HEAD into a directory that has none yet.

    A file that somebody has put there meanwhile makes it fail before anything is written, which
    ``git reset --hard`` would overwrite. `progress` is told the percentage. Raises GitError.
    """
    if progress is None:
        run(worktree, "read-tree", "-m", "-u", "HEAD")
        return
    command = ["read-tree", "-m", "-u", "-v", "HEAD"]
    process = start(worktree, command, {"GIT_PROGRESS_DELAY": "0"})
    said, part = [], b""
    with process, process.stderr as stderr:  # type: ignore[union-attr]
        while chunk := stderr.read1():  # type: ignore[union-attr]
            *lines, part = re.split(rb"[\r\n]", part + chunk)
            for line in lines:
                percentage = re.search(rb"\b(\d{1,3})% \(", line)
                if percentage:
                    progress(int(percentage[1]))
                else:
                    said.append(line.decode("utf-8", "surrogateescape"))
    if process.returncode:
        raise failure(command, process.returncode, "\n".join(said))


def move_files(worktree: Path, old: str, new: str) -> None:
    """Make index and files of a clean worktree those of another commit or tree; HEAD stays.

    The index must have been refreshed.

    Fails before the first change where an untracked or changed file is in the way, as
    git-read-tree(1) has it, "Two Tree Merge". Raises GitError, whose words are English.
    """
    run(worktree, "read-tree", "-m", "-u", old, new, variables=ENGLISH)


def force_detached(worktree: Path, commit: str) -> None:
    """Check a commit out, detached, whatever is in the way (git-checkout(1), "--force").

    No branch moves, also where one was checked out, and no hook runs.
    """
    hookless = ("-c", f"core.hooksPath={os.devnull}")
    run(worktree, *hookless, "checkout", "--quiet", "--force", "--detach", commit)


def clean(worktree: Path) -> None:
    """Delete what is untracked and not ignored, repositories among it (git-clean(1))."""
    run(worktree, "clean", "--quiet", "-d", "--force", "--force")


def changes(worktree: Path, timeout: float | None = None, *, refresh: bool = False) -> Changes:
    """Return what is not committed in a worktree; takes no locks there.

    Unless it is asked to `refresh` the index: `move_files` wants to find each file as the index
    knows it, also one that was only touched; then it tells what is ignored, too. Raises GitError,
    also when the disk has not answered after `timeout` seconds.
    """
    # A submodule's settings must not hide what changed in it.
    flags = ("--untracked-files=normal", "--ignore-submodules=none")
    locks = () if refresh else ("--no-optional-locks",)
    more = ("--ignored=matching",) if refresh else ()
    found = parse_status(run(worktree, *locks, *STATUS, *flags, *more, timeout=timeout).stdout)
    return Changes(found.tracked, found.untracked, found.ignored if refresh else None)


def stands_unchanged_on(worktree: Path, commit: str) -> bool:
    """Tell whether a worktree's HEAD names a commit, and no tracked path differs from it.

    Raises GitError.
    """
    flags = ("--branch", "--no-ahead-behind", "--untracked-files=no", "--ignore-submodules=none")
    found = parse_status(run(worktree, "--no-optional-locks", *STATUS, *flags).stdout)
    return found.head == commit and not found.tracked


class Unlike(NamedTuple):
    """The tracked paths that are not as in the HEAD commit, and those of them that are staged."""

    paths: tuple[str, ...]
    staged: tuple[str, ...]


def unlike_head(worktree: Path) -> Unlike:
    """Return what is changed in a worktree, submodules left out, and refresh its index."""
    flags = ("--untracked-files=no", "--ignore-submodules=all")
    found = parse_status(run(worktree, *STATUS, *flags).stdout)
    # Git merges over a path that is only intended to be added no more than over a staged one.
    staged = (one.path for one in found.changes if one.staged != "." or one.is_intended)
    unmerged = (one.path for one in found.unmerged)
    return Unlike(found.tracked, (*staged, *unmerged))


def has_staged_changes(git_directory: Path) -> bool:
    """Tell whether the index of a worktree's git directory differs from its HEAD, or may do so."""
    named = f"--git-dir={git_directory}"
    flags = ("diff-index", "--cached", "--quiet", "HEAD", "--")
    return run(git_directory, named, *flags, ok=(0, 1, 128)).returncode != 0


def submodule_paths(worktree: Path) -> dict[str, str]:
    """Return the path of each submodule by its name, as gitmodules(5) has them.

    A path that could be taken for an option is left out.
    """
    flags = ("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    said = run(worktree, *flags, ok=(0, 1)).stdout
    pairs = (entry.partition("\n") for entry in said.split("\0") if entry)
    return {
        key.removeprefix("submodule.").removesuffix(".path"): path
        for key, _, path in pairs
        if path and not path.startswith("-")
    }


def update_submodule(worktree: Path, name: str, path: str, source: Path) -> None:
    """Clone a submodule from a local repository, and check its commit out (git-submodule(1))."""
    # Told on the command line, the place is not written into the settings all worktrees share.
    here = ("-c", f"submodule.{name}.url={source}", "-c", "protocol.file.allow=always")
    flags = ("submodule", "--quiet", "update", "--init", "--", f":(literal){path}")
    run(worktree, *here, *flags)
