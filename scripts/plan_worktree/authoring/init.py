"""init: gives a project the skill, the recipes and the pre-commit hook, each where it belongs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from plan_worktree.authoring.addition import Addition, copy_of_ours, write
from plan_worktree.authoring.claude_worktrees import PART as CLAUDE
from plan_worktree.authoring.claude_worktrees import SCRIPT, claude_worktrees, set_place
from plan_worktree.authoring.just_import import import_recipes, justfile
from plan_worktree.authoring.other_agents import AGENTS, link_skill
from plan_worktree.authoring.precommit import CONFIG, add_hook
from plan_worktree.git import repository
from plan_worktree.project.home import Home, home_at
from plan_worktree.project.lock import repository_lock
from plan_worktree.project.refusal import Refused
from plan_worktree.resources import SKILL, resource

SKILL_FOLDER = ".claude/skills/plan-worktree"
# What only we need: the demonstration, whose tests a project's own runner would find.
_OURS = ("evals", "assets/demo-project", "assets/demo-agent")


def run_init(
    start: Path, parts: Sequence[str], waiting: Callable[[str], None], *, dry_run: bool
) -> list[Addition]:
    """Decide what becomes of every file, and write it; without `parts`, what the project uses.

    The worktrees of Claude Code are changed only when they are asked for.

    Raises Refused outside a worktree, ChangedMeanwhile, GitError and OSError. Killed, it goes
    on when it is run again.
    """
    location = repository.locate(start)
    if location is None or location.toplevel is None:
        raise Refused([f"{start} is in no worktree of a git repository: git init, or cd to one"])
    here = home_at(location.toplevel, location.common_directory)
    if dry_run:
        return _additions(here, parts)
    with repository_lock(here, waiting):
        additions = _additions(here, parts)
        for addition in additions:
            write(here.root, addition)
        if CLAUDE in parts:
            set_place(here)
        return additions


def _additions(here: Home, parts: Sequence[str]) -> list[Addition]:
    """Decide what becomes of every file, and change nothing."""
    found: list[Addition] = []
    root = here.root
    if "agents" in parts:  # the link leads to the skill
        parts = ["skill", *parts]
    for part, file, is_used, decide in (
        ("skill", SKILL_FOLDER, True, _copy_skill),
        ("agents", AGENTS, os.path.lexists(root / AGENTS), lambda at: link_skill(at, SKILL_FOLDER)),
        ("just", "justfile", justfile(root) is not None, import_recipes),
        ("pre-commit", CONFIG, os.path.lexists(root / CONFIG), add_hook),
        (CLAUDE, SCRIPT, None, claude_worktrees),
    ):
        if part in parts or (is_used and not parts):
            found += decide(here)
        elif not parts and is_used is not None:
            why = f"there is no {file} here; to begin one: plan-worktree init {part}"
            found.append(Addition(part, file, "skipped", why))
    return found


def _copy_skill(here: Home) -> list[Addition]:
    root, folder = here.root, resource(SKILL)
    names = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    additions = [
        copy_of_ours(root, "skill", f"{SKILL_FOLDER}/{name}", path.read_bytes())
        for name, path in names.items()
        if path.is_file() and not name.startswith(_OURS)
    ]
    main = f"{SKILL_FOLDER}/SKILL.md"
    if not repository.ignored(root, [main]):
        return additions
    why = f"git ignores {SKILL_FOLDER}, so nobody else gets it: git check-ignore -v {main}"
    return [replace(one, why=one.why or why) if one.file == main else one for one in additions]
