"""The names that agents and people claim stages under."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NamedTuple

from plan_worktree.project.refusal import BadArgument

LONGEST_OWNER = 100
VARIABLE = "PLAN_WORKTREE_OWNER"


class Owner(NamedTuple):
    """Who acts: a name, and the machine it is used on."""

    name: str
    host: str


def owner_named(written: str | None) -> Owner:
    """Return who acts under a name, or without one under a name of this process's own.

    At a terminal that is the user with the terminal: all that is typed there comes from one
    person. Elsewhere nothing tells the processes of two agents from those of one, so each process
    is its own and no two can get the same stage. Raises BadArgument.
    """
    import socket  # together these cost 10 ms, and only who claims has a name

    if written is not None:
        if not written.strip() or not written.isprintable() or len(written) > LONGEST_OWNER:
            raise BadArgument(
                f"an owner's name has 1 to {LONGEST_OWNER} printable characters: --owner NAME"
            )
        return Owner(written.strip(), socket.gethostname())
    import getpass
    import secrets

    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in some containers
        user = "somebody"
    return Owner(f"{user}-{_terminal() or secrets.token_hex(4)}", socket.gethostname())


def owner_around() -> Owner | None:
    """Return who acts by the environment (PLAN_WORKTREE_OWNER), None when that says nothing."""
    written = os.environ.get(VARIABLE, "")
    try:
        return owner_named(written) if written else None
    except BadArgument:
        return None


def _terminal() -> str | None:
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            if stream.isatty():
                return os.ttyname(stream.fileno()).removeprefix("/dev/").replace("/", "")
    return None
