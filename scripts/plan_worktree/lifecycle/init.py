"""init: gives a project the skill, the recipes and the pre-commit hook, each where it belongs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from plan_worktree import git
from plan_worktree.lifecycle.addition import Addition, copies, write
from plan_worktree.lifecycle.home import DEFAULT_PLANS, Home, setting
from plan_worktree.lifecycle.justimport import import_recipes, justfile
from plan_worktree.lifecycle.lock import repository_lock
from plan_worktree.lifecycle.precommit import CONFIG, add_hook
from plan_worktree.lifecycle.refusal import Refused
from plan_worktree.resources import SKILL, resource

PARTS = ("skill", "just", "pre-commit")
SKILL_FOLDER = ".claude/skills/plan-worktree"
# What only we need: the demonstration's project, whose tests a project's own runner would find.
_OURS = ("evals", "assets/demo-project")


def run_init(
    start: Path, parts: Sequence[str], waiting: Callable[[str], None], *, dry_run: bool
) -> tuple[Addition, ...]:
    """Decide what becomes of every file, and write it; without `parts`, what the project uses.

    Raises Refused outside a worktree, ChangedMeanwhile, git.GitError and OSError. Killed, it goes
    on when it is run again.
    """
    location = git.locate(start)
    if location is None or location.toplevel is None:
        raise Refused([f"{start} is in no worktree of a git repository: git init, or cd to one"])
    root = Path(os.path.realpath(location.toplevel))
    if dry_run:
        return plan_init(root, parts)
    home = Home(root, Path(os.path.realpath(location.common_directory)))
    with repository_lock(home, waiting):
        additions = plan_init(root, parts)
        for addition in additions:
            write(root, addition)
        return additions


def plan_init(root: Path, parts: Sequence[str]) -> tuple[Addition, ...]:
    """Decide what becomes of every file. Raises git.GitError and OSError."""
    additions: list[Addition] = []
    if not parts or "skill" in parts:
        additions += _skill(root)
    if "just" in parts or (not parts and justfile(root)):
        additions += import_recipes(root)
    elif not parts:
        additions.append(_unused("just", "justfile"))
    if "pre-commit" in parts or (not parts and os.path.lexists(root / CONFIG)):
        additions.append(add_hook(root, _plans_folder(root)))
    elif not parts:
        additions.append(_unused("pre-commit", CONFIG))
    return tuple(additions)


def _skill(root: Path) -> list[Addition]:
    additions = copies(root, "skill", _skill_files())
    main = f"{SKILL_FOLDER}/SKILL.md"
    if not git.ignored(root, [main]):
        return additions
    why = f"git ignores {SKILL_FOLDER}, so nobody else gets it: git check-ignore -v {main}"
    return [replace(one, why=one.why or why) if one.file == main else one for one in additions]


def _skill_files() -> Iterator[tuple[str, bytes]]:
    folder = resource(SKILL)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix != ".pyc" and not name.startswith(_OURS):
            yield f"{SKILL_FOLDER}/{name}", path.read_bytes()


def _plans_folder(root: Path) -> str:
    """Return the plans folder relative to the root; the usual one where it lies elsewhere."""
    named = setting(root, "planworktree.plans") or DEFAULT_PLANS
    folder = PurePath(os.path.relpath(root / named, root)).as_posix()
    if folder.startswith("..") or not folder.isprintable():
        return DEFAULT_PLANS
    return "" if folder == "." else folder


def _unused(part: str, file: str) -> Addition:
    why = f"there is no {file} here; to begin one: plan-worktree init {part}"
    return Addition(part, file, "skipped", why=why)
