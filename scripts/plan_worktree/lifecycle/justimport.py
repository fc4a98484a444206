"""The line of a project's justfile that imports the plan recipes (just manual, "Imports")."""

from __future__ import annotations

import re
from pathlib import Path

from plan_worktree import git
from plan_worktree.lifecycle.addition import Addition, Unusual, copies, read
from plan_worktree.lifecycle.recipes import just_recipes
from plan_worktree.resources import RECIPES, resource

COPY = ".claude/plan-worktree.just"
LINE = f"import '{COPY}'"

_IMPORT = re.compile(
    r"^import\??\s+['\"](?:[^'\"\n]*/)?(?:scripts/plans|plan-worktree)\.just['\"]", re.MULTILINE
)
# A recipe at the beginning of a line, an alias, a module, or a variable.
_NAMED = re.compile(
    r"^(?:@?(?P<recipe>plan-[\w-]+)\b(?!-)(?![ \t]*:=)|(?:alias|mod\??)[ \t]+(?P<other>plan-[\w-]+)"
    r"|(?:export[ \t]+)?(?P<variable>_plan_worktree\w*)[ \t]*:=)",
    re.MULTILINE,
)
_ELSEWHERE = re.compile(r"^(?:import|mod)\b", re.MULTILINE)


def justfile(root: Path) -> str | None:
    """Return the name of the project's justfile, which just finds in any spelling."""
    names = sorted(path.name for path in root.iterdir() if not path.is_dir())
    return next((name for name in names if name.lower() in {"justfile", ".justfile"}), None)


def import_recipes(root: Path) -> list[Addition]:
    """Decide about our copy of the recipes and the line that imports it."""
    recipes = resource(RECIPES).read_bytes()
    (copy,) = copies(root, "just", [(COPY, recipes)])
    name = justfile(root) or "justfile"
    try:
        before = read(root, name)
    except Unusual as unusual:
        return [copy, _left(name, f"{unusual}; to import the recipes, add: {LINE}")]
    text = (before or b"").decode(errors="replace")
    if _IMPORT.search(text):
        is_ours = LINE in text
        return [*([copy] if is_ours else []), Addition("just", name, "kept")]
    problem = _problem(root, before, text, recipes.decode())
    if copy.action == "left":
        problem = f"would import {COPY}, which is not ours"
    elif git.ignored(root, [COPY]):
        problem = f"would import {COPY}, which git ignores, so that nobody else has it"
    if problem:
        return [
            copy,
            _left(name, f"{name} {problem}; to import the recipes all the same, add: {LINE}"),
        ]
    line = LINE.encode()
    if before is None:
        return [copy, Addition("just", name, "added", line + b"\n")]
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before or before.endswith(b"\n") else newline
    after = before + gap + newline + line + newline
    return [copy, Addition("just", name, "changed", after, before)]


def _left(file: str, why: str) -> Addition:
    return Addition("just", file, "left", why=why)


def _problem(root: Path, before: bytes | None, text: str, recipes: str) -> str:
    """Return why a line at the end of the justfile would not do what it should."""
    told = just_recipes(root) if before is not None else frozenset()
    names = _names(text) | {name.partition("::")[0] for name in told or ()}
    if taken := sorted(_names(recipes) & names):
        return f"has names of ours already: {', '.join(taken)}"
    if told is None and _ELSEWHERE.search(text):
        return "takes in other files, and there is no just here that could read them"
    if text.rstrip().endswith("\\"):
        return "ends in a line that goes on"
    return ""


def _names(text: str) -> frozenset[str]:
    return frozenset(
        one["recipe"] or one["other"] or one["variable"] for one in _NAMED.finditer(text)
    )
