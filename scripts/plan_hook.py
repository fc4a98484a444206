"""What Claude Code asks the plugin: around edits, and as sessions, agents and tasks begin or end.

One JSON object arrives on stdin (Claude Code, "Hooks reference"); `hook_event_name` says which
question it is. Exit code 0 lets things go on, 2 hands stderr to the agent. A hook that fails
itself must not stop anybody, so whatever it does not understand is let through.

It runs before every edit, so it reads as little as it can: no package, no git, and no module that
takes longer to import than the work takes. What a plan is says `plan_worktree.planfiles.plans`,
which is asked when a file may be one; and only a plan is worth starting plan-worktree for. What
is rare is elsewhere: `plan_hook_edit.py` has the edits that something is to be said about, and
`plan_hook_stage.py` what sessions hear that have something to do with a stage.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself is not worth its import
    from collections.abc import Callable
    from subprocess import CompletedProcess
    from types import ModuleType
    from typing import Any

    Event = dict[str, Any]

SCRIPTS = os.path.dirname(os.path.realpath(__file__))
POINTER = os.path.join(".claude", "plans", "CURRENT_STAGE.md")
# Names of events, with anything between them, that are to be as if there were no hook.
OFF = "PLAN_WORKTREE_HOOKS_OFF"
# Says by its time when the stage's owner was seen (plan_worktree/worktrees/seen.py).
SEEN, MINUTE = "plan-worktree.seen", 60
GO_ON, TELL_THE_AGENT, TELL_THE_USER = 0, 2, 1


def stage_worktree(directory: str) -> str | None:
    """Return the root of the stage's worktree that `directory` lies in, or None.

    What is nested in it, such as a submodule, belongs to it.
    """
    path = os.path.realpath(directory)
    while not is_stage_worktree(path):
        path, below = os.path.dirname(path), path
        if path == below:
            return None
    return path


def is_stage_worktree(root: str) -> bool:
    """Tell whether `root` is that of a linked worktree with our pointer to the plan.

    A linked worktree has a file named .git, and a git directory that names the common one
    (gitrepository-layout(5)). A pointer that is no link is a copy, unless git tracks it: then it
    is the project's own.
    """
    pointer = os.path.join(root, POINTER)
    if not os.path.lexists(pointer):
        return False
    directory = git_directory(root)
    if directory is None or not os.path.exists(os.path.join(directory, "commondir")):
        return False
    return os.path.islink(pointer) or not told_by_git(root, "ls-files", "--", POINTER)


def git_directory(root: str) -> str | None:
    """Return the git directory that the file .git names, or None."""
    try:
        with open(os.path.join(root, ".git"), encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(10_000)
    except OSError:
        return None
    if not text.startswith("gitdir: "):
        return None
    return os.path.join(root, text[len("gitdir: ") :].rstrip("\n"))


def renew_seen(root: str) -> None:
    """Note that whoever works in a stage's worktree is there, at most once a minute."""
    path = os.path.join(git_directory(root) or root, SEEN)
    try:
        if not 0 <= time.time() - os.stat(path).st_mtime < MINUTE:
            os.utime(path)
    except OSError:  # nobody has started the stage
        return


def told_by_git(root: str, *arguments: str) -> str:
    """Return what git says, or an empty string when it fails."""
    import subprocess

    command = ["git", "-C", root, *arguments]
    told = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return told.stdout.strip() if told.returncode == 0 else ""


def lies_in(folder: str, path: str) -> bool:
    """Tell whether `path` is `folder` or below it; both are real paths."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def edited(event: Event) -> str | None:
    """Return the path of the file that the event is about, links in it kept, or None."""
    asked = event.get("tool_input")
    asked = asked if isinstance(asked, dict) else {}
    name = asked.get("file_path") or asked.get("notebook_path")
    if not isinstance(name, str) or "\0" in name:
        return None
    return os.path.join(where(event), os.path.expanduser(name))


def where(event: Event) -> str:
    """Return the directory that the agent is in."""
    directory = event.get("cwd")
    return directory if isinstance(directory, str) and "\0" not in directory else os.getcwd()


def may_be_plan(path: str) -> bool:
    """Tell whether a file is worth asking whether it is a plan: no plan fails this test."""
    if not path.endswith(".md") or not os.path.isfile(path):
        return False
    if os.path.basename(path)[:1].isdigit():
        return True
    with open(path, encoding="utf-8", errors="replace") as file:
        return "metadata" in file.read()


def plan_worktree(directory: str, *arguments: str) -> CompletedProcess[str]:
    """Run plan-worktree: the one on PATH, else the plugin's own, else with this Python."""
    import shutil
    import subprocess

    ours = os.path.join(os.path.dirname(SCRIPTS), "bin", "plan-worktree")
    if shutil.which("plan-worktree"):
        command = ["plan-worktree"]
    elif os.path.exists(ours) and shutil.which("sh"):
        command = ["sh", ours]
    else:
        command = [sys.executable, "-B", os.path.join(SCRIPTS, "plan-worktree.py")]
    return subprocess.run(
        [*command, *arguments],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def in_a_stage(event: Event) -> int:
    """Say what a session or an agent in a stage's worktree is to hear; elsewhere nothing."""
    root = stage_worktree(where(event))
    if root is None:
        return GO_ON
    answered: int = rare("plan_hook_stage").answer(event, root)
    return answered


def task_completed(event: Event) -> int:
    """Refuse a task that names a stage without proof, where there are stages at all."""
    common = common_directory(where(event))
    if common is None or not has_records(common):
        return GO_ON
    answered: int = rare("plan_hook_stage").task_completed(event)
    return answered


def rare(name: str) -> ModuleType:
    """Return a module for what is rare; it is not compiled for every edit."""
    sys.dont_write_bytecode = True  # the plugin's folder is not ours to write to
    sys.path.insert(0, SCRIPTS)
    return __import__(name)


def common_directory(directory: str) -> str | None:
    """Return the common git directory of the repository around a directory, or None."""
    path = os.path.realpath(directory)
    while not os.path.lexists(os.path.join(path, ".git")):
        path, below = os.path.dirname(path), path
        if path == below:
            return None
    own = git_directory(path) or os.path.join(path, ".git")
    try:
        with open(os.path.join(own, "commondir"), encoding="utf-8") as file:
            return os.path.normpath(os.path.join(own, file.read(10_000).strip()))
    except OSError:
        return own


def has_records(common: str) -> bool:
    """Tell whether a repository may have records of stages; a reftable cannot be read here."""
    if os.path.isdir(os.path.join(common, "refs/plan-worktree")):
        return True
    if os.path.isdir(os.path.join(common, "reftable")):
        return True
    try:
        with open(os.path.join(common, "packed-refs"), "rb") as file:
            return b" refs/plan-worktree/" in file.read()
    except OSError:
        return False


def before_edit(event: Event) -> int:
    """Refuse an edit outside the stage's worktree that the agent is in."""
    root, written = stage_worktree(where(event)), edited(event)
    if root is not None:
        renew_seen(root)
    if root is None or written is None:
        return GO_ON
    path = os.path.realpath(written)
    if lies_in(root, path) or is_its_plan(event, root, written):
        return GO_ON
    answered: int = rare("plan_hook_edit").outside(event, root, path)
    return answered


def is_its_plan(event: Event, root: str, written: str) -> bool:
    """Tell whether a file is the plan that the pointer of a stage's worktree leads to.

    A copy leads nowhere: then every plan may be the one.
    """
    pointer = os.path.join(root, POINTER)
    if os.path.islink(pointer):
        return os.path.realpath(pointer) == os.path.realpath(written)
    return may_be_plan(written) and rare("plan_hook_edit").plan_at(event, written) is not None


def after_edit(event: Event) -> int:
    """Hand back what is wrong with the plan that was just edited."""
    written = edited(event)
    if written is None or not written.endswith(".md"):
        return GO_ON
    if not may_be_plan(written):
        root = stage_worktree(where(event))
        if root is None or not is_its_plan(event, root, written):
            return GO_ON
    answered: int = rare("plan_hook_edit").after(event, written)
    return answered


ANSWERS: dict[str, Callable[[Event], int]] = {
    "SessionStart": in_a_stage,
    "SubagentStart": in_a_stage,
    "PreToolUse": before_edit,
    "PostToolUse": after_edit,
    "TaskCompleted": task_completed,
    "SubagentStop": in_a_stage,
    "Stop": in_a_stage,
}


class Plainly:
    """JSON as the module `json` reads it, with the names that the scanner below looks for."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float


def read_event(text: str) -> Any:
    """Return what a JSON text holds.

    Raises ValueError, RecursionError, and StopIteration or SystemError for what is no JSON: the
    scanner's own error is in the module `json`, whose import takes as long as Python's start.
    """
    try:
        from _json import make_scanner
    except ImportError:  # not this kind of Python
        import json

        return json.loads(text)
    scanner: Any = make_scanner
    return scanner(Plainly)(text.strip(), 0)[0]


def main() -> int:
    """Answer the event on stdin and return the exit code."""
    try:
        event = read_event(sys.stdin.buffer.read().decode())
        name = str(event["hook_event_name"])
        if name not in ANSWERS or name in os.environ.get(OFF, "").replace(",", " ").split():
            return GO_ON
        return ANSWERS[name](event)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return GO_ON
    except (ImportError, StopIteration, SystemError):  # not the whole plugin; no JSON
        return GO_ON


if __name__ == "__main__":
    sys.exit(main())
