"""Who is at work inside a directory, where the system tells (Linux: proc(5), ``/proc/PID/cwd``)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class Process(NamedTuple):
    """A running process, the name of its program, and its current directory."""

    pid: int
    name: str
    directory: str


def can_tell() -> bool:
    """Tell whether this system says what other processes do."""
    return (_PROC / "self" / "cwd").exists()


def running_processes() -> list[Process]:
    """Return the processes whose current directory is known, without this one."""
    found = []
    for pid in _pids():
        try:
            directory = os.readlink(_PROC / str(pid) / "cwd")  # noqa: PTH115 - text is compared
            name = (_PROC / str(pid) / "comm").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has ended, or is somebody else's
            continue
        if pid != os.getpid():
            found.append(Process(pid, name.strip(), directory))
    return found


def inside(directory: Path, processes: Iterable[Process]) -> list[Process]:
    """Return the processes whose current directory is in a directory."""
    top = os.path.realpath(directory)
    return [p for p in processes if p.directory == top or p.directory.startswith(f"{top}{os.sep}")]


def _pids() -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(_PROC) if name.isdigit())  # noqa: PTH208
    except OSError:
        return []


def mount_points() -> list[str]:
    """Return where file systems are mounted (proc(5), mountinfo); none where nothing tells."""
    try:
        text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    fields = (line.split(" ") for line in text.splitlines())
    return [field[4].replace("\\040", " ") for field in fields if len(field) > 4]


def cores() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
