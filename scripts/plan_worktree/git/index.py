"""The index of a worktree, or a draft of one: read, refreshed, filled, held against the files.

Every verb works on the worktree's own index, or on the file that `index` names instead
(git(1), "GIT_INDEX_FILE"). Paths are taken as they are written, never as patterns.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from plan_worktree.git.process import repository_options, run

# The mode of a submodule's entry (gitformat-index(5)).
GITLINK = "160000"
_OTHERS = ("ls-files", "-z", "--others")
_FROM_STDIN = ("--pathspec-from-file=-", "--pathspec-file-nul")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class IndexEntry(NamedTuple):
    """An entry of an index: its mode in git's notation, its object and its path.

    `stage` is 0, or for a path that conflicts 1 (base), 2 (ours) or 3 (theirs). `is_assumed` and
    `is_skipped` are the flags of git-update-index(1), "--assume-unchanged", "--skip-worktree".
    """

    mode: str
    object_id: str
    path: str
    stage: int = 0
    is_assumed: bool = False
    is_skipped: bool = False


def entries(worktree: Path, git_directory: Path | None = None) -> list[IndexEntry]:
    """Return all entries of a worktree's index (git-ls-files(1), "-v", "--stage").

    `git_directory` is named where the worktree was moved away from where git looks for it.
    """
    command = (*repository_options(worktree, git_directory), "ls-files", "-v", "--stage", "-z")
    found = []
    for line in run(worktree, *command).stdout.split("\0")[:-1]:
        said, _, path = line.partition("\t")
        tag, mode, object_id, stage = said.split(" ")
        flags = (tag.islower(), tag in "Ss")
        found.append(IndexEntry(mode, object_id, path, int(stage), *flags))
    return found


def tracked_paths(worktree: Path, *below: str) -> frozenset[str]:
    """Return the paths of a worktree's index at or below some paths, all when none is given.

    git-ls-files(1), "--cached".
    """
    listed = run(worktree, "--literal-pathspecs", "ls-files", "-z", "--", *below).stdout
    return frozenset(listed.split("\0")[:-1])


def untracked_files(worktree: Path, index: Path | None = None) -> list[str]:
    """Return the files that an index does not have, ignored ones too (git-ls-files(1), "--others").

    A path that ends with a slash is a repository of its own.
    """
    return run(worktree, *_OTHERS, variables=_in(index)).stdout.split("\0")[:-1]


def ignored_files(worktree: Path, *, folders: bool = False) -> list[str]:
    """Return the untracked files that git ignores (git-ls-files(1), "--exclude-standard").

    With `folders`, a folder in which it ignores everything stands for all in it, with a slash.
    """
    more = ("--directory",) if folders else ()
    command = (*_OTHERS, "--ignored", "--exclude-standard", *more)
    return run(worktree, *command).stdout.split("\0")[:-1]


def files_matching(worktree: Path, patterns: str) -> list[str]:
    """Return the untracked files that match the patterns in a file, as in gitignore(5).

    git-ls-files(1), "--exclude-from".
    """
    command = (*_OTHERS, "--ignored", f"--exclude-from={patterns}")
    return run(worktree, *command).stdout.split("\0")[:-1]


def diff_files(worktree: Path, index: Path | None = None) -> list[str]:
    """Return the tracked files that are not as an index has them (git-diff-files(1))."""
    command = ("diff-files", "--name-only", "-z")
    return run(worktree, *command, variables=_in(index)).stdout.split("\0")[:-1]


def refresh(worktree: Path, index: Path | None = None) -> None:
    """Let an index take files that were only touched for unchanged again.

    git-update-index(1), "--refresh". That files differ is no failure.
    """
    run(worktree, "update-index", "-q", "--refresh", ok=(0, 1), variables=_in(index))


def read_tree(worktree: Path, tree: str, index: Path | None = None) -> None:
    """Give an index the entries of a tree, and no knowledge of files (git-read-tree(1))."""
    run(worktree, "read-tree", tree, variables=_in(index))


def check_out_tree(worktree: Path, tree: str) -> None:
    """Make index and files those of a tree, whatever they were (git-read-tree(1), "--reset -u")."""
    run(worktree, "read-tree", "--reset", "-u", tree)


def reset(worktree: Path, index: Path | None = None) -> None:
    """Make an index that of HEAD; the files stay (git-read-tree(1), "--reset").

    Unlike git-reset(1) it leaves the user's ORIG_HEAD alone.
    """
    run(worktree, "read-tree", "--reset", "HEAD", variables=_in(index))


def reset_paths(worktree: Path, commit: str, paths: Iterable[str]) -> None:
    """Give the index what a commit has at some paths; the files stay (git-reset(1))."""
    command = ("--literal-pathspecs", "reset", "--quiet", commit, *_FROM_STDIN)
    run(worktree, *command, stdin=_lines(paths))


def check_out_paths(worktree: Path, paths: Iterable[str], index: Path | None = None) -> None:
    """Write files as an index has them over what is there (git-checkout-index(1), "--force")."""
    command = ("checkout-index", "--force", "--quiet", "-z", "--stdin")
    run(worktree, *command, stdin=_lines(paths), variables=_in(index))


def check_out_missing(worktree: Path, index: Path | None = None) -> None:
    """Write the files of an index that are not there (git-checkout-index(1), "--all").

    What stands where a file should be stays, and is no failure.
    """
    command = ("checkout-index", "--all", "--index", "--quiet")
    run(worktree, *command, ok=(0, 1, 128), variables=_in(index))


def add_all(
    worktree: Path,
    index: Path | None = None,
    *,
    ignored: bool = False,
    variables: Mapping[str, str] = _NOTHING,
) -> None:
    """Give an index all files of a worktree as they are, `ignored` ones too (git-add(1), "--all").

    `variables` are those of `commits.scratch_objects`, where the objects shall vanish again.
    """
    # Whatever a setting says of line ends, git must not refuse.
    command = ("-c", "core.safecrlf=false", "add", "--all", "--sparse")
    flags = ("--force",) if ignored else ()
    run(worktree, *command, *flags, variables={**variables, **_in(index)})


def add_paths(worktree: Path, paths: Iterable[str], *, intent_only: bool = False) -> None:
    """Give the index some files, ignored ones too (git-add(1)).

    With `intent_only` only their names, as "--intent-to-add" does.
    """
    flags = ("--intent-to-add",) if intent_only else ()
    command = ("--literal-pathspecs", "add", "--force", *flags, *_FROM_STDIN)
    run(worktree, *command, stdin=_lines(paths))


def write_tree(
    worktree: Path, index: Path | None = None, variables: Mapping[str, str] = _NOTHING
) -> str:
    """Make a tree of an index and return its name (git-write-tree(1)).

    `variables` are those of `add_all`.
    """
    return run(worktree, "write-tree", variables={**variables, **_in(index)}).stdout.strip()


def unmerge(worktree: Path, sides: Sequence[IndexEntry]) -> None:
    """Give the index the sides of each path that conflicts in place of what it has there.

    git-update-index(1), "--index-info".
    """
    # Mode 0 takes a path out; git wants the name of no object of the right length with it.
    paths = {side.path: "0" * len(side.object_id) for side in sides}
    lines = [f"0 {nothing}\t{path}" for path, nothing in paths.items()]
    lines += [f"{side.mode} {side.object_id} {side.stage}\t{side.path}" for side in sides]
    run(worktree, "update-index", "-z", "--index-info", stdin=_lines(lines))


def assume_unchanged(worktree: Path, paths: Sequence[str]) -> None:
    """Let git take files for unchanged (git-update-index(1), "--assume-unchanged")."""
    _flag(worktree, "--assume-unchanged", paths)


def skip_worktree(worktree: Path, paths: Sequence[str]) -> None:
    """Let git take files for left out (git-update-index(1), "--skip-worktree")."""
    _flag(worktree, "--skip-worktree", paths)


def _flag(worktree: Path, flag: str, paths: Sequence[str]) -> None:
    if paths:
        run(worktree, "update-index", "-z", flag, "--stdin", stdin=_lines(paths))


def _in(index: Path | None) -> Mapping[str, str]:
    return _NOTHING if index is None else {"GIT_INDEX_FILE": str(index)}


def _lines(parts: Iterable[str]) -> str:
    return "".join(f"{part}\0" for part in parts)
