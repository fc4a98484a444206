"""Where the whole output of commands is kept: files in the git common directory, safe to delete.

A log keeps the first and the last of what a command prints, byte by byte, and says between them
how much it left out. Nothing is written through a link that somebody put in the way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from shlex import quote

from plan_worktree.project.refusal import Refused

# So many files are kept for a stage: those that were begun last.
_MOST = 20
# Of a long output the first so many bytes are kept, and of the last up to twice the second number.
HEAD, TAIL = 1 << 20, 4 << 20
_BLOCK = 1 << 20
# So much of the end of a log is looked at.
_END = 1 << 16


class Log:
    """A log that is being written, and its path. Its size is bounded whatever is written."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.path = path
        self._file = file
        self._size = 0
        self._left_out = 0

    def write(self, piece: bytes) -> None:
        """Write a piece of output. Raises OSError that names the log."""
        try:
            self._write(piece)
            self._size += len(piece)
            if self._size > HEAD + len(self._notice()) + 2 * TAIL:
                self._shorten()
        except OSError as error:
            said = f"the log of a command cannot be written: {self.path}: {error.strerror}"
            raise OSError(f"{said}; the command was ended") from error

    def _write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _notice(self) -> bytes:
        return b"\n[plan-worktree: %20d bytes are left out here]\n" % self._left_out

    def _shorten(self) -> None:
        """Take out what lies between the first bytes and the last."""
        start = HEAD + (len(self._notice()) if self._left_out else 0)
        source = self._size - TAIL
        self._left_out += source - start
        at = HEAD
        self._file.seek(at)
        self._write(self._notice())
        at += len(self._notice())
        while block := self._block(source):
            self._file.seek(at)
            self._write(block)
            source, at = source + len(block), at + len(block)
        self._file.truncate(at)
        self._file.seek(at)
        self._size = at

    def _block(self, start: int) -> bytes:
        self._file.seek(start)
        return self._file.read(min(_BLOCK, self._size - start))


@contextmanager
def new_log(git_directory: Path, plan_id: str, stage_id: str, what: str) -> Iterator[Log]:
    """Yield a new log; its name tells the UTC time and `what` is run.

    `git_directory` is the common one. Old logs of the stage are deleted. Raises Refused where a
    folder on the way is a link, and OSError when no file can be made there.
    """
    folder = git_directory
    for name in ("plan-worktree", "logs", plan_id, stage_id):
        folder /= name
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            only = "logs are written inside of the git directory alone"
            raise Refused([f"{folder} is a link, and {only}: rm {quote(str(folder))}"])
    for old in sorted(folder.glob("*.log"))[: -_MOST + 1]:
        with suppress(OSError):
            old.unlink()
    file = None
    while file is None:
        time = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path = folder / f"{time}-{os.getpid()}-{what}.log"
        with suppress(FileExistsError):  # another thread of this process, in the same microsecond
            file = FileIO(path, "x+")
    with file:
        yield Log(path, file)


def end_of(log: Path) -> bytes:
    """Return the last lines of a log, as far as 64 KiB go. Raises OSError."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END))
        raw = file.read()
    if size > _END:
        raw = raw.partition(b"\n")[2] or raw
    return raw


def both_ends_of(log: Path, most: int) -> bytes:
    """Return the first and the last bytes of a log, so many of each. Raises OSError."""
    with log.open("rb") as file:
        first = file.read(most)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(len(first), size - most))
        return first + b"\n" + file.read()
