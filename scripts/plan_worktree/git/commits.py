"""Commits made without a working tree (git-commit-tree(1)), and where objects can vanish again."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from plan_worktree.git.process import run

_IDENTITY = "plan-worktree"


# The committer of what this program makes in nobody's name; who amends it commits it as their own.
OWN_ADDRESS = "plan-worktree@localhost"


def commit_tree(  # noqa: PLR0913 - a commit has that many parts
    directory: Path,
    tree: str,
    parents: Sequence[str],
    message: str,
    *,
    when: int | None = None,
    sign: bool = False,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Make a commit of a tree and return its name.

    With `when`, in seconds since 1970 (UTC), the same facts give the same commit, and the author
    is this program: nobody wrote it. Without it the user is, as of any commit.
    """
    said = {} if when is None else _nobody(when)
    named = [flag for parent in parents for flag in ("-p", parent)]
    signed = ("-S",) if sign else ()
    # The message is ours, whatever encoding the user's own messages have.
    command = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", *signed, tree, *named)
    return run(directory, *command, stdin=message, variables={**variables, **said}).stdout.strip()


def signs_commits(directory: Path) -> bool:
    """Tell whether the user wants commits signed (git-config(1), "commit.gpgSign")."""
    flags = ("config", "--type=bool", "--get", "commit.gpgSign")
    return run(directory, *flags, ok=(0, 1)).stdout.strip() == "true"


def _nobody(when: int) -> dict[str, str]:
    parts = (("NAME", _IDENTITY), ("EMAIL", OWN_ADDRESS), ("DATE", f"@{when} +0000"))
    return {
        f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in parts
    }


def independent(
    directory: Path,
    commits: Sequence[str],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Return those of the commits that no other of them reaches, in their order."""
    wanted = list(dict.fromkeys(commits))
    if len(wanted) < 2:
        return wanted
    command = ("merge-base", "--independent", *wanted)
    said = run(directory, *command, variables=variables).stdout.split()
    return [commit for commit in wanted if commit in said]


@contextmanager
def scratch_objects(common: Path, *, needed: bool = True) -> Iterator[Mapping[str, str]]:
    """Yield variables with which git writes objects to where they vanish afterwards.

    `common` is the repository's common directory (git(1), "GIT_OBJECT_DIRECTORY"). When that is
    not `needed`, git writes them where it always does.
    """
    if not needed:
        yield {}
        return
    objects = str(common / "objects")
    if os.pathsep in objects:  # the variable is a list; a quoted name may hold anything
        escaped = objects.replace("\\", "\\\\").replace('"', '\\"')
        objects = f'"{escaped}"'
    with tempfile.TemporaryDirectory(prefix="plan-worktree-") as folder:
        yield {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
