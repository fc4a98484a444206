"""What is noted in a worktree's git directory while it is moved, and from what it was restored."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.files import first_line, named_worktree, worktree_git_directory
from plan_worktree.git.worktrees import Changes

# Our own note in a worktree's git directory: the ref it was restored from.
RESTORED = "plan-worktree.restored"


# Our own note in a worktree's git directory while it is being moved: two objects, from and to.
ADVANCING = "plan-worktree.advancing"


# Our own note in a worktree's git directory: what a command of setup --each left untracked there.
LEFT = "plan-worktree.left"


def note_left(git_directory: Path, paths: Iterable[str]) -> None:
    """Note what a command of ``setup --each`` left untracked in a worktree. Raises OSError."""
    raw = "\0".join(paths).encode("utf-8", "surrogateescape")
    (git_directory / LEFT).write_bytes(raw)


def only_left(worktree: Path, common: Path, changes: Changes) -> bool:
    """Tell whether a worktree's changes are only what ``setup --each`` left there untracked."""
    directory = worktree_git_directory(worktree, common)
    if changes.tracked or directory is None:
        return False
    try:
        raw = (directory / LEFT).read_bytes()
    except OSError:
        return False
    return set(changes.untracked) <= set(raw.decode("utf-8", "surrogateescape").split("\0"))


class Advance(NamedTuple):
    """A worktree that was being moved from a commit to a commit, or to a tree, when we died."""

    directory: Path
    worktree: Path
    old: str
    new: str


def advances(common: Path, main: Path) -> list[Advance]:
    """Return the worktrees that have a note that they are being moved; `main` is the main one."""
    found = []
    for note in (common / ADVANCING, *sorted((common / "worktrees").glob(f"*/{ADVANCING}"))):
        old, _, new = first_line(note).partition(" ")
        worktree = main if note.parent == common else named_worktree(note.parent)
        if worktree and note.is_file():
            found.append(Advance(note.parent, worktree, old, new))
    return found


def restored_from(git_directory: Path) -> str:
    """Return the ref that a worktree was restored from, empty when it was not."""
    return first_line(git_directory / RESTORED)


# Our own note in a scratch worktree's git directory: its slot.
SLOT = "plan-worktree.slot"


def note_slot(git_directory: Path, slot: int) -> None:
    """Note which slot a scratch worktree has. Raises OSError."""
    (git_directory / SLOT).write_text(f"{slot}\n", encoding="ascii")


def noted_slots(common: Path) -> set[int]:
    """Return the slots of all scratch worktrees."""
    said = map(first_line, (common / "worktrees").glob(f"*/{SLOT}"))
    return {int(text) for text in said if text.isascii() and text.isdigit() and len(text) <= 7}
