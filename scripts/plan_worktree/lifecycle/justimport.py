"""The line of a project's justfile that imports the plan recipes (just manual, "Imports")."""

from __future__ import annotations

import re
from pathlib import Path

from plan_worktree.lifecycle.addition import Addition, copies, read
from plan_worktree.lifecycle.recipes import just_recipes
from plan_worktree.resources import RECIPES, resource

COPY = ".claude/plan-worktree.just"
LINE = f"import '{COPY}'"

_IMPORT = re.compile(r"^import\??\s+['\"][^'\"\n]*\b(plans|plan-worktree)\.just['\"]", re.MULTILINE)
_NAME = r"@?(?P<recipe>plan-[\w-]+)(?:[ \t][^\n:]*)?:(?!=)"
_RECIPE = re.compile(rf"^(?:{_NAME}|alias[ \t]+(?P<alias>plan-[\w-]+)[ \t]*:=)", re.MULTILINE)


def justfile(root: Path) -> str | None:
    """Return the name of the project's justfile, which just finds in any spelling."""
    names = (path.name for path in root.iterdir() if path.is_file())
    return next((name for name in sorted(names) if name.lower() in {"justfile", ".justfile"}), None)


def import_recipes(root: Path) -> list[Addition]:
    """Decide about our copy of the recipes and the line that imports it."""
    recipes = resource(RECIPES).read_bytes()
    (copy,) = copies(root, "just", [(COPY, recipes)])
    name = justfile(root) or "justfile"
    before = read(root, name)
    text = (before or b"").decode(errors="replace")
    if _IMPORT.search(text):
        is_ours = LINE in text
        return [*([copy] if is_ours else []), Addition("just", name, "kept")]
    problem = _problem(root, name, text, recipes.decode())
    if copy.action == "left" and not (root / COPY).is_file():
        problem = f"would import {COPY}, which cannot be made"
    if problem:
        why = f"{name} {problem}; to import the recipes all the same, add: {LINE}"
        return [copy, Addition("just", name, "left", why=why)]
    line = LINE.encode()
    if before is None:
        return [copy, Addition("just", name, "added", line + b"\n")]
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before or before.endswith(b"\n") else newline
    after = before + gap + newline + line + newline
    return [copy, Addition("just", name, "changed", after, before)]


def _problem(root: Path, name: str, text: str, recipes: str) -> str:
    """Return why a line at the end of the justfile would not do what it should."""
    ours = _names(recipes)
    taken = sorted(ours & (_names(text) | (just_recipes(root) or frozenset())))
    if taken:
        return f"has recipes of our names already, which would win: {', '.join(taken)}"
    if (root / name).is_symlink():
        return "is a link"
    if text.rstrip().endswith("\\"):
        return "ends in a line that goes on"
    return ""


def _names(text: str) -> frozenset[str]:
    return frozenset(one["recipe"] or one["alias"] for one in _RECIPE.finditer(text))
