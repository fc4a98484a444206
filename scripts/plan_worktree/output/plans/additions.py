"""What `init` has added, or would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from plan_worktree.authoring.addition import Addition
from plan_worktree.authoring.init import SKILL_FOLDER
from plan_worktree.output.terminal import note, table
from plan_worktree.sharing.turn_on import SETTING, Turned


def show_additions(additions: Sequence[Addition], dry_run: bool) -> bool:
    """Show them, the many files of the skill together; tell whether one was left to the user."""
    skill = Counter(one.action for one in additions if one.part == "skill")
    rows = [
        ("skill", action, f"{SKILL_FOLDER} ({count} file{'s' * (count > 1)})")
        for action, count in skill.items()
    ]
    rows += [(one.part, one.action, one.file) for one in additions if one.part != "skill"]
    table(("PART", "ACTION", "FILE"), rows)
    for one in additions:
        if one.why:
            note(*f"{one.part}: {one.why}".rstrip("\n").split("\n"))
    if dry_run:
        note("nothing was changed")
    elif new := [one.file for one in additions if one.is_new]:
        folders = {str(PurePosixPath(file).parts[0]) for file in new}
        note(f"see it: git status {' '.join(sorted(folders))}")
    return any(one.action == "left" for one in additions)


def show_turned(turned: Turned, dry_run: bool) -> None:
    """Say what it means that a clone shares its plans."""
    remote, verb = turned.remote, "would share" if dry_run else "shares"
    note(
        f"this clone {verb} its plans through {remote}: claims, completions, proofs, landings and",
        f"bases (refs/plan-worktree/*) and the branches of complete stages are pushed to {remote}",
        "and taken from there; saved work and logs are not",
        f"whoever can push to {remote} can claim, complete and take over every stage",
        f"whether {remote} takes these refs is seen when the first stage is claimed",
        f"to share no more: git config --unset {SETTING}",
    )
    if turned.warning:
        note(f"warning: {turned.warning}")


def show_told(turned: Turned, plans: int) -> None:
    """Say of how many plans the remote has told what it has."""
    if plans:
        what = "1 plan" if plans == 1 else f"{plans} plans"
        note(f"what {turned.remote} has of {what} is known here now")
