"""A snapshot: one commit that holds a whole worktree, so that it can be taken away.

Its tree is the working tree, untracked files included, byte for byte as they lie on the disk (no
filter is applied). Its parents are HEAD; a commit of the index; and a commit of notes, whose tree
has what else makes the worktree what it is: which files there are with which permissions, flags
of the index, conflicts, and the files of a rebase or merge in progress. More parents keep alive
what those files name. All of it is written by one ``git fast-import``, or none of it.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from plan_worktree.git.index import GITLINK
from plan_worktree.git.objects import fast_import as stream
from plan_worktree.git.objects.history import in_no_ref
from plan_worktree.git.objects.lookup import find_objects
from plan_worktree.removal.content import Content, leads_through_link, unlike_checkout
from plan_worktree.state.repository.facts import SNAPSHOT
from plan_worktree.worktrees.notes import RESTORED

# Files of a worktree's git directory that describe the place, not the work.
_OF_THE_PLACE = {"HEAD", "commondir", "gitdir", "index", "locked", "plan-worktree.index", RESTORED}
_OBJECT_ID = re.compile(rb"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")


class SavedFile(NamedTuple):
    """A file of the working tree: its mode in git's notation, its permissions, and its path."""

    mode: str
    permissions: int
    path: str


class Original(NamedTuple):
    """A worktree that is saved: its path, its git directory, and what was found in it."""

    worktree: Path
    git_directory: Path
    content: Content


def save(root: Path, original: Original, ref: str, tip: str | None) -> None:
    """Write a worktree's snapshot to a new ref, together with its branch's `tip`.

    Raises GitError and OSError: then there is no ref.
    """
    worktree, git_directory, content = original
    state = _state_files(git_directory)
    named = {word.decode() for raw in state.values() for word in _OBJECT_ID.findall(raw)}
    # What git skips comes back only when it is saved; what it calls unchanged may look otherwise.
    skipped = [path for path in content.skipped if os.path.lexists(worktree / path)]
    more = (*skipped, *unlike_checkout(worktree, content))
    content = replace(content, changed=tuple(dict.fromkeys((*content.changed, *more))))
    original = original._replace(content=content)
    kept = [tip] if tip else []
    kept += _lost(root, named)
    stream.fast_import(root, _stream(original, state, (ref, *kept)))


def _state_files(git_directory: Path) -> dict[str, bytes]:
    """Return the small files in which git keeps a worktree's state, by relative name."""
    found = {}
    for folder, folders, names in os.walk(git_directory):
        if Path(folder) == git_directory:
            folders[:] = [name for name in folders if name != "modules"]
        for name in names:
            path = Path(folder, name)
            relative = path.relative_to(git_directory).as_posix()
            if relative not in _OF_THE_PLACE and path.is_file() and not name.endswith(".lock"):
                found[relative] = path.read_bytes()
    return found


def _lost(root: Path, names: Iterable[str]) -> list[str]:
    """Return the commits among some objects that no ref keeps, without those before others."""
    found = find_objects(root, sorted(set(names)))
    commits = [commit for commit, kind in found if kind == "commit"]
    if not commits:
        return []
    lost = in_no_ref(root, commits)
    before = {parent for parents in lost.values() for parent in parents}
    return [commit for commit in lost if commit not in before]


def _stream(original: Original, state: dict[str, bytes], names: Sequence[str]) -> Iterator[bytes]:
    """Yield the commands for git-fast-import(1): the notes, the index, the working tree."""
    worktree, git_directory, content = original
    ref, *kept = names
    links = {entry.path: entry for entry in content.staged if entry.mode == GITLINK}
    paths = [path for path in (*content.changed, *content.untracked) if path not in links]
    files, gone = _files(worktree, paths)
    # Dates of the parts are fixed, so that saving the same twice gives the same parts.
    yield stream.begin_commit(ref, 1, 0, "plan-worktree: notes")
    head = (git_directory / "HEAD").read_bytes()
    tip = kept[0] if kept else ""
    for name, raw in _notes(content, files, gone, head, tip).items():
        yield from stream.inline("100644", f"notes/{name}", len(raw), [raw])
    for name, raw in state.items():
        yield from stream.inline("100644", f"state/{name}", len(raw), [raw])
    for entry in content.conflicts:
        if entry.mode != GITLINK:
            yield stream.modify(entry._replace(path=f"conflicts/{entry.stage}/{entry.path}"))
    yield stream.begin_commit(ref, 2, 0, "plan-worktree: index", content.head)
    deleted = [entry.path for entry in content.staged if entry.mode == "000000"]
    yield from map(stream.delete, deleted)
    yield from (stream.modify(entry) for entry in content.staged if entry.mode != "000000")
    what = ref.removeprefix("refs/plan-worktree/")
    yield stream.begin_commit(
        ref, 3, int(time.time()), f"{SNAPSHOT}{what} of {tip or content.head}", content.head
    )
    parents = [":2", ":1", *dict.fromkeys(commit for commit in kept if commit != content.head)]
    yield stream.more_parents(parents)
    yield from map(stream.delete, gone)
    yield from map(stream.modify, links.values())
    for file in files:
        yield from _file(worktree, file)


def _files(worktree: Path, paths: Iterable[str]) -> tuple[list[SavedFile], list[str]]:
    """Return the files that are there, and the paths where none is."""
    files, gone = [], []
    for path in paths:
        if leads_through_link(worktree, path):
            gone.append(path)
            continue
        try:
            mode = (worktree / path).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            gone.append(path)
            continue
        if stat.S_ISLNK(mode):
            files.append(SavedFile("120000", stat.S_IMODE(mode), path))
        elif stat.S_ISREG(mode):
            executable = "100755" if mode & stat.S_IXUSR else "100644"
            files.append(SavedFile(executable, stat.S_IMODE(mode), path))
        else:
            gone.append(path)
    return files, gone


def _notes(
    content: Content, files: Iterable[SavedFile], gone: Iterable[str], head: bytes, tip: str
) -> dict[str, bytes]:
    lists = {
        "files": [f"{file.mode} {file.permissions:o} {file.path}" for file in files],
        "gone": gone,
        "intended": content.intended,
        "assumed": content.assumed,
        "skipped": content.skipped,
        "conflicts": [
            f"{entry.mode} {entry.object_id} {entry.stage}\t{entry.path}"
            for entry in content.conflicts
        ],
    }
    texts = {name: "".join(f"{line}\0" for line in lines) for name, lines in lists.items()}
    raw = {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items() if text}
    return raw | {"head": head} | ({"tip": tip.encode()} if tip else {})


def _file(worktree: Path, file: SavedFile) -> Iterator[bytes]:
    path = worktree / file.path
    if file.mode == "120000":
        target = os.fsencode(path.readlink())
        yield from stream.inline(file.mode, file.path, len(target), [target])
        return
    with path.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        yield from stream.inline(file.mode, file.path, size, _content(path, opened, size))


def _content(path: Path, opened: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = opened.read(min(left, 1 << 20))
        if not chunk:
            raise OSError(f"{path} became shorter while it was being saved")
        left -= len(chunk)
        yield chunk
