"""The file of variables in a worktree, say ``.env.stage``: which stage it is, and its slot.

Which file that is says the setting ``planWorktree.envFile``, which ``setup --env-file`` writes;
without it there is none. Git ignores the file through the common ``info/exclude``. Its first line
marks it as ours: a file without that line is never written, and none is written through a link.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from shlex import quote

from plan_worktree.git import repository
from plan_worktree.project.home import Home
from plan_worktree.project.names import POINTER
from plan_worktree.worktrees.include import is_inside
from plan_worktree.worktrees.pointer import exclude, pattern_of

SETTING = "planWorktree.envFile"
_MARK = "# plan-worktree wrote this for one stage, and will again: put nothing of your own here."
_LONGEST = 200
# What shells, Docker Compose and other readers of such files take as it is, without quotes.
_PLAIN = re.compile(r"[\w./:@%+,-]+", re.ASCII)


def not_a_place(name: str) -> str | None:
    """Say why a name cannot be that of a file inside every worktree, None when it can."""
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or len(name) > _LONGEST:
        return "it has characters that such a name cannot have, or too many"
    if PurePosixPath(name).is_absolute() or Path(name).is_absolute() or ".." in parts:
        return "it leads out of the worktree"
    if any(part in ("", ".") or part.lower() == ".git" for part in parts) or name == POINTER:
        return "it names no file that could be written"
    return None


def exclude_environment_file(home: Home) -> None:
    """Make git ignore the file in every worktree, where there is to be one.

    Raises GitError and OSError.
    """
    name = home.settings.text(SETTING)
    if name and not_a_place(name) is None:
        exclude(home, pattern_of(name))


def write_environment_file(home: Home, worktree: Path, variables: Mapping[str, str]) -> str | None:
    """Write variables into the file of a worktree; return why it is not written, None when it is.

    Where there is to be none, that is no reason to tell. Raises GitError and OSError.
    """
    name = home.settings.text(SETTING)
    if name is None:
        return None
    if why := not_a_place(name) or _in_the_way(worktree, name):
        return f"{name} is not written: {why}; another name: git config {SETTING} NAME"
    path = worktree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [_MARK, *(f"{key}={_quoted(said)}" for key, said in variables.items()), ""]
    raw = "\n".join(lines).encode("utf-8", "surrogateescape")
    # Not emptied first: whenever we are killed, its first line is ours.
    more = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | more, 0o666), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(raw)
        file.truncate()
    return None


def is_environment_file(path: Path) -> bool:
    """Tell whether a file is one that we have written."""
    return _start(path) == f"{_MARK}\n".encode()


def _start(path: Path) -> bytes | None:
    """Return as much of a file as our mark has; None when it is no file, or cannot be read."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return file.read(len(_MARK) + 1)
    except OSError:
        return None


def _in_the_way(worktree: Path, name: str) -> str | None:
    path = worktree / name
    if not is_inside(worktree, path.parent):
        return "a link or a file is where its folder would be"
    if path.is_symlink():
        return "it is a link"
    if os.path.lexists(path):
        # An empty one may be ours: a kill has come before the rest. Nothing in it can be lost.
        if not is_environment_file(path) and _start(path) != b"":
            return "there is one that plan-worktree did not write"
        if path.stat().st_nlink > 1:
            return "it has another name as well, a hard link"
    if name not in repository.ignored(worktree, [name]):
        return "git tracks it there, or a .gitignore says that it is not to be ignored"
    return None


def _quoted(said: str) -> str:
    """Return a value as a shell and, without a quote in it, other readers of such files take it."""
    if _PLAIN.fullmatch(said):
        return said
    return quote(said) if "'" in said else f"'{said}'"
