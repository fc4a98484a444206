"""The skill where agents other than Claude Code look for skills: a link, so that there is one copy.

Codex, Gemini CLI and others look into `.agents/skills` of a project (Agent Skills, "Client
implementation"), Claude Code into `.claude/skills`.
"""

from __future__ import annotations

import os

from plan_worktree.authoring.addition import Addition, read
from plan_worktree.git import repository
from plan_worktree.project.home import Home

AGENTS = ".agents"
LINK = f"{AGENTS}/skills/plan-worktree"


def link_skill(home: Home, skill: str) -> list[Addition]:
    """Decide about the link to the project's copy of the skill. Raises GitError and OSError."""
    path = home.root / LINK
    target = os.path.relpath(home.root / skill, path.parent)
    if path.is_symlink() and os.readlink(path) == target:  # noqa: PTH115 - as it is written
        return [Addition("agents", LINK, "kept")]
    if os.path.lexists(path):
        why = f"{LINK} is there already: make room for it, then init again"
        return [Addition("agents", LINK, "left", why)]
    _, unusual = read(home.root, LINK)
    if unusual:
        return [Addition("agents", LINK, "left", f"{unusual}: make room for it, then init again")]
    ignored = repository.ignored(home.root, [LINK])
    why = f"git ignores {LINK}, so nobody else gets it: git check-ignore -v {LINK}"
    return [Addition("agents", LINK, "added", why if ignored else "", link=target)]
