"""The one door to git: small verbs over one process function.

Promises: every call names its directory; the variables that tie git to another repository
(``git rev-parse --local-env-vars``: inside a hook they are set) are dropped; git never asks a
question; output is read with ``-z`` where git has it; nothing a plan supplied can be taken for
an option; a failure is one error type that shows command, exit code and what git said.
"""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

OLDEST = (2, 38)

# `git rev-parse --local-env-vars`, git 2.39 and 2.51. A test compares it with the real output.
LOCAL_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)


class GitError(Exception):
    """git failed, is missing, or is too old. `str()` is fit for a person."""

    def __init__(self, command: Sequence[str], code: int, said: str) -> None:
        self.command = tuple(command)
        self.code = code
        self.said = said.strip()
        shown = " ".join(("git", *command))
        super().__init__(f"{shown}\nexit code {code}\n{self.said}".rstrip())


class Location(NamedTuple):
    """Where a directory belongs: `toplevel` is None in a bare repository or inside ``.git``."""

    toplevel: Path | None
    git_directory: Path
    common_directory: Path


class Worktree(NamedTuple):
    """An entry of ``git worktree list``. `branch` is a full ref name, None when detached."""

    path: Path
    head: str | None
    branch: str | None
    bare: bool
    locked: str | None


class Ref(NamedTuple):
    """A ref's commit (or blob) and, for a symbolic one, the ref it points at."""

    name: str
    object_id: str
    target: str | None


class Changes(NamedTuple):
    """What ``git status`` sees in a worktree: paths with tracked changes, and untracked ones."""

    tracked: tuple[str, ...]
    untracked: tuple[str, ...]

    @property
    def dirty(self) -> bool:
        """Whether anything in the worktree is not in a commit."""
        return bool(self.tracked or self.untracked)


class NoGit(GitError):
    """There is no git to start."""


def run(
    directory: Path,
    *arguments: str,
    stdin: str | None = None,
    ok: Iterable[int] = (0,),
    variables: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """Run git in a directory and return its output; any exit code but those in `ok` raises.

    Raises GitError. Undecodable bytes in the output become surrogate escapes (PEP 383).
    """
    try:
        # As bytes: reading as text would turn a carriage return in a name into a line feed.
        raw = subprocess.run(
            ["git", *arguments],
            cwd=directory,
            env=_environment() | dict(variables),
            input=None if stdin is None else stdin.encode("utf-8", "surrogateescape"),
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        if directory.is_dir():
            raise NoGit(arguments, 127, "git is not installed, or not on PATH") from error
        raise GitError(arguments, 127, f"the directory {directory} is gone") from error
    except (OSError, ValueError) as error:
        raise GitError(arguments, 126, f"git could not be started: {error}") from error
    stdout, stderr = (out.decode("utf-8", "surrogateescape") for out in (raw.stdout, raw.stderr))
    if raw.returncode not in ok:
        if arguments != ("version",):
            require_version()  # an old git fails for what it does not know: say that instead
        raise GitError(arguments, raw.returncode, stderr or stdout)
    return subprocess.CompletedProcess(raw.args, raw.returncode, stdout, stderr)


@lru_cache(maxsize=1)
def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in LOCAL_VARIABLES}
    return kept | {"GIT_TERMINAL_PROMPT": "0"}


def require_version() -> None:
    """Raise GitError when git is older than this program can work with."""
    said = run(Path("/"), "version").stdout
    numbers = said.removeprefix("git version ").split(".")
    try:
        found = (int(numbers[0]), int(numbers[1]))
    except (ValueError, IndexError):
        return  # an unknown build: let it try
    if found < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise GitError(
            ["version"], 0, f"git {needed} or newer is needed, this is {said.strip()}: update git"
        )


def locate(directory: Path) -> Location | None:
    """Return the repository a directory belongs to, or None when it belongs to none.

    Raises GitError for every other failure (say, a repository owned by somebody else).
    """
    # --show-toplevel fails in a bare repository, so it comes last and may be missing.
    wanted = ("--path-format=absolute", "--git-dir", "--git-common-dir", "--show-toplevel")
    english = {"LC_ALL": "C", "LANGUAGE": ""}
    done = run(directory, "rev-parse", *wanted, ok=(0, 128), variables=english)
    lines = done.stdout.split("\n")[:-1]
    if lines[:1] == ["--path-format=absolute"]:  # git before 2.31 echoes what it does not know
        require_version()
    if len(lines) < 2:
        if "not a git repository" in done.stderr:
            return None
        raise GitError(("rev-parse", *wanted), done.returncode, done.stderr)
    toplevel = Path(lines[2]) if len(lines) > 2 else None
    return Location(toplevel, Path(lines[0]), Path(lines[1]))


def worktrees(directory: Path) -> tuple[Worktree, ...]:
    """Return all worktrees, the main one first (git-worktree(1), "porcelain format")."""
    listed = run(directory, "worktree", "list", "--porcelain", "-z").stdout
    found = []
    for entry in listed.split("\0\0"):
        facts = dict(line.partition(" ")[::2] for line in entry.split("\0") if line)
        if "worktree" in facts:
            found.append(
                Worktree(
                    path=Path(facts["worktree"]),
                    head=facts.get("HEAD"),
                    branch=facts.get("branch"),
                    bare="bare" in facts,
                    locked=facts.get("locked"),
                )
            )
    return tuple(found)


def refs(directory: Path, *patterns: str) -> dict[str, Ref]:
    """Return the refs under the given prefixes (all when none is given), by full name."""
    form = "--format=%(refname)%00%(objectname)%00%(symref)"
    found = {}
    for line in run(directory, "for-each-ref", form, *patterns).stdout.split("\n"):
        if line:
            name, object_id, target = line.split("\0")
            found[name] = Ref(name, object_id, target or None)
    return found


def symbolic_ref(directory: Path, name: str) -> str | None:
    """Return what a symbolic ref points at, also when that does not exist yet."""
    done = run(directory, "symbolic-ref", "--quiet", name, ok=(0, 1))
    return done.stdout.rstrip("\n") or None


def default_branch(directory: Path, repository: Path) -> str | None:
    """Return the branch that a bare repository's own HEAD names."""
    # Named explicitly: safe.bareRepository may forbid to find it by the directory.
    named = f"--git-dir={repository}"
    done = run(directory, named, "symbolic-ref", "--quiet", "HEAD", ok=(0, 1))
    return done.stdout.rstrip("\n") or None


def has_staged_changes(git_directory: Path) -> bool:
    """Tell whether the index of a worktree's git directory differs from its HEAD."""
    named = f"--git-dir={git_directory}"
    flags = ("diff-index", "--cached", "--quiet", "HEAD", "--")
    return run(git_directory, named, *flags, ok=(0, 1, 128)).returncode == 1


def set_symbolic_ref(directory: Path, name: str, target: str) -> None:
    """Point a symbolic ref at another ref."""
    run(directory, "symbolic-ref", name, target)


def update_refs(directory: Path, commands: Iterable[tuple[str, ...]]) -> None:
    """Run update-ref commands as one transaction: all of them, or none (git-update-ref(1))."""
    script = "".join("\0".join(command).replace("\0", " ", 1) + "\0" for command in commands)
    run(directory, "update-ref", "--stdin", "-z", stdin=f"start\0{script}prepare\0commit\0")


def settings(directory: Path, pattern: str) -> dict[str, str]:
    """Return the settings whose (lower-case) name matches a pattern; the last value counts."""
    done = run(directory, "config", "-z", "--get-regexp", pattern, ok=(0, 1))
    entries = (entry.partition("\n") for entry in done.stdout.split("\0") if entry)
    return {name: value for name, _, value in entries}


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


def tracked(directory: Path, path: str) -> bool:
    """Tell whether the index of a worktree holds a path."""
    done = run(directory, "--literal-pathspecs", "ls-files", "-z", "--", path)
    return bool(done.stdout)


def changes(worktree: Path) -> Changes:
    """Return what is not committed in a worktree; takes no locks there."""
    flags = ("--porcelain=v2", "-z", "--untracked-files=normal", "--no-renames")
    # A submodule's settings must not hide what changed in it.
    every = "--ignore-submodules=none"
    listed = run(worktree, "--no-optional-locks", "status", *flags, every).stdout
    known, unknown = [], []
    for entry in listed.split("\0"):
        if entry.startswith("? "):
            unknown.append(entry[2:])
        elif entry[:2] in ("1 ", "2 ", "u "):
            fields = {"1": 8, "2": 9, "u": 10}[entry[0]]
            known.append(entry.split(" ", fields)[fields])
    return Changes(tuple(known), tuple(unknown))


def ahead_behind(directory: Path, left: str, right: str) -> tuple[int, int]:
    """Return how many commits only `left`, and only `right`, has."""
    counts = run(
        directory, "rev-list", "--left-right", "--count", "--end-of-options", f"{left}...{right}"
    ).stdout
    ahead, behind = counts.split()
    return int(ahead), int(behind)


def add_worktree(directory: Path, path: Path, branch: str) -> None:
    """Check an existing branch out in a new worktree, hooks and all."""
    run(directory, "worktree", "add", "--quiet", "--", str(path), branch)


def remove_worktree(directory: Path, path: Path) -> None:
    """Take a worktree away; git itself refuses when anything in it would be lost."""
    run(directory, "worktree", "remove", "--", str(path))
