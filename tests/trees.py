"""Working trees in every state that git knows: generated, made, and recorded to be compared.

Paths are text as the system decodes it, so a name that is not UTF-8 holds lone surrogates.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from tests.support import Repo, new_repo, plan_worktree
from tests.world import PLAN_ID, POINTER, shop

STAGE = "core"
OUTSIDE = "outside"  # the folder beside the project that absolute links point to
BIG = b"\0stands for very much\xff"  # which would fill the screen when an example fails
# Git keeps upper case and would check out lower case: what a file held is in neither.
LOSSY = ("filter.lossy.clean=tr a-z A-Z", "filter.lossy.smudge=tr A-Z a-z")

OPERATIONS = {
    "merge": ("merge", "side"),
    "rebase": ("rebase", "side"),
    "cherry-pick": ("cherry-pick", "side"),
    "revert": ("revert", "--no-edit", "before"),
}
CONFLICTS = ("both-conflict.txt", "gone-conflict.txt", "new-conflict.txt")
# What the git directory of a worktree holds of an operation that is not finished.
UNFINISHED = (
    *("MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "SQUASH_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD"),
    *("REBASE_HEAD", "sequencer", "rebase-merge", "rebase-apply"),
    *("BISECT_START", "BISECT_LOG", "BISECT_NAMES", "BISECT_TERMS", "BISECT_EXPECTED_REV"),
)


@dataclass(frozen=True)
class Change:
    """One thing that somebody does in a worktree; it does nothing where it makes no sense."""

    verb: str
    path: str
    content: bytes = b""
    to: str = ""


@dataclass(frozen=True)
class State:
    """A tree that is committed, what was done to it since, and how it is to be taken away."""

    committed: tuple[Change, ...]
    changes: tuple[Change, ...]
    flags: tuple[str, ...]
    collected: bool


def git(tree: Path, *args: str, check: bool = True) -> bytes:
    """Run git without refreshing the index, which would hide what a racy index hides."""
    done = subprocess.run(
        ["git", *args],
        cwd=tree,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0 or not check, f"{args} exited {done.returncode}\n{done.stderr!r}"
    return done.stdout


_GIT_VERBS = {
    "add": ("add", "--force", "--"),
    "intend": ("add", "--force", "--intent-to-add", "--"),
    "rm": ("rm", "--quiet", "--force", "-r", "--"),
    "forget": ("rm", "--quiet", "--force", "-r", "--cached", "--"),
    "unstage": ("reset", "--quiet", "--"),
    "assume": ("update-index", "--assume-unchanged", "--"),
    "skip": ("update-index", "--skip-worktree", "--"),
}


def apply(tree: Path, changes: Iterable[Change]) -> None:
    for change in changes:
        _apply(tree, tree / change.path, change)


def _apply(tree: Path, path: Path, change: Change) -> None:
    match change.verb:
        case "write":
            if path.is_symlink() or not path.is_file():
                _make_room(tree, path)
            path.write_bytes(change.content * (20_000 if change.content == BIG else 1))
        case "link":
            _make_room(tree, path)
            outside = tree.parents[2] / OUTSIDE
            path.symlink_to(outside if change.to == OUTSIDE else change.to)
        case "folder":
            _make_room(tree, path / change.to)
            (path / change.to).write_bytes(change.content)
        case "executable" | "plain":
            if _is_ours(tree, path) and path.is_file() and not path.is_symlink():
                path.chmod(0o755 if change.verb == "executable" else 0o644)
        case "delete":
            if _is_ours(tree, path):
                _clear(path)
        case "move":
            if _is_ours(tree, path) and change.path != change.to:
                _make_room(tree, tree / change.to)
                git(tree, "--literal-pathspecs", "mv", "--", change.path, change.to, check=False)
        case verb:
            git(tree, "--literal-pathspecs", *_GIT_VERBS[verb], change.path, check=False)


def _is_ours(tree: Path, path: Path) -> bool:
    """Whether a path is reached without a link, which may lead out of the tree."""
    return not any(above.is_symlink() for above in _above(tree, path))


def _above(tree: Path, path: Path) -> list[Path]:
    return [tree / above for above in reversed(path.relative_to(tree).parents[:-1])]


def _make_room(tree: Path, path: Path) -> None:
    for above in _above(tree, path):
        if above.is_symlink() or above.is_file():
            above.unlink()
    _clear(path)
    path.parent.mkdir(parents=True, exist_ok=True)


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def commit(tree: Path) -> None:
    git(tree, "add", "--all", "--force", "--", ".", f":(exclude){POINTER}")
    git(tree, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "work")


def begin(tree: Path, operation: str) -> None:
    """Bring a clean tree into an operation; most stop half-way, with three kinds of conflict."""
    if operation == "detached":
        git(tree, "checkout", "--quiet", "--detach")
        apply(tree, [Change("write", "detached.txt", b"on no branch\n")])
        commit(tree)
    elif operation != "none":
        _diverge(tree)
        git(tree, *OPERATIONS[operation], check=False)
        assert git(tree, "ls-files", "--unmerged"), "nothing is in conflict"


def _diverge(tree: Path) -> None:
    both, gone, new = CONFLICTS
    apply(tree, [Change("write", path, b"base\n") for path in (both, gone)])
    commit(tree)
    git(tree, "branch", "before")
    git(tree, "checkout", "--quiet", "-b", "side")
    theirs = [Change("write", path, b"theirs\n") for path in (both, new)]
    apply(tree, [*theirs, Change("delete", gone)])
    commit(tree)
    git(tree, "checkout", "--quiet", "-")
    apply(tree, [Change("write", path, b"ours\n") for path in (both, gone, new)])
    commit(tree)


def record(tree: Path, but: Iterable[str] = ()) -> dict[str, object]:
    """Everything that must be the same again, in the order in which a difference explains most."""
    folder = Path(os.fsdecode(git(tree, "rev-parse", "--absolute-git-dir")).removesuffix("\n"))
    unfinished = {name: folder / name for name in UNFINISHED}
    return {
        "head": git(tree, "rev-parse", "HEAD", check=False),
        "branch": git(tree, "symbolic-ref", "--quiet", "HEAD", check=False),
        "index": _entries(tree, "ls-files", "--stage", "-z"),
        "flags": _entries(tree, "ls-files", "-v", "-z"),
        "status": _entries(tree, "status", "--porcelain=v2", "-z", "--untracked-files=all"),
        "files": {name: what for name, what in files(tree).items() if name not in but},
        "bisected": _entries(tree, "for-each-ref", "refs/bisect", "refs/worktree"),
        "unfinished": {
            name: files(path) if path.is_dir() else path.read_bytes()
            for name, path in unfinished.items()
            if path.exists()
        },
    }


def restat(tree: Path) -> None:
    """Let git look into every file again, not believe what it saw under other attributes."""
    for path in (tree / name for name in files(tree)):
        times = (path.lstat().st_atime_ns, path.lstat().st_mtime_ns)
        os.utime(path, ns=times, follow_symlinks=False)


def _entries(tree: Path, *args: str) -> list[bytes]:
    return git(tree, *args).split(b"\0")


def ignored(tree: Path) -> set[str]:
    listed = _entries(tree, "ls-files", "--others", "--ignored", "--exclude-standard", "-z")
    return {os.fsdecode(name) for name in listed} - {"", POINTER}


def files(tree: Path) -> dict[str, tuple[str, bytes]]:
    """Every file and link below a folder: kind and content, long content as its digest."""
    found = {}
    for parent, folders, names in os.walk(tree):
        for path in (Path(parent, name) for name in (*folders, *names)):
            name = str(path.relative_to(tree))
            if path.is_symlink() and name != POINTER:
                found[name] = ("link", os.fsencode(path.readlink()))
            elif path.is_file() and name not in (".git", POINTER):
                content, executable = path.read_bytes(), path.stat().st_mode & 0o100
                short = content if len(content) < 200 else hashlib.sha256(content).digest()
                found[name] = ("program" if executable else "file", short)
    return found


def make_stage(folder: Path) -> Repo:
    """Make a repository whose plan of one stage is set up; return the project."""
    repo = shop(new_repo(folder / "project"), STAGE)
    for setting in LOSSY:
        repo.git("config", *setting.split("=", 1))
    for name in ("a.txt", "in", "deep/d.txt"):  # as files are called below what may be a link
        Repo(folder / OUTSIDE).write(name, "not ours\n")
    result = plan_worktree("setup", PLAN_ID, cwd=repo.path)
    assert result.exit_code == 0, result.output
    return repo


# Elsewhere file systems refuse some names and take others for equal.
LINUX_NAMES = (
    *("new\nline", "tab\there", "\r", "\x1b[31mred", "back\\slash", "\\", " ", "end ", "A.TXT"),
    *("not-utf8-\udcff", "\udce9t\udce9", "e\u0301", "\u00e9", '"\udcff\n\\', "*", "?.txt", '"'),
)
NAMES = (
    *("a.txt", "a b.txt", "it's", "$HOME", "`id`", "#hash", "!bang", "~", "a;b&c", "[ab].txt"),
    *("-dash", "--force", "-", ":colon", ":(top)a", ":!a", ":/a", ".hidden", "HEAD", "build.o"),
    *("\u00fcn\u00efc\u00f6de", "\u65e5\u672c", "\U0001f333", "x" * 180),
    *(LINUX_NAMES if sys.platform == "linux" else ()),
)
FOLDERS = ("", "", "", "dir/", "dir/deep/er/", "-d/", ":d/", "s p/", "[d]/")
CONTENTS = (
    *(b"", b"\n", b"one\ntwo\nthree\n", b"one\nTWO\nthree\n", b"no end", b"crlf\r\nlines\r\n"),
    *(b"mixed\r\nends\n\r", b"$Id$\n", b"$Id: made up $\n", b"\0binary\r\n\0", b"\x80\r\n\x1a\x7f"),
    *(BIG, b"\xff\xfeu\0t\0f\0", b"\xef\xbb\xbfbom\n", b"<<<<<<< ours\n=======\n>>>>>>> theirs\n"),
)
TARGETS = ("a.txt", "dir", "..", ".", "nowhere", "/nowhere/at/all", OUTSIDE, "new\nline", "-dash")
ATTRIBUTES = (
    *(b"", b"* text=auto\n", b"* text=auto eol=crlf\n"),
    *(b"*.txt text ident\n* -text\n", b"*.txt filter=lossy\n"),
)
PATTERNS = (b"", b"*.o\n", b"dir/\n*.o\n", b"/dir/deep\n-*\n")
VERBS = (
    *("write", "write", "write", "delete", "executable", "plain", "link", "folder", "move"),
    *("add", "add", "add", "intend", "rm", "forget", "unstage", "assume", "skip"),
)


def _changes(verbs: Iterable[str], paths: list[str]) -> st.SearchStrategy[Change]:
    return st.sampled_from([*verbs]).flatmap(
        lambda verb: st.builds(
            Change,
            st.just(verb),
            st.sampled_from(paths),
            st.sampled_from(CONTENTS) if verb in ("write", "folder") else st.just(b""),
            st.sampled_from({"link": TARGETS, "folder": ("in", "deep/in")}.get(verb, paths))
            if verb in ("link", "folder", "move")
            else st.just(""),
        )
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    """Draw a tree and a sequence of changes that meet on few paths, some of them in each other."""
    plain = st.builds(str.__add__, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
    paths = draw(st.lists(plain, min_size=3, max_size=7, unique=True))
    paths += [f"{path}/in" for path in draw(st.lists(st.sampled_from(paths), max_size=2))]
    verbs = ("write", "write", "write", "executable", "link")
    committed = draw(st.lists(_changes(verbs, paths), min_size=4, max_size=12))
    attributes, patterns = draw(st.sampled_from(ATTRIBUTES)), draw(st.sampled_from(PATTERNS))
    first = Change("write", ".gitattributes", attributes), Change("write", ".gitignore", patterns)
    pool = [*[change.path for change in committed] * 2, *paths, *CONFLICTS]
    anything = _changes(VERBS, pool)
    of_git = _changes(("write", "delete", "link", "add"), [".gitattributes", ".gitignore"])
    flags = st.lists(st.sampled_from(("--delete-branch", "--include-ignored")), unique=True)
    return State(
        (*first, *committed),
        tuple(draw(st.lists(anything | anything | anything | of_git, min_size=10, max_size=24))),
        tuple(draw(flags)),
        draw(st.booleans()),
    )
