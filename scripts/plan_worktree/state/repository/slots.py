"""Which worktree has which slot: a number that no other worktree of the repository has.

A stage's slot is a ref, which names a blob with the number and with git's entry of the stage's
worktree (``worktrees/NAME`` in the git directory). It counts as long as that entry is there: so a
slot is free again however a worktree was taken away, by git as well, and no other plan has to be
read to know that. A scratch worktree has its slot in a note in its entry, and goes with that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.plan.model import Stage
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import SLOTS, slot_ref
from plan_worktree.state.repository.facts import Facts
from plan_worktree.worktrees.notes import noted_slots

# A longer blob is none of ours, and neither is a larger number.
_LONGEST = 10_000
_LARGEST = 1_000_000


class Slot(NamedTuple):
    """A number, and the name of git's entry of the worktree that has it."""

    number: int
    entry: str

    @property
    def text(self) -> str:
        """What the blob holds."""
        return json.dumps({"slot": self.number, "worktree": self.entry}) + "\n"

    @classmethod
    def read(cls, text: str) -> Slot | None:
        """Read what a blob holds, whoever wrote it; None when it is no slot."""
        try:
            said = json.loads(text) if len(text) <= _LONGEST else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(said, dict):
            return None
        number, entry = said.get("slot"), said.get("worktree")
        if type(number) is not int or not isinstance(entry, str):  # true is an int, too
            return None
        return cls(number, entry) if 0 <= number <= _LARGEST else None


def slot_of(facts: Facts, stage: Stage, worktree: Path | None = None) -> int | None:
    """Return the slot of a stage, None while it has none.

    `worktree` is where the stage's worktree is, which may be newer than the facts.
    """
    ref = facts.refs.get(slot_ref(facts.plan, stage))
    slot = Slot.read(ref.text) if ref else None
    if slot is None:
        return None
    entry = facts.worktree_of(stage) if worktree is None else None
    place = worktree or (entry.path if entry else None)
    directory = worktree_git_directory(place, facts.home.git_directory) if place else None
    return slot.number if directory and directory.name == slot.entry else None


def free_slots(home: Home) -> Iterator[int]:
    """Yield the numbers that no worktree has, the smallest first.

    Whoever takes one holds the repository lock from before until it is written down. Raises
    GitError.
    """
    taken = noted_slots(home.git_directory)
    entries = {path.name for path in (home.git_directory / "worktrees").glob("*")}
    for ref in gitrefs.refs(home.root, SLOTS).values():
        if (slot := Slot.read(ref.text)) and slot.entry in entries:
            taken.add(slot.number)
    yield from (number for number in count() if number not in taken)
