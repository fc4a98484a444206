"""Small random repositories, and what a real ``git merge`` says of their branches."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from random import Random
from typing import NamedTuple

Entry = tuple[str, bytes]  # the mode, and the content; of a submodule, the commit's name
Tree = dict[str, Entry]
Operation = Callable[[Random, Tree], None]

_FILE, _PROGRAM, _LINK, _MODULE = "100644", "100755", "120000", "160000"
_TEXTS = (
    "README.txt", "log.txt", "locked.cfg", "a/one.txt", "a/two.txt", "a/b/three.txt",
    "a/b/four.c", "c/five.txt", "c/ä file.txt",
)  # fmt: skip
_ADDED = (
    "new.txt", "notes", "notes/inner.txt", "a/new.txt", "a/b/new", "a/b/new/deep.txt", "c/new.txt",
    "moved", "blob.bin",
)  # fmt: skip
_FOLDERS = ("moved", "moved/in", "a2", "c", "a/inner", "a/b")
_COMMITS = tuple(digit * 40 for digit in "1234")
_ATTRIBUTES = ("*.txt text=auto", "*.bin -text", "log.txt merge=union", "locked.cfg -merge")
_KEPT = (".gitattributes", ".gitmodules")  # what no ordinary operation touches
_START = 1_700_000_000
_SETTINGS = (
    "user.name=Oracle", "user.email=oracle@localhost", "commit.gpgSign=false",
    "maintenance.auto=false", f"core.hooksPath={os.devnull}", "core.fsync=none",
)  # fmt: skip
_QUIET = tuple(word for setting in _SETTINGS for word in ("-c", setting))


class _Commit(NamedTuple):
    """A commit to write: its number among all, where it goes, its parents' numbers, its files."""

    mark: int
    branch: str
    parents: tuple[int, ...]
    tree: Tree


class MergeDied(Exception):
    """Git stopped on a fault of its own: there is neither a merge nor a conflict."""


def generate(path: Path, seed: int, branches: Sequence[str]) -> None:
    """Make a repository in an empty directory: main, and branches that start at its one commit.

    The same seed and branches give the same commits. At the end main is checked out.
    """
    rng = Random(seed)  # noqa: S311
    commits = _history(rng, branches)
    settings = _settings(rng)
    _git(path, "init", "--quiet", "--template=", "--initial-branch=main", alone=True)
    with (path / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(settings)
    flags = ("-c", "fastimport.unpackLimit=0", "-c", "core.fsync=none")
    _git(path, *flags, "fast-import", "--quiet", stdin=_stream(commits), alone=True)
    _git(path, *flags, "reset", "--quiet", "--hard", alone=True)


def really(path: Path, scratch: Path, ours: str, theirs: str) -> tuple[bool, set[str]]:
    """Merge `theirs` into `ours` in a worktree at `scratch`: was there a conflict, and where.

    The worktree is made when it is not there, detached, and left without traces of the merge.
    Raises MergeDied when git could do neither.
    """
    conflict, paths, _ = _merge(path, scratch, ours, theirs)
    return conflict, paths


def plain(path: str, labels: Iterable[str]) -> str:
    """Return a path without the label with which git sets a file aside for a folder."""
    names = "|".join(re.escape(label.replace("/", "_")) for label in labels)
    return re.sub(rf"~({names}|HEAD|Temporary merge branch \d)(_\d+)?\Z", "", path)


def _merge(path: Path, scratch: Path, ours: str, theirs: str) -> tuple[bool, set[str], str]:
    """Do what `really` does, and give the tree as well where the merge was clean."""
    folder = _stand(path, scratch, ours)
    try:
        done = _git(scratch, *_QUIET, "merge", "--no-edit", "--no-ff", theirs, ok=None)
        if done.returncode == 0:
            return False, set(), _git(scratch, "rev-parse", "HEAD^{tree}").stdout.decode().strip()
        if done.returncode != 1 or b"Automatic merge failed" not in done.stdout:
            raise MergeDied(f"{done.returncode}: {(done.stdout + done.stderr).decode()}")
        said = _git(scratch, "diff", "--name-only", "--diff-filter=U", "-z").stdout
        return True, {plain(name, (theirs,)) for name in _fields(said)}, ""
    finally:
        (folder / "index.lock").unlink(missing_ok=True)  # left by a git that was aborted
        _git(scratch, "reset", "--quiet", "--hard", ours)
        _git(scratch, "clean", "-ffdxq")


def _stand(path: Path, scratch: Path, commit: str) -> Path:
    """Have a worktree at `scratch`, detached at a commit; return its own git folder."""
    link = scratch / ".git"
    made = not link.exists()
    if made:
        _git(path, "worktree", "add", "--quiet", "--detach", str(scratch), commit)
    folder = Path(link.read_text(encoding="utf-8").removeprefix("gitdir: ").strip())
    if folder.parents[1] != path.resolve() / ".git":
        raise ValueError(f"{scratch} is no worktree of {path}")
    if not made:
        _git(scratch, "checkout", "--quiet", "--force", "--detach", commit)
    return folder


def _git(
    path: Path,
    *words: str,
    stdin: bytes = b"",
    ok: Sequence[int] | None = (0,),
    alone: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a directory; `alone` is without the settings of the user and the machine."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")
    }
    variables["LC_ALL"] = "C"
    if alone:
        variables |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    line = ["git", *words]
    done = subprocess.run(
        line, cwd=path, env=variables, input=stdin, capture_output=True, check=False
    )
    if ok is not None and done.returncode not in ok:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise RuntimeError(f"git {' '.join(words)} ended with {done.returncode}: {said}")
    return done


def _fields(said: bytes) -> list[str]:
    return [os.fsdecode(field) for field in said.split(b"\0") if field]


# The history


def _history(rng: Random, branches: Sequence[str]) -> list[_Commit]:
    """Think of all commits: one or two on every branch, and merges and picks between them."""
    base = _Commit(1, "main", (), _base(rng))
    commits = [base]
    tips = {branch: _add_commit(rng, commits, branch, base) for branch in branches}
    first = dict(tips)
    crossed = rng.sample(list(branches), 2) if len(branches) > 1 and rng.random() < 0.2 else []
    for branch in branches:
        others = [other for other in branches if other != branch]
        chance = rng.random()
        if branch in crossed:
            other = first[crossed[1 - crossed.index(branch)]]
            tips[branch] = _join(rng, commits, tips[branch], other, base)
        elif others and chance < 0.1:
            tips[branch] = _join(rng, commits, tips[branch], first[rng.choice(others)], base)
        elif others and chance < 0.2:
            tree = dict(tips[branch].tree)
            _carry(rng, tree, base.tree, first[rng.choice(others)].tree)
            tips[branch] = _write(commits, branch, (tips[branch].mark,), tree)
        elif chance < 0.4:
            continue
        if rng.random() < 0.6:
            tips[branch] = _add_commit(rng, commits, branch, tips[branch])
    return commits


def _write(commits: list[_Commit], branch: str, parents: tuple[int, ...], tree: Tree) -> _Commit:
    commits.append(_Commit(len(commits) + 1, branch, parents, tree))
    return commits[-1]


def _add_commit(rng: Random, commits: list[_Commit], branch: str, before: _Commit) -> _Commit:
    """Commit a few random operations."""
    tree = dict(before.tree)
    for operation in rng.choices(_OPERATIONS, _WEIGHTS, k=rng.randint(1, 4)):
        operation(rng, tree)
    return _write(commits, branch, (before.mark,), tree)


def _join(
    rng: Random, commits: list[_Commit], ours: _Commit, theirs: _Commit, base: _Commit
) -> _Commit:
    """Merge by hand, as somebody would who takes one side or the other of what conflicts."""
    tree = dict(ours.tree)
    _carry(rng, tree, base.tree, theirs.tree, careful=True)
    return _write(commits, ours.branch, (ours.mark, theirs.mark), tree)


def _carry(rng: Random, tree: Tree, before: Tree, after: Tree, *, careful: bool = False) -> None:
    """Do to a tree what was done between two others; `careful`, not all of it if it conflicts."""
    for path in sorted(before.keys() | after.keys()):
        old, new, here = before.get(path), after.get(path), tree.get(path)
        if old == new or (careful and here != old and rng.random() < 0.5):
            continue
        if new is None:
            tree.pop(path, None)
        elif here and old and here != old and _lines(old) and _lines(here) and _lines(new):
            tree[path] = here[0], b"".join(_woven(_lines(old), _lines(here), _lines(new)))
        else:
            _put(tree, path, new)


def _lines(entry: Entry) -> list[bytes]:
    return [] if entry[0] not in (_FILE, _PROGRAM) else entry[1].splitlines(keepends=True)


def _woven(old: list[bytes], ours: list[bytes], theirs: list[bytes]) -> list[bytes]:
    """Merge line by line what has as many lines on all sides; otherwise take theirs."""
    if not len(old) == len(ours) == len(theirs):
        return theirs
    lines = zip(old, ours, theirs, strict=True)
    return [mine if mine != was else other for was, mine, other in lines]


def _stream(commits: Sequence[_Commit]) -> bytes:
    """Write the commits in the language of git-fast-import(1)."""
    out: list[bytes] = []
    trees: dict[int, Tree] = {0: {}}
    for mark, branch, parents, tree in commits:
        trees[mark] = tree
        words = [
            f"commit refs/heads/{branch}", f"mark :{mark}",
            f"committer Author <author@localhost> {_START + 60 * mark} +0000",
            *_data(f"Commit {mark}\n"),
        ]  # fmt: skip
        words += [f"{('from', 'merge')[n > 0]} :{parent}" for n, parent in enumerate(parents)]
        before = trees[parents[0] if parents else 0]
        words += [f"D {path}" for path in sorted(before.keys() - tree.keys())]
        out.append("\n".join([*words, ""]).encode())
        for path, (mode, content) in sorted(tree.items()):
            if before.get(path) == (mode, content):
                continue
            if mode == _MODULE:
                out.append(f"M {mode} {content.decode()} {path}\n".encode())
            else:
                head = f"M {mode} inline {path}\ndata {len(content)}\n"
                out.append(head.encode() + content + b"\n")
    return b"".join([*out, b"done\n"])


def _data(text: str) -> tuple[str, str]:
    return f"data {len(text.encode())}", text.rstrip("\n")


# The first commit, and the settings


def _base(rng: Random) -> Tree:
    """Think of the files of the first commit."""
    tree = {path: (_FILE, _text(path, rng.randint(15, 30))) for path in _TEXTS}
    tree["c/dos.txt"] = _FILE, _text("dos", 18).replace(b"\n", b"\r\n")
    tree["data.bin"] = _FILE, bytes(range(256)) * 2
    tree["tool.sh"] = _PROGRAM, b"#!/bin/sh\n" + _text("tool", 16)
    tree["link"] = _LINK, b"a/one.txt"
    tree["empty"] = _FILE, b""
    tree["vendor/lib"] = _MODULE, b"0" * 39 + b"1"
    tree[".gitmodules"] = _FILE, b'[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../lib\n'
    if rng.random() < 0.5:
        said = [line for line in _ATTRIBUTES if rng.random() < 0.7]
        tree[".gitattributes"] = _FILE, "".join(f"{line}\n" for line in said).encode()
    return tree


def _text(name: str, count: int) -> bytes:
    stem = PurePosixPath(name).stem
    return "".join(f"{stem} has a line {number}\n" for number in range(count)).encode()


def _settings(rng: Random) -> str:
    """Think of settings that change how git merges."""
    said = {
        "merge.directoryRenames": rng.choice(("", "", "true", "false", "conflict")),
        "merge.renames": rng.choice(("", "", "", "", "false")),
        "merge.conflictStyle": rng.choice(("", "", "diff3", "zdiff3")),
        "merge.renormalize": rng.choice(("", "", "", "", "true")),
        "diff.renameLimit": rng.choice(("", "", "", "1", "3")),
    }
    parts = ((*name.split("."), value) for name, value in said.items() if value)
    return "".join(f"[{section}]\n\t{name} = {value}\n" for section, name, value in parts)


# The operations


def _pick(rng: Random, tree: Tree, modes: Sequence[str] = (_FILE, _PROGRAM)) -> str | None:
    """Choose a file, rather one of the first few, so that branches choose the same."""
    paths = sorted(path for path in tree if path not in _KEPT and tree[path][0] in modes)
    if not paths:
        return None
    return paths[int(rng.random() ** 1.4 * len(paths))]


def _put(tree: Tree, path: str, entry: Entry) -> None:
    """Write a file, in place of whatever is in its way."""
    for folder in PurePosixPath(path).parents:
        tree.pop(str(folder), None)
    for inner in [known for known in tree if known.startswith(f"{path}/")]:
        del tree[inner]
    tree[path] = entry


def _folders(tree: Tree) -> list[str]:
    known = {str(folder) for path in tree for folder in PurePosixPath(path).parents}
    return sorted(known - {".", "vendor"})


def _changed(rng: Random, content: bytes) -> bytes:
    """Edit a line or two near the top, the middle or the bottom; of a binary, some bytes."""
    if b"\0" in content:
        start = rng.choice((0, 200, 400))
        return content[:start] + bytes([rng.randrange(3)]) * 9 + content[start + 9 :]
    lines = content.splitlines(keepends=True)
    end = b"\r\n" if b"\r\n" in content else b"\n"
    middle = rng.choice((1, len(lines) // 2, len(lines) - 2))
    start = max(0, middle + rng.randint(-1, 1))
    gone = rng.choice((0, 1, 1, 2))
    new = [b"edit %d" % rng.randrange(4) + end for _ in range(rng.choice((0, 1, 1, 2)))]
    return b"".join([*lines[:start], *new, *lines[start + gone :]])


def _edit(rng: Random, tree: Tree) -> None:
    if path := _pick(rng, tree):
        tree[path] = tree[path][0], _changed(rng, tree[path][1])


def _append(rng: Random, tree: Tree) -> None:
    if path := _pick(rng, tree):
        tree[path] = tree[path][0], tree[path][1] + b"appended %d\n" % rng.randrange(3)


def _log(rng: Random, tree: Tree) -> None:
    """Edit one of the files for which attributes may ask for a special merge."""
    path = rng.choice(("log.txt", "locked.cfg", "data.bin"))
    if tree.get(path, ("", b""))[0] in (_FILE, _PROGRAM):
        tree[path] = tree[path][0], _changed(rng, tree[path][1])


def _delete(rng: Random, tree: Tree) -> None:
    if path := _pick(rng, tree, (_FILE, _PROGRAM, _LINK, _MODULE)):
        del tree[path]


def _rename(rng: Random, tree: Tree) -> None:
    path = _pick(rng, tree, (_FILE, _PROGRAM, _LINK))
    if path is None:
        return
    mode, content = tree.pop(path)
    if mode != _LINK and rng.random() < 0.4:
        content = _changed(rng, content)
    folder = rng.choice([str(PurePosixPath(path).parent), *_folders(tree), *_FOLDERS[:2]])
    name = rng.choice(("renamed.txt", "new.txt", PurePosixPath(path).name))
    _put(tree, str(PurePosixPath(folder, name)), (mode, content))


def _rename_folder(rng: Random, tree: Tree) -> None:
    """Rename a folder, sometimes only for a part of its files."""
    folders = _folders(tree)
    if not folders:
        return
    old, new = rng.choice(folders), rng.choice(_FOLDERS)
    part = rng.random() < 0.2
    inside = [path for path in sorted(tree) if path.startswith(f"{old}/")]
    moved = {path: tree.pop(path) for path in inside if not part or rng.random() < 0.7}
    for path, entry in moved.items():
        _put(tree, new + path.removeprefix(old), entry)


def _add(rng: Random, tree: Tree) -> None:
    path = rng.choice(_ADDED)
    if path.endswith(".bin"):
        content = b"\0\1" * rng.randint(8, 10)
    else:
        content = b"added %d\n" % rng.randrange(3) + _text("added", 12)
    _put(tree, path, (rng.choice((_FILE, _FILE, _FILE, _PROGRAM)), content))


def _add_inside(rng: Random, tree: Tree) -> None:
    if folders := _folders(tree):
        path = f"{rng.choice(folders)}/extra-{rng.randrange(3)}.txt"
        _put(tree, path, (_FILE, _text(f"extra {rng.randrange(3)}", 12)))


def _set_mode(rng: Random, tree: Tree) -> None:
    if path := _pick(rng, tree):
        mode, content = tree[path]
        tree[path] = (_PROGRAM if mode == _FILE else _FILE), content


def _replace(rng: Random, tree: Tree) -> None:
    """Put a link, a folder or a file in place of a file, a link or a submodule."""
    path = _pick(rng, tree, (_FILE, _PROGRAM, _LINK, _MODULE))
    if path is None:
        return
    kind = rng.randrange(4)
    if kind == 0:
        _put(tree, path, (_LINK, rng.choice((b"README.txt", b"c/five.txt"))))
    elif kind == 1:
        _put(tree, f"{path}/inner.txt", (_FILE, _text("inner", rng.randint(10, 12))))
    elif kind == 2:
        _put(tree, f"{path}/moved.txt", tree[path])
    else:
        _put(tree, path, (_FILE, _text("instead", rng.randint(10, 12))))


def _replace_folder(rng: Random, tree: Tree) -> None:
    if folders := _folders(tree):
        _put(tree, rng.choice(folders), rng.choice(((_FILE, _text("flat", 12)), (_LINK, b"empty"))))


def _line_ends(rng: Random, tree: Tree) -> None:
    if path := _pick(rng, tree):
        mode, content = tree[path]
        if b"\0" in content:
            return
        unix = content.replace(b"\r\n", b"\n")
        tree[path] = mode, unix if unix != content else content.replace(b"\n", b"\r\n")


def _submodule(rng: Random, tree: Tree) -> None:
    _put(tree, "vendor/lib", (_MODULE, rng.choice(_COMMITS).encode()))


def _forget_submodule(rng: Random, tree: Tree) -> None:
    """Delete the entry in .gitmodules, or all of it, sometimes with the submodule."""
    if rng.random() < 0.5:
        tree.pop(".gitmodules", None)
    else:
        tree[".gitmodules"] = _FILE, b"# none\n"
    if rng.random() < 0.5 and tree.get("vendor/lib", ("", b""))[0] == _MODULE:
        del tree["vendor/lib"]


_CHANCES: Mapping[Operation, int] = {
    _edit: 16, _append: 4, _log: 4, _delete: 6, _rename: 9, _rename_folder: 6, _add: 7,
    _add_inside: 5, _set_mode: 4, _replace: 5, _replace_folder: 1, _line_ends: 3, _submodule: 3,
    _forget_submodule: 1,
}  # fmt: skip
_OPERATIONS, _WEIGHTS = tuple(_CHANCES), tuple(_CHANCES.values())
