"""Slots that are taken: records as the stages of another plan would have them."""

from __future__ import annotations

import json

from tests.support import Repo, run
from tests.world import PLAN_ID

OTHER = "2026-01-02-cellar"


def slot_ref(stage: str, plan: str = PLAN_ID) -> str:
    return f"refs/plan-worktree/{plan}/slot/{stage}"


def give(repo: Repo, *numbers: int) -> None:
    """Let a worktree that somebody made have slots, as stages of another plan would."""
    repo.git("worktree", "add", "--quiet", "--detach", str(repo.path.parent / "theirs"))
    folder = repo.path.parent / "records"
    folder.mkdir()
    paths = [folder / str(number) for number in numbers]
    for path in paths:
        path.write_text(json.dumps({"slot": int(path.name), "worktree": "theirs"}))
    listed = "".join(f"{path}\n" for path in paths)
    made = run("git", "hash-object", "-w", "--stdin-paths", cwd=repo.path, stdin=listed)
    pairs = zip(numbers, made.stdout.split(), strict=True)
    commands = [f"create {slot_ref(f's{number}', OTHER)} {blob}\n" for number, blob in pairs]
    done = run("git", "update-ref", "--stdin", cwd=repo.path, stdin="".join(commands))
    assert done.exit_code == 0, done.output
