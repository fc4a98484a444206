"""Copies of repositories: what git has made once is copied, not made again.

A copy is what git would have made at the new place. Three things depend on the place: a repository
and its worktrees know each other by their absolute paths, so does a clone its remote, and an index
knows each file's inode.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

# Variables that tell of the place, not of what is made there.
_PLACES = {"HOME", "USERPROFILE", "GIT_CONFIG_GLOBAL", "PYTEST_CURRENT_TEST"}


def made(what: object, place: Path, fill: Callable[[Path], object]) -> None:
    """Have in the folder `place` what `fill` makes in a folder.

    `what` tells apart what is made. It is made again where git's settings differ.
    """
    template = _store() / hashlib.sha256(f"{what}{_surroundings()}".encode()).hexdigest()[:20]
    if template.exists():
        copy(template, place)
        return
    fill(place)
    if all(back.is_relative_to(place) for back in _worktrees(place).values()):
        copy(place, template)


def copy(template: Path, place: Path) -> None:
    """Copy a folder with repositories in it, or below it, and all of their worktrees."""
    place.mkdir(parents=True, exist_ok=True)
    _copy_folder(str(template), str(place))
    for config in _configs(place):
        if f"{template}/" in config.read_text():
            _moved(config, template, place)
        _know_files(config.with_name("index"), config.parent.parent)
    for pointer in _worktrees(place):
        back = Path(_moved(pointer, template, place).removesuffix("\n"))
        if back.exists():  # a worktree may be gone
            _moved(back, template, place)
            _know_files(pointer.with_name("index"), back.parent)


def _configs(place: Path) -> list[Path]:
    """Return the configuration of every repository, bare ones with them."""
    patterns = (".git/config", "*/.git/config", "*/*/.git/config", "*.git/config")
    return [config for pattern in patterns for config in place.glob(pattern)]


def _worktrees(place: Path) -> dict[Path, Path]:
    """Return git's files that name the worktrees, and what each file names: a `.git` there."""
    pattern = ".git/worktrees/*/gitdir"
    pointers = (*place.glob(pattern), *place.glob(f"*/{pattern}"))
    return {pointer: Path(pointer.read_text().removesuffix("\n")) for pointer in pointers}


def _copy_folder(source: str, target: str) -> None:
    """Copy a folder into one that may be there: shutil and pathlib take longer for it.

    An object of git's, whose name tells its content, is not copied but shared.
    """
    with suppress(FileExistsError):
        os.mkdir(target)
    shares = f".git{os.sep}objects{os.sep}" in f"{source}{os.sep}"
    with os.scandir(source) as entries:
        for entry in entries:
            place = f"{target}{os.sep}{entry.name}"
            if entry.is_symlink():
                if not os.path.lexists(place):
                    os.symlink(os.readlink(entry.path), place)
            elif entry.is_dir():
                _copy_folder(entry.path, place)
            elif not shares:
                _copy_file(entry, place)
            elif not os.path.lexists(place):
                try:
                    os.link(entry.path, place)
                except OSError:  # on another disk
                    _copy_file(entry, place)


def _copy_file(source: os.DirEntry[str], target: str) -> None:
    """Copy a file's content, its permissions and when it changed."""
    known = source.stat()
    with open(source.path, "rb", buffering=0) as old:
        content = old.read()
    number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, known.st_mode & 0o777)
    with open(number, "wb", buffering=0) as new:
        new.write(content)
        os.utime(number, ns=(known.st_atime_ns, known.st_mtime_ns))


def _moved(file: Path, template: Path, place: Path) -> str:
    """Write into a file of git's, which holds a path, where that is now."""
    text = file.read_text().replace(f"{template}/", f"{place}/")
    file.unlink()  # some file systems write to the disk at once what replaces a content
    file.write_text(text)
    return text


def _know_files(index: Path, tree: Path) -> None:
    """Write into an index what a copy of a file does not keep: its inode, and when that changed.

    Else git would read every file again, and write the index when somebody only looks. What is
    not in the version 2 of gitformat-index(5) is left to git.
    """
    data = bytearray(index.read_bytes()) if index.exists() else bytearray()
    size = 32 if data[-32:] == hashlib.sha256(data[:-32]).digest() else 20
    if not data:
        return
    if data[4:8] != b"\0\0\0\2":
        subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=tree, check=False)
        return
    at = 12
    for _ in range(*struct.unpack_from(">I", data, 8)):
        name = at + 42 + size
        end = data.index(0, name)
        path = tree / os.fsdecode(bytes(data[name:end]))
        if os.path.lexists(path):
            seen = path.lstat()
            struct.pack_into(">II", data, at, *divmod(seen.st_ctime_ns, 10**9))
            struct.pack_into(">I", data, at + 20, seen.st_ino & 0xFFFFFFFF)
        at += (end - at + 8) & ~7
    data[-size:] = hashlib.new("sha256" if size == 32 else "sha1", data[:-size]).digest()
    # Its own time stays: by that git knows which files may have changed since it wrote the index
    # without a difference in what is kept of them (gitformat-index(5), "racy git").
    when = index.stat()
    index.write_bytes(data)
    os.utime(index, ns=(when.st_atime_ns, when.st_mtime_ns))


def _surroundings() -> str:
    """Return what git's results may depend on: its settings, and the variables of the test."""
    config = Path(os.environ.get("GIT_CONFIG_GLOBAL", os.devnull))
    settings = config.read_bytes() if config.is_file() else b""
    return f"{settings!r}{sorted(item for item in os.environ.items() if item[0] not in _PLACES)}"


@cache
def _store() -> Path:
    """Return this process's own folder of templates; it ends with the process."""
    path = Path(tempfile.mkdtemp(prefix="templates-")).resolve()
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path
