"""init share: this clone shares its plans, and their statuses stop being conflicts.

What is written is git configuration and ``info/attributes`` (gitattributes(5)): both are this
clone's alone, and in no commit.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from shlex import quote
from typing import NamedTuple

from plan_worktree.authoring.addition import Action, Addition
from plan_worktree.git import repository
from plan_worktree.git.objects.merge import driver_after
from plan_worktree.project.home import Home, find_home
from plan_worktree.project.lock import repository_lock
from plan_worktree.project.refusal import Refused

SETTING = "planWorktree.remote"
DRIVER = "merge.plan-worktree.driver"
_DRIVER_NAME = "merge.plan-worktree.name"
# The program that is on PATH, so that git and the person always use the same one.
_COMMAND = "plan-worktree level-statuses"
_ATTRIBUTES = "info/attributes"
# What a pattern takes for more than itself (gitignore(5)), and what would end it.
_SPECIAL = re.compile(r"[*?\[\]\\!#\"\s]")


class Turned(NamedTuple):
    """How a clone shares: through which remote, what was written for it, and what is missing."""

    remote: str
    additions: tuple[Addition, ...]
    warning: str | None


def turn_on(start: Path, waiting: Callable[[str], None], *, dry_run: bool) -> Turned:
    """Share the plans of a clone through its remote; run again, it changes nothing.

    Raises Refused where no remote is the one, GitError and OSError.
    """
    home = find_home(start)
    if home is None:
        raise Refused([f"{start} is in no git repository: git init, or cd to one"])
    remote = home.settings.shared_through() or _only_remote(home)
    if dry_run:
        return Turned(remote, tuple(_additions(home, remote, dry_run=True)), _missing())
    with repository_lock(home, waiting):
        return Turned(remote, tuple(_additions(home, remote, dry_run=False)), _missing())


def _only_remote(home: Home) -> str:
    """Return the only remote, else origin. Raises Refused."""
    remotes = home.settings.remotes()
    if len(remotes) == 1 or "origin" in remotes:
        return remotes[0] if len(remotes) == 1 else "origin"
    where = f"git -C {quote(str(home.root))}"
    if not remotes:
        raise Refused([f"there is no remote to share plans through: {where} remote add origin URL"])
    named = ", ".join(remotes)
    choose = f"{where} config {SETTING} {quote(remotes[0])}"
    raise Refused([f"the remotes are {named}, and none is called origin: choose one: {choose}"])


def _additions(home: Home, remote: str, *, dry_run: bool) -> Iterator[Addition]:
    """Write what is not there yet, and yield what was done, or in a dry run would be."""
    wanted = {
        _DRIVER_NAME: "statuses and ticks of plans are made equal before git merges",
        DRIVER: driver_after(_COMMAND),
        SETTING: remote,  # last: killed before, nothing is shared yet
    }
    line = _attribute(home)
    if line is None:
        why = f"the plans lie outside of {home.root}, so git merges them as it does there"
        yield Addition("share", _ATTRIBUTES, "skipped", why)
    else:
        yield _attribute_added(home.git_directory / _ATTRIBUTES, line, dry_run=dry_run)
    now = repository.settings(home.root, r"^(planworktree\.remote|merge\.plan-worktree\..*)$")
    for name, value in wanted.items():
        old = now.get(name.lower())
        if old != value and not dry_run:
            repository.set_setting(home.root, name, value)
        if name != _DRIVER_NAME:
            action: Action = "kept" if old == value else "changed" if old else "added"
            yield Addition("share", f"git config {name}", action)


def _attribute(home: Home) -> str | None:
    """Return the line that has git merge plans by the driver; None where they lie outside."""
    folder = PurePath(os.path.relpath(home.plans_folder(), home.root)).as_posix()
    if folder.startswith("..") or not folder.isprintable():
        return None
    below = "" if folder == "." else f"{folder}/"
    pattern = f"/{_SPECIAL.sub(lambda found: f'{chr(92)}{found[0]}', below)}**/*.md"
    if pattern.isascii() and not _SPECIAL.search(below):
        return f"{pattern} merge=plan-worktree"
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" merge=plan-worktree'


def _attribute_added(path: Path, line: str, *, dry_run: bool) -> Addition:
    text = path.read_bytes() if path.exists() else b""
    if line.encode() in text.splitlines():
        return Addition("share", _ATTRIBUTES, "kept")
    if not dry_run:
        path.parent.mkdir(exist_ok=True)
        start = b"\n" if text and not text.endswith(b"\n") else b""
        with path.open("ab") as file:
            file.write(start + line.encode() + b"\n")
    return Addition("share", _ATTRIBUTES, "changed" if text else "added")


def _missing() -> str | None:
    """Say that git will not find the program, or None."""
    if shutil.which(_COMMAND.partition(" ")[0]):
        return None
    return "plan-worktree is not on PATH: until it is, git merges plans as any other file"
