"""What a command that works for a stage finds in its environment: which stage, and its slot.

A slot is a small number that no other worktree of the repository has, and each slot has a hundred
ports. Worktrees keep files apart; slots keep servers and databases apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plan_worktree.git.process import environment

_FIRST_PORT = 10_000
_PORTS = 100  # a slot
_LAST_PORT = 65_535
_NAMES = tuple(f"PLAN_WORKTREE_{name}" for name in ("HOME", "PLAN", "STAGE", "SLOT", "PORT"))


def first_port(slot: int | None) -> int | None:
    """Return the first of a slot's ports; None when all of them would not be ports any more."""
    if slot is None or _FIRST_PORT + _PORTS * (slot + 1) - 1 > _LAST_PORT:
        return None
    return _FIRST_PORT + _PORTS * slot


def ports_words(slot: int) -> str:
    """Say which ports a slot has."""
    first = first_port(slot)
    if first is None:
        return f"no ports are left for it, since ports end at {_LAST_PORT}: take a free one, port 0"
    return f"ports {first} to {first + _PORTS - 1}"


def stage_variables(home: Path, plan_id: str, stage_id: str, slot: int | None) -> dict[str, str]:
    """Return what a command that works for a stage finds in its environment.

    `home` is the root of the worktree that holds the plan, `slot` that of the worktree in which the
    command runs: None where an older version has set it up.
    """
    port = first_port(slot)
    values = (home, plan_id, stage_id, slot, port)
    return {name: str(said) for name, said in zip(_NAMES, values, strict=True) if said is not None}


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with some variables more, and none that tells of another stage.

    Whoever works on one stage may have its variables set, and start a command for another.
    """
    own = {name: said for name, said in environment().items() if name not in _NAMES}
    return own | dict(variables)
