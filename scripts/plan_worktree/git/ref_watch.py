"""Whether refs may have changed, told from directories: no process is started and no file is read.

Git writes a ref by renaming a lock file into place (gitrepository-layout(5)), which changes the
time of the directory; so a directory stands for the hundreds of files that may lie in it. All of
this is a hint: a network file system may be late, and clocks of file systems may be coarse. Who
waits looks by itself now and then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

_Stamp: TypeAlias = "tuple[int, int, int] | None"


def ref_places(common: Path, *folders: str) -> tuple[Path, ...]:
    """Return what changes when refs below some folders (``refs/heads``) do.

    `common` is the common git directory. Refs may be packed in one file, or be in reftables
    (git-config(1), "extensions.refStorage").
    """
    return (*(common / folder for folder in folders), common / "packed-refs", common / "reftable")


class Watch:
    """Files, and directories with those below them, as they were when last looked at."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = tuple(places)
        self._seen = self._look()

    def has_changed(self) -> bool:
        """Tell whether anything has changed since this was last asked."""
        if all(_stamp(path) == seen for path, seen in self._seen.items()):
            return False
        self._seen = self._look()
        return True

    def _look(self) -> dict[str, _Stamp]:
        return {p: _stamp(p) for place in self._places for p in _with_folders(str(place))}


def _stamp(path: str) -> _Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - a path object costs as much as the question
    except OSError:  # it is not there, or cannot be seen
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _with_folders(top: str) -> Iterator[str]:
    """Yield a path, there or not, and all directories below it; links are not followed."""
    left = [top]
    while left:
        path = left.pop()
        yield path
        try:
            with os.scandir(path) as entries:
                left += [one.path for one in entries if one.is_dir(follow_symlinks=False)]
        except OSError:  # no directory, or one that has just gone
            continue
