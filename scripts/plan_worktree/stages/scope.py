"""Whether a stage changed only what it had declared under Files to Change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from plan_worktree.plan.parts.filelist import FileEntry
from plan_worktree.plan.parts.globs import matches
from plan_worktree.plan.parts.verbs import Change


class Undeclared(NamedTuple):
    """Changes that no entry allows: paths that were added or changed, and paths deleted."""

    changed: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.changed, *self.deleted)


def undeclared(changes: Mapping[str, str], entries: Sequence[FileEntry]) -> Undeclared:
    """Compare changed paths (with A, M, T or D) with a stage's entries.

    Any entry allows a file to be added or changed, but only one that says so a deletion. A stage
    that lists no files may change any, and delete none.
    """
    listed = [entry for entry in entries if not entry.leaves]
    deletions = [entry for entry in listed if entry.change is Change.DELETE]
    changed = [path for path, letter in changes.items() if letter != "D"]
    deleted = [path for path, letter in changes.items() if letter == "D"]
    return Undeclared(
        tuple(path for path in changed if listed and not _allows(listed, path)),
        tuple(path for path in deleted if not _allows(deletions, path)),
    )


def scope_reasons(outside: Undeclared, declare: str, accept: str) -> Iterator[str]:
    """Yield what speaks against undeclared changes, with what accepts them, or where to declare."""
    advice = f'take it back, declare it in {declare}, or say why: {accept} --accept-scope "REASON"'
    for what, paths in (("changes", outside.changed), ("deletes", outside.deleted)):
        if paths:
            more = f" and {len(paths) - 20} more" if len(paths) > 20 else ""
            yield f"it {what} what it did not declare: {', '.join(paths[:20])}{more}: {advice}"


def _allows(entries: Sequence[FileEntry], path: str) -> bool:
    return any(_covers(entry, path) for entry in entries)


def _covers(entry: FileEntry, path: str) -> bool:
    named = entry.path.removeprefix("./")
    if entry.is_directory:
        if not named:  # everything
            return True
        top = named.rstrip("/")
        if entry.is_glob:
            parts = path.split("/")
            return any(matches(top, "/".join(parts[:end])) for end in range(1, len(parts)))
        return path.startswith(named)
    # A folder is often written without its slash.
    return named == path or path.startswith(f"{named}/") or (entry.is_glob and matches(named, path))
