"""init: gives a project the skill, the recipes and the pre-commit hook, each where it belongs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree import git
from plan_worktree.lifecycle.addition import Addition, copies, write
from plan_worktree.lifecycle.home import DEFAULT_PLANS, setting
from plan_worktree.lifecycle.justimport import import_recipes, justfile
from plan_worktree.lifecycle.precommit import CONFIG, add_hook
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.resources import SKILL, resource

PARTS = ("skill", "just", "pre-commit")
SKILL_FOLDER = ".claude/skills/plan-worktree"
# What only we need: the demonstration's project, whose tests a project's own runner would find.
_OURS = ("evals", "assets/demo-project")


class Project(NamedTuple):
    """The worktree that is added to, and what is to become of its files."""

    root: Path
    additions: tuple[Addition, ...]


def plan_init(start: Path, parts: Sequence[str]) -> Project:
    """Decide what becomes of every file; without `parts`, of what the project has a use for.

    Raises Refused outside a worktree, git.GitError and OSError.
    """
    location = git.locate(start)
    if location is None or location.toplevel is None:
        raise Refused([f"{start} is in no worktree of a git repository: git init, or cd to one"])
    root = Path(os.path.realpath(location.toplevel))
    additions: list[Addition] = []
    if not parts or "skill" in parts:
        additions += copies(root, "skill", _skill_files())
    if "just" in parts or (not parts and justfile(root)):
        additions += import_recipes(root)
    elif not parts:
        additions.append(_unused("just", "justfile"))
    if "pre-commit" in parts or (not parts and (root / CONFIG).is_file()):
        additions.append(add_hook(root, _plans_folder(root)))
    elif not parts:
        additions.append(_unused("pre-commit", CONFIG))
    return Project(root, tuple(additions))


def execute(project: Project) -> None:
    """Write it all. Raises ChangedMeanwhile and OSError; run again, it goes on."""
    for addition in project.additions:
        write(project.root, addition)


def _skill_files() -> Iterator[tuple[str, bytes]]:
    folder = resource(SKILL)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix != ".pyc" and not name.startswith(_OURS):
            yield f"{SKILL_FOLDER}/{name}", path.read_bytes()


def _plans_folder(root: Path) -> str:
    named = Path(setting(root, "planworktree.plans") or DEFAULT_PLANS)
    inside = not named.is_absolute() and ".." not in named.parts
    return named.as_posix() if inside else DEFAULT_PLANS


def _unused(part: str, file: str) -> Addition:
    why = f"there is no {file} here; to begin one: plan-worktree init {part}"
    return Addition(part, file, "skipped", why=why)
