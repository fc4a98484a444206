"""Refs that belong together are changed together, also when git is killed in between.

Git changes the refs of a transaction one after the other, so a kill leaves some as they were
(git-update-ref(1) promises no more to a reader). Where that would be wrong, the commands are noted
before, and whoever finds the note carries out what is left of them. Where every beginning of a
transaction is right in itself, because the next run goes on from there, no note is needed: git
makes and updates refs in the order in which they are given, and deletes only then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TypeAlias

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.objects.commits import is_ancestor
from plan_worktree.git.process import GitError
from plan_worktree.project.home import Home

# Our own note in the common git directory while refs are being changed together.
CHANGING = "plan-worktree.changing"

# A ref and its values, as they follow each verb.
_LENGTHS = {"create": 2, "update": 3, "delete": 2}

Command: TypeAlias = tuple[str, ...]


def change_together(
    home: Home, directory: Path, commands: Sequence[Command], reason: str = ""
) -> None:
    """Run update-ref commands as one transaction that can be completed after a kill.

    `directory` is where git runs, `reason` the text for the reflog. The first command moves or
    deletes a branch, and the other commands follow from that. Each command names the value that
    it expects. Must run under the repository lock. Raises GitError: then nothing was changed, or
    the next `finish_change` completes the transaction.
    """
    if len(commands) > 1:
        _write(home, commands)
    try:
        gitrefs.update_refs(directory, commands, reason)
    except GitError:
        if not finish_change(home):  # git may have failed over one when it had changed another
            raise
    (home.git_directory / CHANGING).unlink(missing_ok=True)


def finish_change(home: Home) -> bool:
    """Carry out what is left of a change that was begun; tell whether one was.

    Must run under the repository lock. Raises GitError and OSError.
    """
    commands = _read(home)
    if not commands:
        return False
    found = gitrefs.refs(home.root, *(name for _, name, *_ in commands))
    now = {name: ref.object_id for name, ref in found.items()}
    left = _left(home.root, commands, now)
    if left:
        gitrefs.update_refs(home.root, left)
    (home.git_directory / CHANGING).unlink()
    return left is not None


def _left(root: Path, commands: Sequence[Command], now: Mapping[str, str]) -> list[Command] | None:
    """Return what is left of a change; None when it had not begun.

    A command is left where its ref is still as it was. A branch that is to be moved is moved
    first: where it is as it was, nothing was changed, or somebody has moved it back since.
    """
    left = [command for command in commands if now.get(command[1]) == _old(command)]
    verb, name, *_ = commands[0]
    if verb == "update":
        return left if _has_moved(root, commands[0], now.get(name)) else None
    return left if any(now.get(other[1]) == _new(other) for other in commands) else None


def _has_moved(root: Path, command: Command, now: str | None) -> bool:
    """Tell whether a branch was moved, also where somebody has moved it on since."""
    new = _new(command)
    if now is None or new is None or now in (new, _old(command)):
        return now == new
    try:
        return is_ancestor(root, new, now)
    except GitError:  # the commit that the branch was to be moved to is gone
        return False


def _old(command: Command) -> str | None:
    """Return the value that a ref has before a command; None when there is no such ref."""
    return None if command[0] == "create" else command[-1]


def _new(command: Command) -> str | None:
    """Return the value that a ref has after a command; None when there is no such ref."""
    return None if command[0] == "delete" else command[2]


def _write(home: Home, commands: Sequence[Command]) -> None:
    path = home.git_directory / CHANGING
    draft = path.with_name(f"{CHANGING}.new")
    draft.write_text(json.dumps(commands), encoding="ascii")
    draft.replace(path)


def _read(home: Home) -> list[Command]:
    path = home.git_directory / CHANGING
    try:
        return _commands(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return []
    except (LookupError, ValueError, TypeError, RecursionError) as error:
        advice = f"see what refs there are, then rm {quote(str(path))}"
        raise OSError(f"the note of a change of refs {path} is damaged: {advice}") from error


def _commands(text: str) -> list[Command]:
    commands = [tuple(map(str, found)) for found in json.loads(text)]
    if not commands or any(_LENGTHS[verb] != len(rest) for verb, *rest in commands):
        raise ValueError(text)
    return commands
