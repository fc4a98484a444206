"""Refs: what branches and our own records point at.

Nothing here walks history. A change of a ref names the value it expects (git-update-ref(1)), so
that what somebody else did in between is never overwritten.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import run

_FIELDS = "%00".join(
    f"%({field})"
    for field in (
        "refname",
        "objectname",
        "symref",
        "tree",
        "parent",
        "committerdate:unix",
        "subject",
    )
)


class Ref(NamedTuple):
    """A ref, the object it points at and, for a symbolic one, the ref it points at.

    The rest describes that commit, and is empty for another kind of object: its tree, its
    parents, when it was committed (seconds since 1970, UTC) and the first line of its message.
    """

    name: str
    object_id: str
    target: str | None
    tree: str = ""
    parents: tuple[str, ...] = ()
    committed: int = 0
    subject: str = ""


def refs(directory: Path, *patterns: str) -> dict[str, Ref]:
    """Return the refs under the given prefixes (all when none is given), by full name."""
    found = {}
    for line in run(directory, "for-each-ref", f"--format={_FIELDS}", *patterns).stdout.split("\n"):
        if line:
            name, object_id, target, tree, parents, committed, subject = line.split("\0", 6)
            when = int(committed) if committed else 0
            found[name] = Ref(
                name, object_id, target or None, tree, tuple(parents.split()), when, subject
            )
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


def set_symbolic_ref(directory: Path, name: str, target: str) -> None:
    """Point a symbolic ref at another ref."""
    run(directory, "symbolic-ref", name, target)


def update_refs(directory: Path, commands: Iterable[tuple[str, ...]]) -> None:
    """Run update-ref commands as one transaction: all of them, or none (git-update-ref(1))."""
    script = "".join("\0".join(command).replace("\0", " ", 1) + "\0" for command in commands)
    run(directory, "update-ref", "--stdin", "-z", stdin=f"start\0{script}prepare\0commit\0")
