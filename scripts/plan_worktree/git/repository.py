"""Which repository a directory belongs to, its settings, attributes, and what it ignores."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.process import ENGLISH, GitError, require_version, run
from plan_worktree.git.push import ALONE


class Location(NamedTuple):
    """Where a directory belongs: `toplevel` is None in a bare repository or inside ``.git``."""

    toplevel: Path | None
    git_directory: Path
    common_directory: Path


def locate(directory: Path) -> Location | None:
    """Return the repository a directory belongs to, or None when it belongs to none.

    Raises GitError for every other failure (say, a repository owned by somebody else).
    """
    asked = ("--git-dir", "--git-common-dir", "--show-toplevel")
    wanted = ("--is-inside-work-tree", "--path-format=absolute", *asked)
    done = run(directory, "rev-parse", *wanted, ok=(0, 128), variables=ENGLISH)
    inside, *lines = done.stdout.split("\n")[:-1] or [""]
    if lines[:1] == ["--path-format=absolute"]:  # git before 2.31 echoes what it does not know
        require_version()
    if len(lines) < 2:
        if "not a git repository" in done.stderr:
            return None
        raise GitError(("rev-parse", *wanted), done.returncode, done.stderr)
    # Outside of a working tree --show-toplevel fails. A name may have line feeds, and where it
    # does, each of the paths has it as a rule: then they are of as many lines.
    count = len(lines) // (3 if inside == "true" else 2)
    paths = [Path("\n".join(lines[at : at + count])) for at in range(0, len(lines), count)]
    return Location(paths[2] if inside == "true" else None, paths[0], paths[1])


def settings(directory: Path, pattern: str, *, git_directory: Path | None = None) -> dict[str, str]:
    """Return the settings whose (lower-case) name matches a pattern; the last value counts.

    They are those of the worktree around a directory, or of a git directory.
    """
    named = [f"--git-dir={git_directory}"] if git_directory else []
    done = run(directory, *named, "config", "-z", "--get-regexp", pattern, ok=(0, 1))
    entries = (entry.partition("\n") for entry in done.stdout.split("\0") if entry)
    return {name: value for name, _, value in entries}


def set_setting(directory: Path, name: str, value: str) -> None:
    """Write a setting of a repository (git-config(1))."""
    run(directory, "config", name, value)


def init(directory: Path, branch: str) -> None:
    """Make a repository in a directory, with HEAD on a branch to be (git-init(1))."""
    run(directory, "init", "--quiet", f"--initial-branch={branch}")


def clone(url: str, directory: Path, branch: str) -> None:
    """Clone a repository into a directory that is not there yet, on a branch (git-clone(1))."""
    words = ("clone", "--quiet", f"--branch={branch}", "--end-of-options", url, str(directory))
    run(directory.parent, *words, variables=ALONE)


class Attribute(NamedTuple):
    """What gitattributes(5) say of a path: "unspecified", "unset", "set" or another value."""

    path: str
    name: str
    value: str


def attributes(
    worktree: Path, paths: Sequence[str], names: Sequence[str], *, cached: bool = False
) -> list[Attribute]:
    """Return some attributes of paths (git-check-attr(1)).

    They are read from the working tree, or with `cached` from the index.
    """
    where = ("--cached",) if cached else ()
    asked = "".join(f"{path}\0" for path in paths)
    said = run(worktree, "check-attr", *where, "-z", "--stdin", *names, stdin=asked).stdout
    fields = iter(said.split("\0")[:-1])
    return [Attribute(*three) for three in zip(fields, fields, fields, strict=True)]


def ignored(directory: Path, paths: Sequence[str]) -> frozenset[str]:
    """Return those of the paths that git ignores there. Tracked paths never are."""
    if not paths:
        return frozenset()
    # The dot and slash keep a name from being pathspec magic (gitglossary(7), "pathspec").
    asked = "".join(f"./{path}\0" for path in paths)
    done = run(directory, "check-ignore", "-z", "--stdin", stdin=asked, ok=(0, 1, 128))
    if done.returncode == 128:  # one of them lies in a submodule, where git does not look
        if len(paths) == 1:
            return frozenset()
        return frozenset().union(*(ignored(directory, [path]) for path in paths))
    return frozenset(path.removeprefix("./") for path in done.stdout.split("\0")[:-1])
