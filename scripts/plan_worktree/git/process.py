"""The one door to git: whatever starts git does so through `run` or `start`.

Promises: every call names its directory; the variables that tie git to another repository
(``git rev-parse --local-env-vars``: inside a hook they are set) are dropped, and those that only
carry settings are kept (git-config(1), "GIT_CONFIG_COUNT"); git never asks a
question; output is read with ``-z`` where git has it; nothing a plan supplied can be taken for
an option; a failure is one error type that shows command, exit code and what git said.

Of the settings in the environment core.bare and core.worktree are left out. Git takes those two
from the repository's own file to find a working tree, but ``git config`` and ``git worktree list``
repeat what the environment says, which git exports to every hook of ``git -c core.worktree=…``.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

OLDEST = (2, 38)

# `git rev-parse --local-env-vars`, git 2.39 and 2.51, without what carries settings alone: that
# holds for every repository. A test compares it with the real output.
LOCAL_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
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

# One setting of GIT_CONFIG_PARAMETERS: quoted for a shell, as git quotes it.
_QUOTED = re.compile(r"(?:'[^']*'|\\.|[^\s'\\])+")

# Laid over the environment of a git whose words are matched: else it may say them in any language.
ENGLISH = MappingProxyType({"LC_ALL": "C", "LANGUAGE": ""})


class GitError(Exception):
    """git failed, is missing, or is too old. `str()` is fit for a person."""

    def __init__(self, command: Sequence[str], code: int, said: str) -> None:
        self.command = tuple(command)
        self.code = code
        self.said = said.strip()
        shown = " ".join(("git", *command))
        super().__init__(f"{shown}\nexit code {code}\n{self.said}".rstrip())

    @property
    def verb(self) -> str:
        """The subcommand of git, such as "merge"."""
        words = iter(self.command)
        for word in words:
            if word == "-c":  # a setting follows
                next(words, None)
            elif not word.startswith("-"):
                return word
        return ""


class NoGit(GitError):
    """There is no git to start."""


def run(
    directory: Path,
    *arguments: str,
    stdin: str | None = None,
    ok: Iterable[int] = (0,),
    variables: Mapping[str, str] = MappingProxyType({}),
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run git in a directory and return its output; any exit code but those in `ok` raises.

    Raises GitError, also when git has not answered after `timeout` seconds (a dead disk): it is
    then left behind, since nothing can end a process that waits for such a disk. Undecodable
    bytes in the output become surrogate escapes (PEP 383).
    """
    # As bytes: reading as text would turn a carriage return in a name into a line feed.
    given = None if stdin is None else stdin.encode("utf-8", "surrogateescape")
    process = start(directory, arguments, variables, has_stdin=given is not None)
    try:
        raw = process.communicate(given, timeout)
    except subprocess.TimeoutExpired as error:
        process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=0.2)
        raise GitError(arguments, 124, f"no answer within {timeout:g} seconds") from error
    except BaseException:  # interrupted: git must not go on alone
        process.kill()
        process.communicate()
        raise
    stdout, stderr = (out.decode("utf-8", "surrogateescape") for out in raw)
    if process.returncode not in ok:
        raise failure(arguments, process.returncode, stderr or stdout)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def start(
    directory: Path,
    arguments: Sequence[str],
    variables: Mapping[str, str] = MappingProxyType({}),
    *,
    has_stdin: bool = False,
) -> subprocess.Popen[bytes]:
    """Start git with pipes for its output; for a verb that talks with it. Raises GitError."""
    try:
        return subprocess.Popen(
            ["git", *arguments],
            cwd=directory,
            env=environment() | dict(variables),
            stdin=subprocess.PIPE if has_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as error:
        if directory.is_dir():
            raise NoGit(arguments, 127, "git is not installed, or not on PATH") from error
        raise GitError(arguments, 127, f"the directory {directory} is gone") from error
    except (OSError, ValueError) as error:
        raise GitError(arguments, 126, f"git could not be started: {error}") from error


def failure(arguments: Sequence[str], code: int, said: str) -> GitError:
    """Return the error of a git that failed, or say that it is too old: that explains it."""
    if tuple(arguments) != ("version",):
        require_version()
    return GitError(arguments, code, said)


@lru_cache(maxsize=1)
def environment() -> dict[str, str]:
    """Return the environment for git, and for what acts in its place (hooks)."""
    kept = {name: value for name, value in os.environ.items() if name not in LOCAL_VARIABLES}
    return _without_ties(kept) | {"GIT_TERMINAL_PROMPT": "0"}


def _without_ties(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables without the settings in them that tie git to another working tree.

    What git would not understand stays as it is, so that git says so.
    """
    kept = dict(variables)
    if given := kept.get("GIT_CONFIG_PARAMETERS"):
        left = [word for word in _QUOTED.findall(given) if not _ties(_plain(word))]
        kept["GIT_CONFIG_PARAMETERS"] = " ".join(left)
    count = kept.get("GIT_CONFIG_COUNT", "")
    numbers = range(int(count)) if re.fullmatch("[0-9]{1,4}", count) else range(0)
    names = [(f"GIT_CONFIG_KEY_{number}", f"GIT_CONFIG_VALUE_{number}") for number in numbers]
    if all(key in kept and value in kept for key, value in names):
        pairs = [(kept.pop(key), kept.pop(value)) for key, value in names]
        pairs = [pair for pair in pairs if not _ties(pair[0])]
        for (key, value), pair in zip(names, pairs, strict=False):
            kept[key], kept[value] = pair
        if names:
            kept["GIT_CONFIG_COUNT"] = str(len(pairs))
    return kept


def _plain(word: str) -> str:
    """Return a setting as git quotes it for GIT_CONFIG_PARAMETERS without the quotes."""
    try:
        return "".join(shlex.split(word))
    except ValueError:
        return word


def _ties(setting: str) -> bool:
    return setting.partition("=")[0].lower() in ("core.bare", "core.worktree")


def repository_options(worktree: Path, git_directory: Path | None) -> tuple[str, ...]:
    """Return the options that name a worktree and its git directory (git(1), "--git-dir").

    Without a git directory there are none: git finds it by itself.
    """
    if git_directory is None:
        return ()
    return (f"--git-dir={git_directory}", f"--work-tree={worktree}")


def quoted(path: str) -> str:
    """Return a path as git quotes it where it reads lines (git-config(1), "core.quotePath")."""
    raw = path.encode("utf-8", "surrogateescape")
    safe = range(0x20, 0x7F)
    parts = (chr(b) if b in safe and b not in b'"\\' else f"\\{b:03o}" for b in raw)
    return f'"{"".join(parts)}"'


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
