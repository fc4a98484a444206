"""Who is at work inside a directory, where the system tells (Linux: proc(5), ``/proc/PID/cwd``)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
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


def processes_with(variables: Mapping[str, str], *has: str) -> list[int]:
    """Return the processes in whose environment these variables are, and any called `has`.

    This process and what has started it are left out. Where the system does not tell there are
    none.
    """
    wanted = {
        f"{name}={value}".encode("utf-8", "surrogateescape") for name, value in variables.items()
    }
    own, found = _lineage(), []
    for pid in _pids():
        try:
            given = (_PROC / str(pid) / "environ").read_bytes()
        except OSError:  # it has ended, or is somebody else's
            continue
        pairs = set(given.split(b"\0"))
        names = {pair.partition(b"=")[0] for pair in pairs} if has else set()
        if pid not in own and wanted <= pairs and names >= {name.encode() for name in has}:
            found.append(pid)
    return found


def began(pid: int) -> str:
    """Return when a process began in the words of the system; empty where that does not tell.

    Two processes that had the same number began at different times (proc(5), "starttime").
    """
    try:
        said = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = said.rpartition(")")[2].split()  # the name before may hold anything
    return fields[19] if len(fields) > 19 else ""


def _lineage() -> set[int]:
    """Return this process and those that it descends from."""
    found, pid = set[int](), os.getpid()
    while pid > 1 and pid not in found:
        found.add(pid)
        try:
            said = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
            pid = int(said.rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
    return found


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
