"""What somebody else has saved is checked like a plan before it is brought back, or sent to others.

A snapshot holds paths that are written to, and files of a worktree's git directory, some of which
would have git run commands: a rebase's list, settings of a worktree. Of those only the harmless
ones may come from another clone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from plan_worktree.diagnostics import printable
from plan_worktree.git.objects.lookup import read_blob, tree_files
from plan_worktree.state.repository.facts import Saved
from plan_worktree.worktrees.notes import LEFT
from plan_worktree.worktrees.seen import SEEN

_TIME = re.compile(r"\d{8}T\d{6}\.\d{6}Z")
_MERGE = ("MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "MERGE_RR", "AUTO_MERGE", "SQUASH_MSG")
_PICKED = ("CHERRY_PICK_HEAD", "REVERT_HEAD", "ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG")
# The files of a worktree's git directory that no git takes a command or a setting from.
_OURS = (LEFT, SEEN)
_HARMLESS = frozenset(f"state/{name}" for name in (*_MERGE, *_PICKED, *_OURS, "logs/HEAD"))
_HEAD = re.compile(rb"(?:ref: refs/heads/[^\0-\x20\x7f~^:?*\[\\]{1,500}|[0-9a-f]{40,64})\n")
# How each line of a note may look; a path follows, or is all of it.
_LINES = {
    "files": re.compile(r"(?:100644|100755|120000) [0-7]{1,3} (.+)", re.DOTALL),
    "conflicts": re.compile(r"[0-7]{6} [0-9a-f]{40,64} [123]\t(.+)", re.DOTALL),
    "gone": re.compile(r"(.+)", re.DOTALL),
    "intended": re.compile(r"(.+)", re.DOTALL),
    "assumed": re.compile(r"(.+)", re.DOTALL),
    "skipped": re.compile(r"(.+)", re.DOTALL),
}
# Names that some file system takes for .git (git-config(1), "core.protectHFS" and "protectNTFS").
_GIT = re.compile(r"(?:\.git|git~\d+)[ .]*(?::.*)?", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def faults(root: Path, saved: Saved) -> Iterator[str]:
    """Yield why what is saved may not go from clone to clone. Raises GitError."""
    if not _TIME.fullmatch(saved.time):
        yield f"{printable(saved.time)} is no time at which something is saved"
    if not saved.ref.parents and not saved.ref.tree:
        yield f"{saved.ref.name} is no commit"
        return
    if not saved.is_snapshot:
        return  # a branch's tip: git checks it out as any commit
    if len(saved.ref.parents) < 3:
        yield f"{saved.ref.name} is no snapshot of ours"
        return
    notes = tree_files(root, f"{saved.ref.object_id}^3")
    paths = list(tree_files(root, saved.ref.object_id))
    yield from _unsafe(paths)
    yield from _unsafe(tree_files(root, f"{saved.ref.object_id}^2"))
    named = frozenset(paths)
    for name, blob in notes.items():
        kind, _, rest = name.partition("/")
        if kind == "state" and name not in _HARMLESS:
            yield f"it holds {printable(rest)} of its git directory, which stays in its clone"
        elif name == "notes/head":
            if not _HEAD.fullmatch(read_blob(root, blob)):
                yield "its HEAD is none"
        elif kind == "notes" and rest in _LINES:
            yield from _bad_lines(rest, read_blob(root, blob), named)
    if "notes/head" not in notes:
        yield "it has no HEAD"


def _bad_lines(name: str, raw: bytes, saved: frozenset[str]) -> Iterator[str]:
    for line in raw.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        found = _LINES[name].fullmatch(line)
        if found is None:
            yield f"its list of {name} cannot be read"
            return
        yield from _unsafe([found[1]])
        if name == "files" and found[1] not in saved:
            yield f"its list of files has {printable(found[1])}, and it holds no such file"


def _unsafe(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        parts = path.split("/")
        if "\\" in path or any(part in ("", ".", "..") or _is_git(part) for part in parts):
            yield f"it has the path {printable(path)}, which leads out of a worktree"


def _is_git(part: str) -> bool:
    return _GIT.fullmatch(_UNSEEN.sub("", part)) is not None
