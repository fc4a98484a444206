"""init claude-worktrees: `claude -w STAGE` opens a stage's worktree; sessions enter it unasked.

Claude Code asks before a session enters a worktree outside of `.claude/worktrees`, so that is where
new plans put them then; git ignores that folder through the repository's own file of patterns. The
hooks are a script of ours in the project, and an entry in its settings for Claude Code. Settings
that exist are somebody's: what to add to them is printed.
"""

from __future__ import annotations

import json

from plan_worktree.authoring.addition import Addition, copy_of_ours, read
from plan_worktree.git import repository
from plan_worktree.project.home import Home
from plan_worktree.project.names import DEFAULT_PLACE
from plan_worktree.resources import CLAUDE_WORKTREES, resource
from plan_worktree.worktrees.pointer import exclude, is_excluded

PART = "claude-worktrees"
PLACE = ".claude/worktrees"
SCRIPT = ".claude/hooks/plan-worktree.py"
SETTINGS = ".claude/settings.json"
_PATTERN, _SETTING = f"/{PLACE}/", "planWorktree.place"
_HOOK = {
    "type": "command",
    "command": "python3",
    "args": ["-IS", f"${{CLAUDE_PROJECT_DIR}}/{SCRIPT}"],
    "timeout": 600,
}
_EVENTS = ("WorktreeCreate", "WorktreeRemove")


def claude_worktrees(here: Home) -> list[Addition]:
    """Decide about the script, the settings and where worktrees go. Raises GitError, OSError."""
    script = copy_of_ours(here.root, PART, SCRIPT, resource(CLAUDE_WORKTREES).read_bytes())
    return [script, _settings(here), *_place(here)]


def set_place(here: Home) -> None:
    """Have git ignore the folder, and new plans use it. Raises GitError and OSError."""
    exclude(here, _PATTERN)
    if here.place() == DEFAULT_PLACE:
        repository.set_setting(here.root, _SETTING, PLACE)


def _settings(here: Home) -> Addition:
    before, unusual = read(here.root, SETTINGS)
    ours = {"hooks": {event: [{"hooks": [_HOOK]}] for event in _EVENTS}}
    text = json.dumps(ours, indent=2) + "\n"
    if not unusual and not before:
        return Addition(PART, SETTINGS, "added", "", text.encode(), before)
    if not unusual and _has_ours(before or b""):
        return Addition(PART, SETTINGS, "kept")
    why = unusual or f"{SETTINGS} exists"
    return Addition(PART, SETTINGS, "left", f"{why}; add to it, with what it has:\n{text}")


def _has_ours(content: bytes) -> bool:
    """Tell whether settings have a hook of ours for each of the events, however it is written."""
    try:
        hooks = json.loads(content)["hooks"]
        return all(SCRIPT in json.dumps(hooks[event]) for event in _EVENTS)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _place(here: Home) -> list[Addition]:
    ignored, place = is_excluded(here, _PATTERN), here.place()
    rows = [Addition(PART, "info/exclude", "kept" if ignored else "added")]
    why = ""
    if place not in (DEFAULT_PLACE, PLACE):
        why = f"worktrees go to {place}; for {PLACE}: git config {_SETTING} {PLACE}"
    return [*rows, Addition(PART, _SETTING, "added" if place == DEFAULT_PLACE else "kept", why)]
