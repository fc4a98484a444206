"""Commits written in one stream, all of them or none (git-fast-import(1)).

The functions yield commands; `fast_import` gives them to git. Marks are numbers by which later
commands of the stream name a commit, as ``:1``.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from plan_worktree.git.index import IndexEntry
from plan_worktree.git.process import failure, quoted, start

_WHO = "plan-worktree <plan-worktree@localhost>"


def fast_import(directory: Path, stream: Iterable[bytes]) -> None:
    """Carry out the commands of a stream, and then write its refs.

    Raises GitError, and what `stream` raises: then no ref is written.
    """
    arguments = ("fast-import", "--quiet", "--done", "--date-format=raw")
    importer = start(directory, arguments, has_stdin=True)
    try:
        with suppress(BrokenPipeError):  # then its exit code tells why
            for chunk in stream:
                importer.stdin.write(chunk)  # type: ignore[union-attr]
            importer.stdin.write(b"done\n")  # type: ignore[union-attr]
        _, said = importer.communicate()
    except BaseException:
        importer.kill()
        importer.communicate()
        raise
    if importer.returncode:
        raise failure(arguments, importer.returncode, said.decode("utf-8", "surrogateescape"))


def begin_commit(ref: str, mark: int, when: int, message: str, parent: str | None = None) -> bytes:
    """Begin a commit on a ref, from a parent or from none; `when` is a time (UTC)."""
    text = message.encode("utf-8", "surrogateescape")
    begin = f"commit {ref}\nmark :{mark}\ncommitter {_WHO} {when} +0000\ndata {len(text)}\n"
    return begin.encode() + text + b"\n" + (f"from {parent}\n".encode() if parent else b"")


def more_parents(parents: Iterable[str]) -> bytes:
    """Give the commit that was begun more parents: marks or names."""
    return "".join(f"merge {parent}\n" for parent in parents).encode()


def modify(entry: IndexEntry) -> bytes:
    """Put an object that exists at a path."""
    return b"M %s %s %s\n" % (entry.mode.encode(), entry.object_id.encode(), _quoted(entry.path))


def delete(path: str) -> bytes:
    """Take a path away."""
    return b"D %s\n" % _quoted(path)


def inline(mode: str, path: str, size: int, content: Iterable[bytes]) -> Iterator[bytes]:
    """Put new content of a known size, in bytes, at a path."""
    yield b"M %s inline %s\ndata %d\n" % (mode.encode(), _quoted(path), size)
    yield from content
    yield b"\n"


def _quoted(path: str) -> bytes:
    return quoted(path).encode("ascii")
