"""Refs: what branches and our own records point at.

Nothing here walks history. A change of a ref names the value it expects (git-update-ref(1)), so
that what somebody else did in between is never overwritten.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import NamedTuple

from plan_worktree.git.process import ENGLISH, GitError, run

_NAMES = (
    "refname", "objectname", "symref", "upstream", "upstream:remotename", "upstream:remoteref",
    "tree", "parent", "committerdate:unix", "subject",
)  # fmt: skip
# Of a blob, such as a record of ours, the size in bytes and then all of it; of all else nothing.
_BLOB = "%(if:equals=blob)%(objecttype)%(then)%(raw:size)%00%(raw)%(else)0%00%(end)"
_LIST = ("for-each-ref", "--format=" + "".join(f"%({name})%00" for name in _NAMES) + _BLOB)

_OWN = "refs/plan-worktree/"


class Follows(NamedTuple):
    """What a branch is configured to follow: the remote-tracking branch, by its full name.

    `remote` is the remote's name, `branch` what the branch is called there (full names;
    git-for-each-ref(1), "upstream"). None of them has to exist.
    """

    name: str
    remote: str
    branch: str


class Ref(NamedTuple):
    """A ref, the object it points at and, for a symbolic one, the ref it points at.

    The rest describes that commit, and is empty for another kind of object: its tree, its
    parents, when it was committed (seconds since 1970, UTC) and the first line of its message.
    `text` is what a blob holds. `follows` is what a local branch is configured to follow.
    """

    name: str
    object_id: str
    target: str | None
    tree: str = ""
    parents: tuple[str, ...] = ()
    committed: int = 0
    subject: str = ""
    text: str = ""
    follows: Follows | None = None


def refs(directory: Path, *patterns: str) -> dict[str, Ref]:
    """Return the refs under the given prefixes (all when none is given), by full name."""
    try:
        said = run(directory, *_LIST, *patterns).stdout
    except GitError as error:
        raise _explained(directory, patterns, error) from None
    # As bytes, in which git counts.
    raw = said.encode("utf-8", "surrogateescape")
    found, at = {}, 0
    while at < len(raw):
        fields = []
        for _ in (*_NAMES, "size"):
            end = raw.index(b"\0", at)
            fields.append(raw[at:end].decode("utf-8", "surrogateescape"))
            at = end + 1
        name, object_id, target, *upstream, tree, parents, committed, subject, size = fields
        text = raw[at : at + int(size)].decode("utf-8", "replace")
        at += int(size) + 1
        when = int(committed) if committed else 0
        found[name] = Ref(
            name, object_id, target or None, tree, tuple(parents.split()), when, subject, text,
            Follows(*upstream) if upstream[0] else None,
        )  # fmt: skip
    return found


def ref_names(directory: Path, *prefixes: str) -> list[str]:
    """Return the full names of the refs under the given prefixes; no object is read."""
    said = run(directory, "for-each-ref", "--format=%(refname)", *prefixes).stdout
    return said.split("\n")[:-1]


def merged_into(directory: Path, commit: str, *names: str) -> list[str]:
    """Return those of the refs (full names) whose commits a commit has in its history.

    The `commit` is an object's name, and never a plan's word (git-for-each-ref(1), "--merged").
    """
    asked = ("for-each-ref", f"--merged={commit}", "--format=%(refname)", *names)
    found = run(directory, *asked).stdout.split("\n")[:-1]
    return [name for name in found if name in names]  # a pattern matches what is below it, too


def _explained(directory: Path, patterns: Sequence[str], error: GitError) -> GitError:
    """Return the failure to read refs with the names of those that git cannot read.

    Some versions of git crash over such a ref and do not name it; all speak the user's language.
    """
    names = ("for-each-ref", "--format=%(if)%(symref)%(then)%(symref)%(else)%(refname)%(end)")
    try:
        listed = run(directory, *names, *patterns).stdout.splitlines()
    except GitError:  # git can list no refs at all here, which `error` has told
        return error
    told = [error.said]
    for name in _unreadable(directory, list(dict.fromkeys(listed))):
        told.append(f"git cannot read the object that {name} points at")
        if name.startswith(_OWN):
            told.append(f"to drop this record: git update-ref -d {quote(name)}")
        if name.startswith("refs/remotes/"):
            told.append(f"to drop it until the next fetch: git update-ref -d {quote(name)}")
    return GitError(error.command, error.code, "\n".join(told))


def _unreadable(directory: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield those of the refs that git cannot read, by halving the list until one is alone."""
    try:
        run(directory, *_LIST, *names)
    except GitError:
        middle = len(names) // 2
        if middle == 0:
            yield from names
            return
        yield from _unreadable(directory, names[:middle])
        yield from _unreadable(directory, names[middle:])


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


# A remote must answer by itself: nobody is there to type a password (git(1), ssh_config(5)).
_ALONE = MappingProxyType({"SSH_ASKPASS_REQUIRE": "never"})


def fetch(directory: Path, remote: str, timeout: float) -> None:
    """Fetch the branches of a remote (git-fetch(1)).

    Raises GitError, also when the remote has not answered after `timeout` seconds.
    """
    command = ("fetch", "--quiet", "--no-recurse-submodules", "--end-of-options", remote)
    run(directory, *command, variables=_ALONE, timeout=timeout)


def follow(directory: Path, branch: str, remote: str, name: str) -> None:
    """Let a local branch follow a branch of a remote (git-branch(1), "--set-upstream-to")."""
    upstream = f"refs/remotes/{remote}/{name}"
    run(directory, "branch", "--quiet", f"--set-upstream-to={upstream}", "--", branch)


def write_blob(directory: Path, text: str) -> str:
    """Store a text and return the blob's name; nothing points at it until a ref is made."""
    return run(directory, "hash-object", "-w", "--stdin", stdin=text).stdout.strip()


def write_blobs(directory: Path, texts: Sequence[str]) -> list[str]:
    """Store some texts and return the blobs' names, as `write_blob` does, in one process."""
    from tempfile import TemporaryDirectory  # what only reads need not load it

    with TemporaryDirectory() as folder:
        paths = [Path(folder, str(number)) for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8", newline="")
        asked = "".join(f"{path}\n" for path in paths)
        said = run(directory, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=asked)
    return said.stdout.split()


def put(name: str, value: str, old: str | None) -> tuple[str, ...]:
    """Return the update-ref command that changes a ref if it has the `old` value, None for none."""
    return ("update", name, value, old) if old else ("create", name, value)


def update_refs(directory: Path, commands: Iterable[tuple[str, ...]], reason: str = "") -> None:
    """Run update-ref commands as one transaction: all of them, or none (git-update-ref(1)).

    Each command names the value that it expects; an empty one would have git expect anything.

    Killed in between, git leaves a beginning of them: it makes and updates refs in the order in
    which they are given, and then deletes in any order. Where not every beginning is right, see
    `change_together`.

    The reason goes into the reflogs. Each branch's tip is also HEAD's where it is checked out:
    started in a worktree, git writes that reflog, too.
    """
    wanted = list(commands)
    if any("" in command for command in wanted):
        raise ValueError(f"a value is missing in {wanted}")
    # A record of ours is no symbolic ref; whoever made one of it must not have us follow it.
    script = "".join(
        ("option no-deref\0" if command[1].startswith(_OWN) else "")
        + "\0".join(command).replace("\0", " ", 1)
        + "\0"
        for command in wanted
    )
    flags = ("-m", reason) if reason else ()
    given = f"start\0{script}prepare\0commit\0"
    # Who waits for a lock of git's reads from the message which one that is.
    run(directory, "update-ref", *flags, "--stdin", "-z", stdin=given, variables=ENGLISH)
