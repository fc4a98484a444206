"""Blobs that hold small records of ours (git-hash-object(1), git-cat-file(1)).

Nothing points at one until a ref is made.
"""

from collections.abc import Iterable
from pathlib import Path

from plan_worktree.git import run


def write_blob(directory: Path, text: str) -> str:
    """Store a text and return the blob's name. Raises git.GitError."""
    return run(directory, "hash-object", "-w", "--stdin", stdin=text).stdout.strip()


def read_blobs(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the texts of blobs by name, with one process for all; what is none is left out.

    Raises git.GitError.
    """
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    asked = "".join(f"{name}\n" for name in wanted)
    said = run(directory, "cat-file", "--batch", stdin=asked).stdout
    raw = said.encode("utf-8", "surrogateescape")
    found, at = {}, 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        fields = raw[at:end].decode("ascii", "replace").split(" ")
        at = end + 1
        if len(fields) == 3:
            content = raw[at : at + int(fields[2])]
            at += len(content) + 1
            if fields[1] == "blob":
                found[fields[0]] = content.decode("utf-8", "replace")
    return found
