"""What Claude Code asks the plugin before and after an edit, and when a session starts.

One JSON object arrives on stdin (Claude Code, "Hooks reference"); `hook_event_name` says which of
three questions it is. Exit code 0 lets things go on, 2 hands stderr to the agent. A hook that fails
itself must not stop anybody, so whatever it does not understand is let through.

It runs before every edit, so it reads as little as it can: no package, no git, and no module that
takes longer to import than the work takes. Only a plan is worth starting plan-worktree for.
"""

from __future__ import annotations

import json
import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself is not worth its import
    from collections.abc import Callable
    from subprocess import CompletedProcess
    from typing import Any

    Event = dict[str, Any]

POINTER = os.path.join(".claude", "plans", "CURRENT_STAGE.md")
METADATA = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*json[ \t]+metadata\b", re.MULTILINE)
DATED = re.compile(r"\d{4}-\d{2}-\d{2}-.")
GO_ON, TELL_THE_AGENT, TELL_THE_USER = 0, 2, 1


def above(path: str, name: str) -> str | None:
    """Return the nearest folder, `path` or above it, that holds `name`; None without one."""
    while not os.path.lexists(os.path.join(path, name)):
        path, below = os.path.dirname(path), path
        if path == below:
            return None
    return path


def stage_worktree(directory: str) -> str | None:
    """Return the root of the stage's worktree that `directory` lies in, or None.

    A linked worktree has a file named .git (gitrepository-layout(5)); one of a stage also has the
    pointer to its plan.
    """
    root = above(os.path.realpath(directory), ".git")
    if root is None or not os.path.isfile(os.path.join(root, ".git")):
        return None
    return root if os.path.lexists(os.path.join(root, POINTER)) else None


def lies_in(folder: str, path: str) -> bool:
    """Tell whether `path` is `folder` or below it; both are real paths."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def edited(event: Event) -> str | None:
    """Return the real path of the file that the event is about, or None."""
    asked = event.get("tool_input")
    asked = asked if isinstance(asked, dict) else {}
    name = asked.get("file_path") or asked.get("notebook_path")
    if not isinstance(name, str) or "\0" in name:
        return None
    return os.path.realpath(os.path.join(where(event), os.path.expanduser(name)))


def where(event: Event) -> str:
    """Return the directory that the agent is in."""
    directory = event.get("cwd")
    return directory if isinstance(directory, str) and "\0" not in directory else os.getcwd()


def is_plan(path: str) -> bool:
    """Tell whether `path` is a plan: in the plans folder, with a metadata block or a dated name.

    The name counts because an edit may just have broken the block.
    """
    if not path.endswith(".md") or not os.path.isfile(path):
        return False
    folder = os.path.dirname(path)
    named = bool(DATED.match(os.path.basename(path)))
    if not named:
        with open(path, encoding="utf-8", errors="replace") as file:
            named = METADATA.search(file.read()) is not None
    if not named or folder.endswith(os.path.join(".claude", "plans")):
        return named
    return os.path.realpath(configured_folder(folder)) == folder


def configured_folder(folder: str) -> str:
    """Return the plans folder that the repository around `folder` names, or an empty string."""
    import subprocess

    root = above(folder, ".git")
    if root is None:
        return ""
    ask = ["git", "-C", root, "config", "planWorktree.plans"]
    told = subprocess.run(
        ask, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    return os.path.join(root, told.stdout.strip()) if told.returncode == 0 else ""


def plan_worktree(directory: str, *arguments: str) -> CompletedProcess[str]:
    """Run plan-worktree as the recipes find it: on PATH, else with uv, else with this Python."""
    import shutil
    import subprocess

    script = os.path.join(os.path.dirname(os.path.realpath(__file__)), "plan-worktree.py")
    if shutil.which("plan-worktree"):
        command = ["plan-worktree"]
    elif shutil.which("uv"):
        command = ["uv", "run", "--quiet", "--script", script]
    else:
        command = [sys.executable, "-B", script]
    return subprocess.run(
        [*command, *arguments],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def session_start(event: Event) -> int:
    """Print the brief of the stage whose worktree the session starts in."""
    root = stage_worktree(where(event))
    if root is not None:
        told = plan_worktree(root, "brief")
        if told.returncode == 0:
            print(told.stdout, end="")
    return GO_ON


def before_edit(event: Event) -> int:
    """Refuse an edit outside the stage's worktree that the agent is in."""
    root, path = stage_worktree(where(event)), edited(event)
    if root is None or path is None or lies_in(root, path):
        return GO_ON
    if is_plan(path) or any(lies_in(folder, path) for folder in own_folders(event, root)):
        return GO_ON
    print(
        f"plan-worktree: {path} is outside this stage's worktree, {root}. A stage changes only its "
        "own files there; what lies elsewhere belongs to another stage, or to home. If the plan is "
        "wrong, correct the plan. If you are done with this stage, cd out of its worktree first.",
        file=sys.stderr,
    )
    return TELL_THE_AGENT


def own_folders(event: Event, root: str) -> list[str]:
    """Return where an agent keeps what is no part of a project: its settings, and scratch files."""
    named = (
        os.environ.get("CLAUDE_CONFIG_DIR"),
        os.path.expanduser(os.path.join("~", ".claude")),
        event.get("scratchpad_dir"),
    )
    folders = [os.path.realpath(name) for name in named if name and isinstance(name, str)]
    scratch = os.path.realpath(os.environ.get("TMPDIR") or "/tmp")
    return folders if lies_in(scratch, root) else [*folders, scratch]


def after_edit(event: Event) -> int:
    """Hand back what is wrong with the plan that was just edited."""
    path = edited(event)
    if path is None or not is_plan(path):
        return GO_ON
    told = plan_worktree(os.path.dirname(path), "validate", path)
    if told.returncode == 1:
        # A draft has a warning for every sentence that is still to be written.
        errors = [line for line in told.stdout.splitlines() if ": warning PW" not in line]
        print("\n".join([*errors, told.stderr]), end="", file=sys.stderr)
        return TELL_THE_AGENT
    if told.returncode:
        print(told.stderr, end="", file=sys.stderr)
        return TELL_THE_USER
    return GO_ON


ANSWERS: dict[str, Callable[[Event], int]] = {
    "SessionStart": session_start,
    "PreToolUse": before_edit,
    "PostToolUse": after_edit,
}


def main() -> int:
    """Answer the event on stdin and return the exit code."""
    try:
        event = json.loads(sys.stdin.buffer.read())
        answer = ANSWERS.get(str(event["hook_event_name"]))
        return answer(event) if answer else GO_ON
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return GO_ON


if __name__ == "__main__":
    sys.exit(main())
