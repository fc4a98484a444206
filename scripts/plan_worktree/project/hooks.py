"""The project's hooks, run in a worktree as git would run them there.

Of a new one post-checkout, as ``git worktree add`` does. githooks(5): three arguments, the null
commit, the new HEAD and 1; the current directory is the worktree's root; standard input is empty.
`git hook run` would not do: in a linked worktree it sets GIT_DIR, which `git worktree add` takes
care to unset, and which sends every git that the hook starts elsewhere (an installer that clones,
say) into the wrong repository.
"""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from plan_worktree.git.objects.commits import head_commit
from plan_worktree.project.home import Home
from plan_worktree.project.variables import environment_with


class HookError(Exception):
    """A hook ended with an error; `str()` says which, its exit code and what it printed."""


def hooks_path(home: Home) -> Path:
    """Return the folder of hooks; a relative one is home's, where `git worktree add` would run."""
    named = home.settings.path("core.hooksPath")
    return home.root / named if named else home.git_directory / "hooks"


def missing_hooks(home: Home, worktree: Path) -> str | None:
    """Say it when git will run no hooks in a worktree, since their folder is not there.

    git-config(1), core.hooksPath: a relative path is taken from where hooks run, the root of each
    worktree. Folders that an installer makes and git ignores are in the main worktree alone. An
    absolute one, such as /dev/null for no hooks at all, is the same for all worktrees.
    """
    named = home.settings.path("core.hooksPath")
    if not named or named.is_absolute() or (worktree / named).is_dir():
        return None
    where = f"core.hooksPath is {named}, which is not in {worktree}"
    return f"{where}: git runs no hooks there until what installs them has run in it"


def run_hook(hooks: Path, worktree: Path, variables: Mapping[str, str]) -> None:
    """Run the hook, if there is one, with some variables more in its environment.

    Raises HookError, GitError and OSError.
    """
    path = hooks / "post-checkout"
    if not _is_hook(path):
        return
    head = head_commit(worktree)
    arguments = [str(path), "0" * len(head), head, "1"]
    # A file, not a pipe: a server that the hook leaves running would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        code = _call(arguments, worktree, output.fileno(), variables)
        if code:
            output.seek(0)
            said = output.read().decode("utf-8", "surrogateescape").strip()
            raise HookError(f"hook {path}\nexit code {code}\n{said}".rstrip())


def run_post_merge(hooks: Path, worktree: Path) -> None:
    """Run the hook that ``git merge`` runs when it is done; how that ends changes nothing."""
    path = hooks / "post-merge"
    if _is_hook(path):
        with tempfile.TemporaryFile() as output, suppress(OSError):
            _call([str(path), "0"], worktree, output.fileno(), {})


def _is_hook(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _call(arguments: list[str], worktree: Path, output: int, variables: Mapping[str, str]) -> int:
    for command in (arguments, ["sh", *arguments]):
        try:
            return subprocess.call(  # noqa: S603 - the project's own hook, as git runs it
                command,
                cwd=worktree,
                env=environment_with(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        except OSError as error:
            if error.errno != errno.ENOEXEC:  # a script without a first line: for the shell
                raise
    raise AssertionError  # pragma: no cover - the shell is no script
