"""What a worktree has beyond its HEAD commit: everything that would be gone with its directory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from plan_worktree import git
from plan_worktree.gitworktrees import STATUS

GITLINK = "160000"


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

    When it was `moved` away from where git looks for it, git does not find the files of its
    submodules, so that changes in those are not told. Raises git.GitError.
    """
    place = (f"--git-dir={git_directory}", f"--work-tree={worktree}")
    flags = ("--untracked-files=all", "--no-renames", "--branch")
    modules_too = f"--ignore-submodules={'dirty' if moved else 'none'}"
    lines = git.run(worktree, *place, *STATUS, *flags, modules_too).stdout.split("\0")[:-1]
    staged, conflicts, changed, intended, modules, others = [], [], [], [], [], [*ignored]
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
    flagged = _flagged(worktree, place)
    changed += [path for path in _edited(worktree, place, flagged) if path not in changed]
    untracked = tuple(path for path in others if not path.endswith("/"))
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
        fingerprint=(*lines, *(_stamp(worktree / path) for path in (*changed, *untracked))),
    )


class _Flag(NamedTuple):
    """What the index keeps of a path that git was told not to look at."""

    is_assumed: bool
    is_skipped: bool
    object_id: str


def _flagged(worktree: Path, place: Sequence[str]) -> dict[str, _Flag]:
    """Return the paths that git assumes unchanged or skips (git-ls-files(1), ``-v``)."""
    found = {}
    listed = git.run(worktree, *place, "ls-files", "-v", "--stage", "-z").stdout
    for line in listed.split("\0")[:-1]:
        if line[0].islower() or line[0] == "S":
            said, _, path = line.partition("\t")
            found[path] = _Flag(line[0].islower(), line[0] in "Ss", said.split(" ")[2])
    return found


def _edited(worktree: Path, place: Sequence[str], flagged: dict[str, _Flag]) -> Iterator[str]:
    """Yield those of the paths whose file is not as the index has it."""
    plain = []
    for path, flag in flagged.items():
        file = worktree / path
        if file.is_symlink() or (file.exists() and not file.is_file()) or "\n" in path:
            yield path
        elif file.is_file():
            plain.append(path)
        elif not flag.is_skipped:  # a sparse checkout leaves files out
            yield path
    if plain:
        asked = "".join(f"{path}\n" for path in plain)
        command = ("hash-object", "--stdin-paths")
        hashed = git.run(worktree, *place, *command, stdin=asked).stdout.split()
        for path, object_id in zip(plain, hashed, strict=True):
            if object_id != flagged[path].object_id:
                yield path


def _stamp(path: Path) -> tuple[int, int, int, int]:
    try:
        found = path.lstat()
    except OSError:
        return (0, 0, 0, 0)
    return (found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns)
