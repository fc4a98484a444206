"""What a worktree has beyond its HEAD commit: everything that would be gone with its directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.git import repository
from plan_worktree.git.files import named_entry, raw_head
from plan_worktree.git.index import GITLINK, IndexEntry, entries
from plan_worktree.git.objects.lookup import hash_files, paths_in_tree
from plan_worktree.git.status import Change, full_status

# The names of nothing, by SHA-1 and by SHA-256.
_EMPTY_BLOBS = {
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a worktree has beyond its HEAD commit.

    `staged` are the index's entries that differ from HEAD (mode 000000: deleted), `conflicts`
    its entries of paths that conflict. `changed` are all paths whose file may differ from HEAD,
    `untracked` the rest, `nested` the repositories among them, `modules` the submodules with
    changes of their own. `fingerprint` tells whether any of it was touched since.
    """

    head: str | None
    staged: tuple[IndexEntry, ...]
    conflicts: tuple[IndexEntry, ...]
    changed: tuple[str, ...]
    untracked: tuple[str, ...]
    nested: tuple[str, ...]
    modules: tuple[str, ...]
    intended: tuple[str, ...]
    assumed: tuple[str, ...]
    skipped: tuple[str, ...]
    fingerprint: tuple[object, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything here is in the HEAD commit."""
        return not (self.changed or self.untracked or self.nested or self.modules)


def read_content(
    worktree: Path, git_directory: Path, ignored: Sequence[str] = (), *, moved: bool = False
) -> Content:
    """Look at everything in a worktree that HEAD does not have; `ignored` counts as untracked.

    What git cannot look into is an error, never taken for empty.

    When it was `moved` away from where git looks for it, git does not find the files of its
    submodules, so that changes in those are not told. Raises GitError.
    """
    status = full_status(worktree, git_directory, moved=moved)
    intended = [one.path for one in status.changes if one.is_intended]
    intended += _not_in_head(worktree, git_directory, status.changes)
    listed = entries(worktree, git_directory)
    flagged = {
        entry.path: entry
        for entry in listed
        if entry.mode != GITLINK and (entry.is_assumed or entry.is_skipped)
    }
    links = [entry.path for entry in listed if entry.mode == GITLINK]
    others = [*ignored, *status.untracked]
    others += [f"{path}/" for path in links if not _is_plain_module(worktree, git_directory, path)]
    changed = [*status.tracked]
    edited = _edited(worktree, git_directory, flagged)
    changed += [path for path in edited if path not in changed]
    untracked = tuple(path for path in others if not path.endswith("/"))
    stamps = [_stamp(worktree / path) for path in (*changed, *untracked)]
    return Content(
        head=status.head,
        staged=tuple(
            IndexEntry(one.mode, one.object_id, one.path)
            for one in status.changes
            if one.staged != "."
        ),
        conflicts=tuple(side for one in status.unmerged for side in one.sides),
        changed=tuple(changed),
        untracked=untracked,
        nested=tuple(path for path in others if path.endswith("/")),
        modules=tuple(one.path for one in status.changes if one.is_changed_module),
        intended=tuple(intended),
        assumed=tuple(path for path, entry in flagged.items() if entry.is_assumed),
        skipped=tuple(path for path, entry in flagged.items() if entry.is_skipped),
        fingerprint=(raw_head(git_directory), status, *stamps),
    )


def unlike_checkout(worktree: Path, content: Content) -> list[str]:
    """Return the tracked files that git calls unchanged, and that a checkout may write otherwise.

    Their line ends differ from what the settings ask for now, or their permissions. What a filter
    makes (gitattributes(5), "filter") is left to the filter: it may be large, and made again.
    """
    known = {*content.changed, *content.skipped}
    usual_files = {
        entry.path: entry
        for entry in entries(worktree)
        if entry.mode.startswith("100") and entry.path not in known
    }
    raw = hash_files(worktree, usual_files, filters=False)
    umask = os.umask(0)
    os.umask(umask)
    usual = {"100644": 0o666 & ~umask, "100755": 0o777 & ~umask}
    filtered, converted = _converted(worktree, list(usual_files))
    return [
        path
        for path, entry in usual_files.items()
        if path not in filtered
        and (
            path in converted
            or raw[path] != entry.object_id
            or stat.S_IMODE((worktree / path).lstat().st_mode) != usual.get(entry.mode)
        )
    ]


def _converted(worktree: Path, paths: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the paths that have a filter, and those that a checkout converts."""
    filtered: set[str] = set()
    converted: set[str] = set()
    for cached in (False, True):  # files are written by the attributes of the index
        names = ("filter", "eol", "ident")
        for path, name, value in repository.attributes(worktree, paths, names, cached=cached):
            if value not in ("unspecified", "unset"):
                (filtered if name == "filter" else converted).add(path)
    settings = repository.settings(worktree, r"^core\.(autocrlf|eol)$")
    if settings.get("core.autocrlf") == "true" or settings.get("core.eol") == "crlf":
        converted.update(paths)
    return filtered, converted


def _not_in_head(worktree: Path, git_directory: Path, changes: Sequence[Change]) -> list[str]:
    """Return the paths that were only intended to be added, and then deleted.

    Git 2.39 shows such a path as if HEAD had it, with an empty file.
    """
    paths = [
        one.path
        for one in changes
        if one.staged == "." and one.unstaged == "D" and one.object_id in _EMPTY_BLOBS
    ]
    if not paths:
        return []
    known = paths_in_tree(worktree, "HEAD", paths, git_directory) or ()
    return [path for path in paths if path not in known]


def _is_plain_module(worktree: Path, git_directory: Path, path: str) -> bool:
    """Tell whether git looks into a submodule's directory, or there is nothing to look at.

    It looks into none without a repository, and a repository that lies in the directory itself
    is not kept anywhere else.
    """
    folder = worktree / path
    if folder.is_symlink() or not folder.is_dir() or not any(folder.iterdir()):
        return True
    named = named_entry(folder)
    return named is not None and named.is_relative_to(git_directory / "modules")


def leads_through_link(worktree: Path, path: str) -> bool:
    """Tell whether a folder on the way to a path is a link: then the path itself is not there."""
    return any((worktree / above).is_symlink() for above in [*Path(path).parents][:-1])


def _edited(worktree: Path, git_directory: Path, flagged: dict[str, IndexEntry]) -> Iterator[str]:
    """Yield those of the paths whose file is not as the index has it."""
    plain = []
    for path, entry in flagged.items():
        file = worktree / path
        odd = file.is_symlink() or (file.exists() and not file.is_file())
        if odd or leads_through_link(worktree, path):
            yield path
        elif file.is_file():
            plain.append(path)
        elif not entry.is_skipped:  # a sparse checkout leaves files out
            yield path
    if plain:
        hashed = hash_files(worktree, plain, git_directory=git_directory)
        for path, object_id in hashed.items():
            if object_id != flagged[path].object_id:
                yield path


def _stamp(path: Path) -> tuple[int, int, int, int]:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0, 0, 0)
    return (found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns)
