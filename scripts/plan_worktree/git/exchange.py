"""Refs of a remote beside its branches: fetched into a mirror of their own, and pushed all or none.

A fetch never touches a ref that somebody works with: it writes to the mirror, and brings
remote-tracking branches up to date. A push names for each ref the object that is expected there
(git-push(1), "--force-with-lease"), and is atomic ("--atomic"): the remote does all of it, or
nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.process import failure, run
from plan_worktree.git.push import ALONE


class Mirrored(NamedTuple):
    """A ref as it is listed: its object, what kind of object that is, and its size in bytes."""

    object_id: str
    kind: str
    size: int


def listed(directory: Path, *prefixes: str) -> dict[str, Mirrored]:
    """Return the refs under some prefixes by their full names. No object is read."""
    fields = ("refname", "objectname", "objecttype", "objectsize")
    form = "--format=" + "%00".join(f"%({field})" for field in fields)
    said = run(directory, "for-each-ref", form, *prefixes).stdout
    rows = (line.split("\0") for line in said.split("\n")[:-1])
    return {name: Mirrored(object_id, kind, int(size or 0)) for name, object_id, kind, size in rows}


def fetch_into(directory: Path, remote: str, refspecs: Sequence[str], timeout: float) -> None:
    """Fetch what some refspecs name, and drop from their right sides what the remote has no more.

    Branches among it also bring the remote-tracking branches of the remote up to date, in a clone
    of a single branch too (git-fetch(1), "--refmap"); none of those is dropped. Raises GitError,
    also when the remote has not answered after `timeout` seconds.
    """
    flags = ("--quiet", "--prune", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    refmap = f"--refmap=+refs/heads/*:refs/remotes/{remote}/*"
    words = (
        "fetch",
        *flags,
        "--no-auto-maintenance",
        refmap,
        "--stdin",  # of a long plan they would be more than a command line takes
        "--end-of-options",
        remote,
    )
    run(directory, *words, stdin="\n".join(refspecs), variables=ALONE, timeout=timeout)


class RefUpdate(NamedTuple):
    """A ref of a remote by its full name, the object it is to get, and the one it has.

    None stands for no ref: one that is to be deleted, or that is not there yet.
    """

    name: str
    new: str | None
    expected: str | None


class Sent(NamedTuple):
    """What became of an atomic push: by full name why refs were rejected, none where all went.

    `said` is what the remote and git said of it, for a person.
    """

    rejected: dict[str, str]
    said: str


def push_atomically(
    directory: Path, remote: str, updates: Sequence[RefUpdate], timeout: float
) -> Sent:
    """Change refs of a remote, all of them if each is as it is expected, and else none.

    The user's pre-push hook runs where a branch is among them, and not for records alone. Raises
    GitError where nothing was pushed because the remote cannot be reached, or has not answered
    after `timeout` seconds: then it may have been pushed after all.
    """
    leases = [f"--force-with-lease={one.name}:{one.expected or ''}" for one in updates]
    specs = [f"{one.new or ''}:{one.name}" for one in updates]
    flags = ["--porcelain", "--atomic", "--no-follow-tags"]
    if not any(one.name.startswith("refs/heads/") for one in updates):
        flags.append("--no-verify")
    words = ("push", *flags, *leases, "--end-of-options", remote, *specs)
    done = run(directory, *words, ok=range(256), variables=ALONE, timeout=timeout)
    rejected = {}
    for line in done.stdout.splitlines():
        flag, *fields = line.split("\t")
        if flag == "!" and len(fields) >= 2:
            rejected[fields[0].partition(":")[2]] = fields[1]
    if done.returncode and not rejected:
        raise failure(("push", remote), done.returncode, done.stderr or done.stdout)
    return Sent(rejected, done.stderr.strip())
