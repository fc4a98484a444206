"""What differs between trees and commits: paths with a letter, and keys of whole patches."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from plan_worktree.git.objects.history import _HEADER, _NUMBERS
from plan_worktree.git.process import run

_PAIR = "[0-9a-f]{40,64} [0-9a-f]{40,64}"


# Whatever a user's settings say of diffs.
_PLAIN = ("--no-renames", "--no-color", "--no-ext-diff", "--no-textconv")


# Without prefixes, which a patch and its revert have the other way round.
_PATCH = ("-r", "-p", "--full-index", "--no-prefix", *_PLAIN)


# Of a file larger than this only its name counts, as of a binary one: its name is its content's.
_SMALL = ("-c", "core.bigFileThreshold=1m")


def tree_patches(
    directory: Path,
    pairs: Sequence[tuple[str, str]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Return a key for what changes from the first to the second tree of each pair.

    Keys are equal when the changed lines and the lines around them are, wherever they stand; of
    binary files the whole content counts.
    """
    asked = "".join(f"{before} {after}\n" for before, after in pairs)
    keys = _keys(directory, asked, variables=variables)
    return [keys.get(f"{before} {after}", "") for before, after in pairs]


def changed_files(directory: Path, old: str, new: str) -> dict[str, str]:
    """Return what changes from one commit or tree to another, as `changes_between` does."""
    flags = ("-r", "-z", "--no-renames", "--name-status", "--end-of-options")
    fields = iter(run(directory, "diff-tree", *flags, old, new).stdout.split("\0")[:-1])
    return {path: letter for letter, path in zip(fields, fields, strict=True)}


def changes_between(
    directory: Path,
    pairs: Sequence[tuple[str, str]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> dict[tuple[str, str], dict[str, str]]:
    """Return what changes from the first to the second tree of each pair, with one process.

    That is each path with a letter (git-diff-tree(1), "--name-status"): A added, M modified, T of
    another type, D deleted. A rename is a deletion and an addition.
    """
    if not pairs:
        return {}
    asked = "".join(f"{before} {after}\n" for before, after in dict.fromkeys(pairs))
    flags = ("-r", "-z", "--no-renames", "--name-status", "--stdin")
    said = run(directory, "diff-tree", *flags, stdin=asked, variables=variables).stdout
    fields = iter(said.split("\0")[:-1])
    found: dict[tuple[str, str], dict[str, str]] = {pair: {} for pair in pairs}
    current: dict[str, str] = {}
    for field in fields:
        # Each pair is announced by a line of its own; one without changes by none behind it.
        *announced, letter = field.split("\n")
        if announced:
            before, _, after = announced[-1].partition(" ")
            current = found[before, after]
        current[next(fields)] = letter
    return found


def changed_paths(
    directory: Path,
    pairs: Sequence[tuple[str, str]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Return every path that changes between the trees of any pair."""
    asked = "".join(f"{before} {after}\n" for before, after in pairs)
    flags = ("-r", "-z", "--no-renames", "--name-only", "--stdin")
    said = run(directory, "diff-tree", *flags, stdin=asked, variables=variables).stdout
    # Each pair is announced by a line of its own.
    fields = (re.sub("^" + _PAIR + "\n", "", field, count=1) for field in said.split("\0")[:-1])
    return list(dict.fromkeys(fields))


def patch_keys(directory: Path, commits: Iterable[str]) -> dict[str, str]:
    """Return a key of the patch of each of some commits that has one; merges have none."""
    return _keys(directory, "".join(f"{commit}\n" for commit in commits))


def commit_patches(
    directory: Path, tips: Iterable[str], paths: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Return the keys of each commit, merges left out, that `tips` select and that touches a path.

    The second is the key of its revert. `tips` are revisions as rev-list takes them, ``^``
    included.
    """
    if not paths:
        return {}
    # The list is one of lines: a name that has several is looked for by looking at everything.
    named = () if any("\n" in path or "\r" in path for path in paths) else ("--", *paths)
    asked = "".join(f"{line}\n" for line in (*tips, *named))
    flags = ("--literal-pathspecs", "rev-list", "--no-merges", "--stdin")
    commits = run(directory, *flags, stdin=asked).stdout
    forth, back = _keys(directory, commits), _keys(directory, commits, "-R")
    return {commit: (key, back[commit]) for commit, key in forth.items()}


def _keys(
    directory: Path,
    asked: str,
    *flags: str,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return a key of the patch of each commit or pair of trees, one a line, that has one.

    The keys of git-patch-id(1) would not do: they are the same where only blanks differ, which may
    move a line of Python into another block, or where only one file ends without a line feed; and
    git 2.38, which has no --verbatim, does not look into binary files.
    """
    from hashlib import sha256  # few commands compare patches

    # By the same plumbing for commits and trees, so that no setting can make them differ.
    command = (*_SMALL, "diff-tree", *_PATCH, *flags, "--stdin")
    _, *parts = _HEADER.split(
        "\n" + run(directory, *command, stdin=asked, variables=variables).stdout
    )
    digests = (
        sha256(_NUMBERS.sub("\n", patch.strip("\n")).encode("utf-8", "surrogateescape"))
        for patch in parts[1::2]
    )
    return {name: digest.hexdigest() for name, digest in zip(parts[::2], digests, strict=True)}
