"""What a plan is: the one definition, for every command and for the plugin's hook.

A plan is a Markdown file in the plans folder of a worktree, or in a folder below the plans folder,
that opens a metadata block or has a dated name. The name counts because an edit may just have
broken the block. A Markdown file there without either is a note: `validate` checks notes as well
(PW001), so that no broken plan goes unseen; whoever lists plans or chooses one leaves notes out.
The link from a stage's worktree to its plan is no plan.

The hook runs this module with whatever Python the machine has, and without the packages that the
program needs. So nothing is imported here but small parts of the standard library.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from plan_worktree.project.names import CURRENT_STAGE, DEFAULT_PLANS

# No plan is longer (plan.source has the limit in bytes).
_MOST_CHARACTERS = 4 * 1024 * 1024
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}-.")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_METADATA = re.compile(r"[ \t]*json[ \t]+metadata\b")


def plan_files(folder: Path, *, enter: bool = True) -> list[Path]:
    """Return the files of a plans folder that may be plans, sorted.

    Folders below are entered unless they are links or repositories; with `enter` false none is.
    """
    found = []
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if enter and not _is_foreign(Path(place, name))]
        found += [Path(place, name) for name in names if _may_be_plan(name)]
    return sorted(found)


def is_inside(folder: Path, path: Path) -> bool:
    """Tell whether a file lies in a folder or below it, by whatever links its path leads there."""
    there, real = os.path.realpath(path.parent), os.path.realpath(folder)
    return there == real or there.startswith(real.rstrip(os.sep) + os.sep)


def plans_folder_around(
    path: Path, worktree: Path, setting: Callable[[], str | Path | None]
) -> Path | None:
    """Return the plans folder of a worktree in which a file may be a plan; None where it may not.

    The default folder always is one. `setting` returns the other one, for which git is asked.
    """
    if not _may_be_plan(path.name):
        return None
    default = worktree / DEFAULT_PLANS
    if is_inside(default, path):
        return default
    named = setting()
    return worktree / named if named and is_inside(worktree / named, path) else None


def worktree_around(path: Path) -> Path | None:
    """Return the root of the worktree that a file belongs to, None for a file in no repository.

    The plans folder may be a link into another repository, of notes say, or a repository itself:
    its plans belong to the worktree that the folder is in, so the path is followed as written.
    """
    for folder in path.parents:
        if os.path.lexists(folder / ".git") and not _is_plans_folder(folder):
            return folder
    return None


def is_plan(path: Path) -> bool:
    """Tell a plan, also a broken one, from a note."""
    if _DATED.match(path.name):
        return True
    try:
        if not path.is_file():  # opening a FIFO would wait for a writer
            return False
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return _opens_metadata(file.read(_MOST_CHARACTERS))
    except OSError:
        return False


def _may_be_plan(name: str) -> bool:
    return name.endswith(".md") and name != CURRENT_STAGE


def _is_foreign(folder: Path) -> bool:
    return folder.name == ".git" or os.path.lexists(folder / ".git")


def _is_plans_folder(folder: Path) -> bool:
    """Tell whether a repository is itself the plans folder of a worktree around it."""
    return folder.match(DEFAULT_PLANS) and os.path.lexists(folder.parents[1] / ".git")


def _opens_metadata(text: str) -> bool:
    """Tell whether a text has a metadata block, also one that is never closed."""
    return next(_metadata_blocks(text), None) is not None


def metadata_in(text: str) -> str | None:
    """Return what the metadata block of a text holds; None where none is opened and closed.

    That is a look and no reading: the commands that act read Markdown as Markdown
    (`plan.planfile`), and what formatters made of a fence.
    """
    block = next(_metadata_blocks(text), None)
    if block is None:
        return None
    marks, start = block
    closing = re.compile(rf"^ {{0,3}}{re.escape(marks)}{re.escape(marks[0])}*[ \t]*$", re.MULTILINE)
    end = closing.search(text, start)
    return text[start : end.start()] if end else None


def _metadata_blocks(text: str) -> Iterator[tuple[str, int]]:
    """Yield the marks of each fence that opens a metadata block, and where its line ends.

    A block that is only shown, inside another fence, does not count.
    """
    opened = ""
    for found in _FENCE.finditer(text):
        marks, words = found[1], found[2]
        if not opened:
            if _METADATA.match(words):
                yield marks, found.end()
            opened = "" if marks[0] == "`" in words else marks
        elif marks.startswith(opened) and not words.strip():
            opened = ""
