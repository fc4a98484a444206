"""Commits: named, compared, and made, in a worktree or without one.

In a worktree they are made by the commands that people use, so that the project's hooks, the user's
settings and the user's signature apply. Without one, the objects can be made to vanish again.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from plan_worktree.git.process import run

# Our message is UTF-8, and no line of it a comment, whatever the user's settings say of messages
# that people write (git-config(1), "i18n.commitEncoding", "commit.cleanup", "core.commentChar").
_UTF_8 = ("-c", "i18n.commitEncoding=UTF-8")
_AS_WRITTEN = "--cleanup=whitespace"
# Whatever a setting says, a commit is made and nothing is put aside.
_MERGE = ("merge", "--quiet", "--commit", "--no-squash", "--no-autostash")

_IDENTITY = "plan-worktree"
# The committer of what this program makes in nobody's name; who amends it commits it as their own.
OWN_ADDRESS = "plan-worktree@localhost"


def head_commit(worktree: Path) -> str:
    """Return the commit that a worktree's HEAD names (git-rev-parse(1), "--verify")."""
    return run(worktree, "rev-parse", "--verify", "HEAD").stdout.strip()


def named_commit(directory: Path, name: str) -> str | None:
    """Return the commit that a revision names (gitrevisions(7)), None when it names none."""
    command = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    done = run(directory, *command, ok=(0, 1, 128))
    return done.stdout.strip() if done.returncode == 0 else None


def trees(directory: Path, commits: Sequence[str]) -> dict[str, str]:
    """Return the tree of each commit (gitrevisions(7), ``^{tree}``), with one process."""
    asked = [f"{commit}^{{tree}}" for commit in commits]
    said = run(directory, "rev-parse", *asked).stdout.split()
    return dict(zip(commits, said, strict=True))


def is_ancestor(directory: Path, commit: str, tip: str) -> bool:
    """Tell whether `tip` is, or comes after, a commit (git-merge-base(1), "--is-ancestor")."""
    command = ("merge-base", "--is-ancestor", commit, tip)
    return run(directory, *command, ok=(0, 1)).returncode == 0


def are_related(
    directory: Path, one: str, other: str, variables: Mapping[str, str] = MappingProxyType({})
) -> bool:
    """Tell whether two commits both stand on some commit (git-merge-base(1)), as far as is here."""
    done = run(directory, "merge-base", one, other, ok=(0, 1), variables=variables)
    return done.returncode == 0


def fast_forward(worktree: Path, commit: str) -> None:
    """Move the branch that is checked out forward to a commit (git-merge(1), "--ff-only")."""
    run(worktree, *_MERGE, "--ff-only", commit)


def merge(worktree: Path, commit: str, message: str) -> None:
    """Merge a commit with a merge commit (git-merge(1), "--no-ff")."""
    command = (*_MERGE, "--no-ff", "--no-edit", "--no-log", _AS_WRITTEN, "-m", message, commit)
    run(worktree, *_UTF_8, *command)


def abort_merge(worktree: Path) -> None:
    """Give a merge up that conflicts, or was killed (git-merge(1), "--abort").

    That git refuses, or finds no merge, is no failure.
    """
    run(worktree, "merge", "--abort", ok=(0, 1, 128))


def commit(
    worktree: Path, message: str, settings: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Commit what the index has (git-commit(1)); `settings` take the place of the user's."""
    told = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    run(worktree, *_UTF_8, *told, "commit", "--quiet", _AS_WRITTEN, "--file=-", stdin=message)


def stash(worktree: Path, message: str) -> bool:
    """Keep what differs from HEAD in the list of stashes, and leave it where it is, too.

    git-stash(1), "create" and "store". Return whether anything differed.
    """
    kept = run(worktree, "stash", "create").stdout.strip()
    if kept:
        run(worktree, "stash", "store", "-m", message, kept)
    return bool(kept)


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
    """Make a commit of a tree and return its name (git-commit-tree(1)).

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


def independent(directory: Path, commits: Sequence[str]) -> list[str]:
    """Return those of the commits that no other of them reaches, in their order."""
    wanted = list(dict.fromkeys(commits))
    if len(wanted) < 2:
        return wanted
    command = ("merge-base", "--independent", *wanted)
    said = run(directory, *command).stdout.split()
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
    from tempfile import TemporaryDirectory  # what only reads need not load it

    with TemporaryDirectory(prefix="plan-worktree-") as folder:
        yield {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
