"""What a worktree has beyond its HEAD commit: the one reader of git-status(1), porcelain v2."""

from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.index import IndexEntry
from plan_worktree.git.process import ENGLISH, GitError, repository_options, run

# Renames are never asked for: a line tells of one path.
STATUS = ("status", "--porcelain=v2", "-z", "--no-renames")


class Change(NamedTuple):
    """A tracked path that the index has otherwise than HEAD, or the working tree than the index.

    `staged` and `unstaged` are git's letters for the one and the other; a dot is no difference.
    `mode` and `object_id` are what the index has (mode 000000: deleted there). `submodule` says
    what has changed in a submodule (``S..M.`` and so on; ``N...`` for another path).
    """

    path: str
    staged: str
    unstaged: str
    submodule: str
    mode: str
    object_id: str

    @property
    def is_intended(self) -> bool:
        """Whether the path is only intended to be added (git-add(1), "--intent-to-add")."""
        return self.staged == "." and self.unstaged == "A"

    @property
    def is_changed_module(self) -> bool:
        """Whether this is a submodule that has changes of its own."""
        return self.submodule[0] == "S" and self.submodule != "S..."


class Unmerged(NamedTuple):
    """A path that conflicts, and the sides of it that the index has."""

    path: str
    sides: tuple[IndexEntry, ...]


class Status(NamedTuple):
    """What ``git status`` tells of a worktree.

    `head` is None where it was not asked for (``--branch``) or there is no commit. In `untracked`
    and `ignored` a path that ends with a slash is a folder, and stands for all in it.
    """

    head: str | None
    changes: tuple[Change, ...]
    unmerged: tuple[Unmerged, ...]
    untracked: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def tracked(self) -> tuple[str, ...]:
        """All tracked paths that differ from HEAD."""
        return (*(one.path for one in self.changes), *(one.path for one in self.unmerged))


def parse_status(said: str) -> Status:
    """Read what `STATUS` printed (git-status(1), "Porcelain Format Version 2")."""
    head = None
    changes, unmerged = [], []
    others: dict[str, list[str]] = {"?": [], "!": []}
    for line in said.split("\0")[:-1]:
        kind, _, rest = line.partition(" ")
        if kind == "1":
            letters, submodule, _, mode, _, _, object_id, path = rest.split(" ", 7)
            changes.append(Change(path, letters[0], letters[1], submodule, mode, object_id))
        elif kind == "u":
            _, _, *fields, path = rest.split(" ", 9)
            sides = (
                IndexEntry(fields[number - 1], fields[number + 3], path, number)
                for number in (1, 2, 3)
            )
            unmerged.append(Unmerged(path, tuple(s for s in sides if s.mode != "000000")))
        elif kind in others:
            others[kind].append(rest)
        elif rest.startswith("branch.oid ") and not rest.endswith(")"):  # "(initial)"
            head = rest.removeprefix("branch.oid ")
    return Status(head, tuple(changes), tuple(unmerged), tuple(others["?"]), tuple(others["!"]))


def full_status(worktree: Path, git_directory: Path, *, moved: bool = False) -> Status:
    """Return all that HEAD does not have, each untracked file by itself; takes no locks.

    When the worktree was `moved` away from where git looks for it, git does not find the files of
    its submodules, so that changes in those are not told. Raises GitError, also where git cannot
    look into a folder.
    """
    modules = f"--ignore-submodules={'dirty' if moved else 'none'}"
    flags = ("--untracked-files=all", "--branch", modules)
    place = repository_options(worktree, git_directory)
    command = (*place, "--no-optional-locks", *STATUS, *flags)
    told = run(worktree, *command, variables=ENGLISH)
    if "could not open directory" in told.stderr:
        raise GitError(("status",), told.returncode, told.stderr)
    return parse_status(told.stdout)
