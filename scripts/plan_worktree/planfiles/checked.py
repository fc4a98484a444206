"""Which plans this version has checked against the schema, so that no command does it again.

The schema judges the bytes of a plan and nothing else, and to load what does it takes longer than
all the rest of a short command. So the digests of plans without a finding are kept in a small file
in the git common directory. The file can be deleted at any time: what it does not say, is checked.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from plan_worktree import __version__
from plan_worktree.resources import PLAN_SCHEMA, resource

# So many plans are remembered: those that were checked last.
_MOST = 100


def is_checked(git_directory: Path, plan: bytes) -> bool:
    """Tell whether this version has checked a plan of these bytes and found nothing."""
    return _digest(plan) in _recorded(_record(git_directory))


def record_checked(git_directory: Path, plan: bytes) -> None:
    """Remember that this version has checked a plan of these bytes and found nothing.

    Where that cannot be written, the next command checks the plan again.
    """
    record, digest = _record(git_directory), _digest(plan)
    kept = [*_recorded(record), digest][-_MOST:]
    draft = record.with_name(f"{record.name}.new")
    with suppress(OSError):
        record.parent.mkdir(exist_ok=True)
        draft.write_text("".join(f"{line}\n" for line in kept), encoding="ascii")
        draft.replace(record)


def _record(git_directory: Path) -> Path:
    return git_directory / "plan-worktree" / "checked"


def _digest(plan: bytes) -> str:
    """Return what stands for a plan: of another version, or another schema, it is another one."""
    schema = resource(PLAN_SCHEMA).read_bytes()
    known = hashlib.sha256(f"{__version__}\0{len(schema)}\0".encode() + schema)
    known.update(plan)
    return known.hexdigest()


def _recorded(record: Path) -> list[str]:
    """Return the digests in a record, the newest last; none when it is damaged."""
    longest = _MOST * (hashlib.sha256().digest_size * 2 + 1)
    try:
        with record.open(encoding="ascii") as file:
            lines = file.read(longest + 1).split()
    except (OSError, ValueError):
        return []
    return lines if len(lines) <= _MOST and all(len(line) == 64 for line in lines) else []
