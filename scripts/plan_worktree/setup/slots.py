"""Every worktree of a stage gets a slot, and keeps it for its life.

Whoever gives one holds the repository lock, so no two worktrees get the same. It is given when git
has made its entry of the worktree, to which the record is bound; killed in between, a worktree has
none yet, and gets one from the next command that looks here: setup, start, restore.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import GitError
from plan_worktree.plan.model import Stage
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import slot_ref
from plan_worktree.project.variables import stage_variables
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.slots import Slot, free_slots, slot_of
from plan_worktree.worktrees.environment_file import (
    exclude_environment_file,
    write_environment_file,
)

Waiting = Callable[[str], None]


def give_slots(facts: Facts, places: Mapping[str, Path], waiting: Waiting) -> Facts:
    """Give a slot to each of some stages that has none; return the facts as they then are.

    `places` are the worktrees by stage id. Must run under the repository lock. Raises GitError.
    """
    free, given = free_slots(facts.home), {}
    for stage in facts.plan.stages:
        place = places.get(stage.id)
        if place is None or slot_of(facts, stage, place) is not None:
            continue
        directory = worktree_git_directory(place, facts.home.git_directory)
        if directory is None:  # home has the stage's branch, or it could not be made
            continue
        given[slot_ref(facts.plan, stage)] = Slot(next(free), directory.name).text
    if not given:
        return facts
    blobs = gitrefs.write_blobs(facts.home.root, list(given.values()))
    made = {
        name: gitrefs.Ref(name, blob, None, text=text)
        for (name, text), blob in zip(given.items(), blobs, strict=True)
    }
    before = {name: ref.object_id for name, ref in facts.refs.items()}
    commands = [gitrefs.put(name, ref.object_id, before.get(name)) for name, ref in made.items()]
    patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    return replace(facts, refs=facts.refs | made)


def give_missing_slot(facts: Facts, stage: Stage, worktree: Path, waiting: Waiting) -> Facts:
    """Give a stage's worktree a slot, and the file that says it, when it has no slot.

    Returns the facts as they then are; `waiting` is told why a file is not written. Must run under
    the repository lock. Raises GitError and OSError.
    """
    if slot_of(facts, stage, worktree) is not None:
        return facts
    facts = give_slots(facts, {stage.id: worktree}, waiting)
    exclude_environment_file(facts.home)
    if why := write_file(facts, stage, worktree):
        waiting(f"warning: {why}")
    return facts


def free_slot(facts: Facts, stage: Stage, waiting: Waiting) -> None:
    """Delete the record of a stage's slot, where there is one; its worktree is gone.

    Must run under the repository lock. Raises GitError.
    """
    if ref := facts.refs.get(slot_ref(facts.plan, stage)):
        commands = [("delete", ref.name, ref.object_id)]
        patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)


def write_file(facts: Facts, stage: Stage, worktree: Path) -> str | None:
    """Write the file of variables that the settings want; return why that cannot be, or None."""
    slot = slot_of(facts, stage, worktree)
    variables = stage_variables(facts.home.root, facts.plan.plan_id, stage.id, slot)
    try:
        return write_environment_file(facts.home, worktree, variables)
    except (GitError, OSError) as error:
        return str(error)
