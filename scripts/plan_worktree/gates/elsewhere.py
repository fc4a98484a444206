"""Whether a gate used files of another checkout of the repository, as far as its output tells.

That happens where a package was installed from home in a way that leads back there, or where a
setting names an absolute path: then the gate proves the wrong files. Tracebacks name such files,
and pytest names its root.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from plan_worktree.gates.logs import both_ends_of
from plan_worktree.gates.plain import plain_lines

# So many bytes of the beginning of a log are looked at, and of its end.
_LOOKED_AT = 256 * 1024
# So many paths at most are looked for on the disk.
_MOST = 200
# What may follow the root of a checkout.
_PATH = r"(?:/[^\s\"'`<>()\[\]{},;:|]{1,1000})?"
# A path that leads up and out, as pytest has them.
_UP = re.compile(r"(?<![\w./-])(?:\.\./)+[^\s\"'`<>()\[\]{},;:|]{1,1000}")


def file_elsewhere(log: Path, own: Path, checkouts: Iterable[Path]) -> str | None:
    """Return the first path in a log that is of another checkout than a gate's `own`.

    It counts when `own` has a file at the same place, so it is not a tool that is installed in
    home alone; or when it is the root that pytest names. Raises OSError.
    """
    roots = sorted({str(own), *map(str, checkouts)}, key=len, reverse=True)
    # The longest first: a worktree may lie in another one.
    named = re.compile(f"(?<![\\w.-])({'|'.join(map(re.escape, roots))})(?![\\w.-])({_PATH})")
    text = "\n".join(plain_lines(both_ends_of(log, _LOOKED_AT)))
    text = _UP.sub(lambda up: os.path.normpath(own / up[0]), text)
    others = dict.fromkeys(found for found in _found(named, text) if found[0] != str(own))
    for root, below, is_root in islice(others, _MOST):
        # Path.is_file raises for a name that is too long.
        if is_root or os.path.isfile(own / below.strip("/")):  # noqa: PTH113
            return f"{root}{below}"
    return None


def _found(named: re.Pattern[str], text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield checkouts with the path below each, and whether pytest calls it its root."""
    for match in named.finditer(text):
        yield match[1], match[2], text.endswith("rootdir: ", 0, match.start())
