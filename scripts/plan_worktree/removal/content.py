"""What a worktree has beyond its HEAD commit: everything that would be gone with its directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import process, repository
from plan_worktree.git.files import named_entry, raw_head
from plan_worktree.git.process import GitError
from plan_worktree.git.worktrees import STATUS

GITLINK = "160000"
# The names of nothing, by SHA-1 and by SHA-256.
_EMPTY_BLOBS = {
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
}


class Entry(NamedTuple):
    """A path of the index, or of the working tree: its mode in git's notation, and its object."""

    mode: str
    object_id: str
    path: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a worktree has beyond its HEAD commit.

    `staged` are the index's entries that differ from HEAD (mode 000000: deleted), `conflicts`
    its entries with their stage numbers. `changed` are all paths whose file may differ from HEAD,
    `untracked` the rest, `nested` the repositories among them, `modules` the submodules with
    changes of their own. `fingerprint` tells whether any of it was touched since.
    """

    head: str | None
    staged: tuple[Entry, ...]
    conflicts: tuple[tuple[str, Entry], ...]
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
    submodules, so that changes in those are not told. Raises git.GitError.
    """
    place = (f"--git-dir={git_directory}", f"--work-tree={worktree}")
    flags = ("--untracked-files=all", "--no-renames", "--branch")
    modules_too = f"--ignore-submodules={'dirty' if moved else 'none'}"
    told = process.run(worktree, *place, *STATUS, *flags, modules_too, variables=process.ENGLISH)
    if "could not open directory" in told.stderr:
        raise GitError(("status",), told.returncode, told.stderr)
    lines = told.stdout.split("\0")[:-1]
    staged, conflicts, changed, intended, modules, others = [], [], [], [], [], [*ignored]
    empty: list[str] = []
    head = None
    for line in lines:
        if line.startswith("# branch.oid "):
            said = line.removeprefix("# branch.oid ")
            head = None if said.startswith("(") else said
        elif line.startswith("1 "):
            _, both, module, _, mode, _, _, object_id, path = line.split(" ", 8)
            changed.append(path)
            if both[0] != ".":
                staged.append(Entry(mode, object_id, path))
            if both == ".A":
                intended.append(path)
            elif both == ".D" and object_id in _EMPTY_BLOBS:
                empty.append(path)
            if module[0] == "S" and module != "S...":
                modules.append(path)
        elif line.startswith("u "):
            _, _, _, *fields, path = line.split(" ", 10)
            changed.append(path)
            conflicts += [
                (str(number), Entry(fields[number - 1], fields[number + 3], path))
                for number in (1, 2, 3)
                if fields[number - 1] != "000000"
            ]
        elif line.startswith("? "):
            others.append(line[2:])
    intended += _not_in_head(worktree, place, empty)
    flagged, links = _listed(worktree, place)
    others += [f"{path}/" for path in links if not _is_plain_module(worktree, git_directory, path)]
    changed += [path for path in _edited(worktree, place, flagged) if path not in changed]
    untracked = tuple(path for path in others if not path.endswith("/"))
    stamps = [_stamp(worktree / path) for path in (*changed, *untracked)]
    return Content(
        head=head,
        staged=tuple(staged),
        conflicts=tuple(conflicts),
        changed=tuple(changed),
        untracked=untracked,
        nested=tuple(path for path in others if path.endswith("/")),
        modules=tuple(modules),
        intended=tuple(intended),
        assumed=tuple(path for path, flag in flagged.items() if flag.is_assumed),
        skipped=tuple(path for path, flag in flagged.items() if flag.is_skipped),
        fingerprint=(raw_head(git_directory), *lines, *stamps),
    )


def unlike_checkout(worktree: Path, content: Content) -> list[str]:
    """Return the tracked files that git calls unchanged, and that a checkout may write otherwise.

    Their line ends differ from what the settings ask for now, or their permissions. What a filter
    makes (gitattributes(5), "filter") is left to the filter: it may be large, and made again.
    """
    listed = process.run(worktree, "ls-files", "--stage", "-z").stdout.split("\0")[:-1]
    known = {*content.changed, *content.skipped}
    entries: dict[str, Entry] = {}
    for line in listed:
        said, _, path = line.partition("\t")
        if said.startswith("100") and path not in known:
            mode, object_id, _ = said.split(" ")
            entries[path] = Entry(mode, object_id, path)
    asked = "".join(f"{process.quoted(path)}\n" for path in entries)
    command = ("hash-object", "--no-filters", "--stdin-paths")
    hashed = process.run(worktree, *command, stdin=asked).stdout.split()
    raw = dict(zip(entries, hashed, strict=True))
    umask = os.umask(0)
    os.umask(umask)
    usual = {"100644": 0o666 & ~umask, "100755": 0o777 & ~umask}
    filtered, converted = _converted(worktree, list(entries))
    return [
        path
        for path, entry in entries.items()
        if path not in filtered
        and (
            path in converted
            or raw[path] != entry.object_id
            or stat.S_IMODE((worktree / path).lstat().st_mode) != usual.get(entry.mode)
        )
    ]


def _converted(worktree: Path, paths: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the paths that have a filter, and those that a checkout converts."""
    asked = "".join(f"{path}\0" for path in paths)
    names = ("filter", "eol", "ident")
    fields = []
    for where in ((), ("--cached",)):  # files are written by the attributes of the index
        command = ("check-attr", *where, "-z", "--stdin", *names)
        fields += process.run(worktree, *command, stdin=asked).stdout.split("\0")[:-1]
    filtered: set[str] = set()
    converted: set[str] = set()
    for place in range(0, len(fields), 3):
        path, name, value = fields[place : place + 3]
        if value not in ("unspecified", "unset"):
            (filtered if name == "filter" else converted).add(path)
    settings = repository.settings(worktree, r"^core\.(autocrlf|eol)$")
    if settings.get("core.autocrlf") == "true" or settings.get("core.eol") == "crlf":
        converted.update(paths)
    return filtered, converted


def _not_in_head(worktree: Path, place: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Return the paths that were only intended to be added, and then deleted.

    Git 2.39 shows such a path as if HEAD had it, with an empty file.
    """
    if not paths:
        return []
    flags = ("--literal-pathspecs", "ls-tree", "-z", "--name-only", "--full-tree", "HEAD", "--")
    known = process.run(worktree, *place, *flags, *paths).stdout.split("\0")
    return [path for path in paths if path not in known]


class _Flag(NamedTuple):
    """What the index keeps of a path that git was told not to look at."""

    is_assumed: bool
    is_skipped: bool
    object_id: str


def _listed(worktree: Path, place: Sequence[str]) -> tuple[dict[str, _Flag], list[str]]:
    """Return the paths that git assumes unchanged or skips, and the submodules' paths.

    git-ls-files(1), ``-v`` and ``--stage``.
    """
    found, links = {}, []
    listed = process.run(worktree, *place, "ls-files", "-v", "--stage", "-z").stdout
    for line in listed.split("\0")[:-1]:
        said, _, path = line.partition("\t")
        if said.startswith(GITLINK, 2):
            links.append(path)
        elif line[0].islower() or line[0] == "S":
            found[path] = _Flag(line[0].islower(), line[0] in "Ss", said.split(" ")[2])
    return found, links


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


def _edited(worktree: Path, place: Sequence[str], flagged: dict[str, _Flag]) -> Iterator[str]:
    """Yield those of the paths whose file is not as the index has it."""
    plain = []
    for path, flag in flagged.items():
        file = worktree / path
        odd = file.is_symlink() or (file.exists() and not file.is_file())
        if odd or leads_through_link(worktree, path):
            yield path
        elif file.is_file():
            plain.append(path)
        elif not flag.is_skipped:  # a sparse checkout leaves files out
            yield path
    if plain:
        asked = "".join(f"{process.quoted(path)}\n" for path in plain)
        command = ("hash-object", "--stdin-paths")
        hashed = process.run(worktree, *place, *command, stdin=asked).stdout.split()
        for path, object_id in zip(plain, hashed, strict=True):
            if object_id != flagged[path].object_id:
                yield path


def _stamp(path: Path) -> tuple[int, int, int, int]:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0, 0, 0)
    return (found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns)
