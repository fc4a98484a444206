"""Objects: looked up, read, and named by their content (git-cat-file(1), git-ls-tree(1))."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.process import GitError, quoted, repository_options, run, start


class Found(NamedTuple):
    """An object that was asked for; `kind` is None when the repository does not have it."""

    object_id: str
    kind: str | None


def find_objects(
    directory: Path, names: Iterable[str], git_directory: Path | None = None
) -> list[Found]:
    """Look objects up by their names (git-cat-file(1), "--batch-check").

    `git_directory` is named where git shall not look for it.
    """
    command = (*repository_options(directory, git_directory), "cat-file", "--batch-check")
    said = run(directory, *command, stdin="\n".join(names)).stdout
    fields = (line.split() for line in said.splitlines())
    # Of an object there are three fields, of a name without one two.
    return [Found(name, more[0] if len(more) == 2 else None) for name, *more in fields]


def read_blob(directory: Path, name: str) -> bytes:
    """Return the content of a blob. Raises GitError, also when there is none."""
    said = run(directory, "cat-file", "blob", name).stdout
    return said.encode("utf-8", "surrogateescape")


def committed_file(worktree: Path, path: str) -> bytes | None:
    """Return the content of a file in the HEAD commit; None when HEAD has no such file."""
    return file_in(worktree, "HEAD", path)


def file_in(directory: Path, commit: str, path: str) -> bytes | None:
    """Return the content of a file in a commit; None when there is no such file, or commit."""
    done = run(directory, "cat-file", "blob", f"{commit}:{path}", ok=(0, 128))
    return None if done.returncode else done.stdout.encode("utf-8", "surrogateescape")


def filtered_file(worktree: Path, tree: str, path: str) -> bytes:
    """Return a file of a tree as a checkout would write it (git-cat-file(1), "--filters")."""
    said = run(worktree, "cat-file", "--filters", f"{tree}:{path}").stdout
    return said.encode("utf-8", "surrogateescape")


@contextmanager
def blob_reader(directory: Path) -> Iterator[Callable[[str], Iterator[bytes]]]:
    """Yield a function that reads a blob in pieces, all of it before the next is asked for.

    git-cat-file(1), "BATCH OUTPUT".
    """
    reader = start(directory, ("cat-file", "--batch"), has_stdin=True)
    stdin, stdout = reader.stdin, reader.stdout

    def read(blob: str) -> Iterator[bytes]:
        if stdin is None or stdout is None:  # pragma: no cover - both are pipes
            return
        stdin.write(f"{blob}\n".encode())
        stdin.flush()
        said = stdout.readline().split()
        if len(said) != 3:
            raise GitError(("cat-file", "--batch"), 1, f"{blob} is missing")
        left = int(said[2])
        while left:
            piece = stdout.read(min(left, 1 << 20))
            left -= len(piece)
            yield piece
        stdout.read(1)

    try:
        yield read
    finally:
        reader.kill()
        reader.communicate()


def tree_files(directory: Path, tree: str) -> dict[str, str]:
    """Return the objects of all files of a tree by path (git-ls-tree(1), "-r")."""
    listed = run(directory, "ls-tree", "-r", "-z", "--full-tree", tree).stdout.split("\0")[:-1]
    entries = (line.partition("\t") for line in listed)
    return {path: said.split()[2] for said, _, path in entries}


def tree_paths(directory: Path, tree: str) -> list[str]:
    """Return the paths of all files of a tree (git-ls-tree(1), "--name-only")."""
    command = ("ls-tree", "-r", "--name-only", "-z", "--end-of-options", tree)
    return run(directory, *command).stdout.split("\0")[:-1]


def paths_in_tree(
    directory: Path, tree: str, paths: Sequence[str], git_directory: Path | None = None
) -> list[str] | None:
    """Return those of some paths that a tree has, None when there is no such tree.

    Of a folder and a file in it, both asked for, git names the file alone. Only trees are read,
    so that a partial clone fetches nothing. `git_directory` is named where git does not find it.
    """
    flags = ("-z", "--name-only", "--full-tree", "--end-of-options", tree, "--", *paths)
    command = (*repository_options(directory, git_directory), "--literal-pathspecs", "ls-tree")
    done = run(directory, *command, *flags, ok=(0, 128))
    return None if done.returncode else done.stdout.split("\0")[:-1]


def hash_files(
    worktree: Path,
    paths: Iterable[str],
    *,
    filters: bool = True,
    git_directory: Path | None = None,
) -> dict[str, str]:
    """Return by path the name that each file's content has as a blob (git-hash-object(1)).

    Without `filters` the bytes count as they lie on the disk, else as git would store them.
    `git_directory` is named where git does not find it.
    """
    wanted = list(paths)
    plain = () if filters else ("--no-filters",)
    place = repository_options(worktree, git_directory)
    asked = "".join(f"{quoted(path)}\n" for path in wanted)
    said = run(worktree, *place, "hash-object", *plain, "--stdin-paths", stdin=asked).stdout
    return dict(zip(wanted, said.split(), strict=True))
