"""Makes and removes the worktrees that Claude Code asks for: WorktreeCreate and WorktreeRemove.

`plan-worktree init claude-worktrees` copies this file into a project. It needs git and Python 3.8,
and nothing of plan-worktree. A name that is a stage's opens the worktree of that stage, which
plan-worktree has set up; for any other name it does what Claude Code does without such a hook:
`.claude/worktrees/NAME` on the branch `worktree-NAME`. Nothing that holds work is removed here.

One JSON object arrives on stdin (Claude Code, "Hooks reference"). The path of the worktree goes to
stdout, all else to stderr. Any other exit code than 0 keeps Claude Code from going on.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Dict

PLACE = os.path.join(".claude", "worktrees")
POINTER = os.path.join(".claude", "plans", "CURRENT_STAGE.md")
LOCAL = os.path.join(".claude", "settings.local.json")
BLOCK = re.compile(
    r"^ {0,3}(`{3,}|~{3,}) *json metadata *\n(.*?)^ {0,3}\1", re.MULTILINE | re.DOTALL
)
Event = Dict[str, Any]
LONGEST_NAME, LARGEST_PLAN = 64, 5_000_000
TIED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")


class Problem(Exception):
    """What keeps a worktree from being made or removed, for a person."""


def git(directory: str, *arguments: str) -> str:
    """Return what git says. Raises Problem when it fails."""
    done = asked(directory, *arguments)
    if done.returncode != 0:
        raise Problem(done.stderr.strip() or f"git {arguments[0]} failed")
    return done.stdout


def asked(directory: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in a directory and return how it went."""
    variables = {name: value for name, value in os.environ.items() if name not in TIED}
    return subprocess.run(
        ["git", "-C", directory, *arguments],
        stdin=subprocess.DEVNULL,
        env=dict(variables, GIT_TERMINAL_PROMPT="0"),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )


def worktrees(directory: str) -> list[tuple[str, str | None]]:
    """Return path and branch (or None) of every worktree, the main one first."""
    found = []
    for entry in git(directory, "worktree", "list", "--porcelain", "-z").split("\0\0"):
        lines = [line.partition(" ") for line in entry.strip("\0").split("\0")]
        fields = {name: value for name, _, value in lines}
        if "worktree" in fields and "bare" not in fields:
            branch = fields.get("branch", "")
            found.append((fields["worktree"], branch.replace("refs/heads/", "", 1) or None))
    return found


def stages(listed: list[tuple[str, str | None]]) -> Iterator[tuple[str, str, str]]:
    """Yield plan, stage and path of every worktree that plan-worktree has set up."""
    for path, branch in listed:
        for plan, stage in stages_of(os.path.join(path, POINTER)):
            if branch and stage.get("branch") == branch:
                yield plan, str(stage.get("id")), path


def stages_of(pointer: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the plan's id and a stage, for every stage of the plan that a pointer leads to."""
    try:
        with open(pointer, encoding="utf-8", errors="replace") as file:
            block = BLOCK.search(file.read(LARGEST_PLAN))
        plan = json.loads(block.group(2)) if block else {}
        return [(str(plan["plan_id"]), one) for one in plan["stages"] if isinstance(one, dict)]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []


def create(event: Event) -> str:
    """Return the path of the worktree that a name stands for."""
    name, listed = event["name"], worktrees(where(event))
    check(name)
    named = [one for one in stages(listed) if name in (one[1], f"{one[0]}/{one[1]}")]
    if len(named) > 1:
        forms = " or ".join(f"{plan}/{stage}" for plan, stage, _ in named)
        raise Problem(f"several plans have a stage {name}; say {forms}")
    if named:
        return named[0][2]
    return make(listed[0][0], name, listed)


def check(name: object) -> None:
    """Raise Problem for a name that Claude Code would not take either."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise Problem(f"a worktree's name has 1 to {LONGEST_NAME} characters")
    for part in name.split("/"):
        reserved = part in (".", "..") or part.lower().rstrip(".") == ".git"
        if reserved or not re.fullmatch(r"[A-Za-z0-9._][A-Za-z0-9._-]*", part):
            raise Problem(f"{name!r} is no name for a worktree: letters, digits, . _ - and /")


def make(root: str, name: str, listed: list[tuple[str, str | None]]) -> str:
    """Make a worktree as Claude Code does, or return the one that is there."""
    folder = os.path.join(root, PLACE)
    path = os.path.join(folder, name.replace("/", "+"))
    if os.path.realpath(folder) != os.path.join(os.path.realpath(root), PLACE):
        raise Problem(f"{folder} leads elsewhere through a link")
    if any(os.path.realpath(one) == os.path.realpath(path) for one, _ in listed):
        return path
    branch = "worktree-" + name.replace("/", "+")
    git(root, "check-ref-format", "--branch", branch)
    known = asked(root, "rev-parse", "--verify", "--quiet", "refs/heads/" + branch)
    if known.returncode == 0:  # its commits stay
        git(root, "worktree", "add", "--", path, branch)
    else:
        git(root, "worktree", "add", "--no-track", "-b", branch, "--", path, base(root))
    for file in [LOCAL, *included(root)]:
        copy(os.path.join(root, file), os.path.join(path, file), path)
    return path


def base(root: str) -> str:
    """Return where a new branch starts: the remote's default branch, else HEAD."""
    if setting(root, "baseRef") != "head":
        for ref in ("origin/HEAD", "origin/main", "origin/master"):
            full = "refs/remotes/" + ref + "^{commit}"
            if asked(root, "rev-parse", "--verify", "--quiet", full).returncode == 0:
                return "refs/remotes/" + ref
    return "HEAD"


def setting(root: str, name: str) -> object:
    """Return a setting of Claude Code's for worktrees, the nearest one."""
    home = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude")
    shared = os.path.join(root, ".claude", "settings.json")
    for path in (os.path.join(root, LOCAL), shared, os.path.join(home, "settings.json")):
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)["worktree"][name]
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return None


def included(root: str) -> list[str]:
    """Return the ignored files that .worktreeinclude names, relative to the root."""
    patterns = os.path.join(root, ".worktreeinclude")
    if not os.path.isfile(patterns):
        return []
    listing = ("ls-files", "-z", "--others", "--ignored")
    wanted = git(root, *listing, "--exclude-from=" + patterns).split("\0")
    ignored = set(git(root, *listing, "--exclude-standard").split("\0"))
    return [file for file in wanted if file in ignored and not file.startswith(PLACE)]


def copy(source: str, target: str, root: str) -> None:
    """Copy a plain file into a new worktree where there is none, and nothing through a link."""
    folder = os.path.realpath(os.path.dirname(target))
    inside = folder == os.path.realpath(root) or folder.startswith(os.path.realpath(root) + os.sep)
    plain = os.path.isfile(source) and not os.path.islink(source)
    if plain and inside and not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(source, target)


def remove(event: Event) -> None:
    """Remove a worktree that `make` has made and that holds nothing more."""
    listed, wanted = worktrees(where(event)), os.path.realpath(event["worktree_path"])
    for plan, stage, path in stages(listed):
        if os.path.realpath(path) == wanted:
            raise Problem(f"stage {stage} keeps it; plan-worktree remove {plan} {stage}")
    root = listed[0][0]
    for path, branch in listed[1:]:
        if os.path.realpath(path) == wanted and branch and branch.startswith("worktree-"):
            forget_copy(root, path)
            git(root, "worktree", "remove", "--", path)
            asked(root, "branch", "--delete", "--", branch)  # not when it has commits of its own
            return
    raise Problem(f"{wanted} was not made here")


def forget_copy(root: str, path: str) -> None:
    """Take away the copy of the local settings, as long as it is one."""
    try:
        same = filecmp.cmp(os.path.join(root, LOCAL), os.path.join(path, LOCAL), shallow=False)
        if same and not asked(path, "ls-files", "--", LOCAL).stdout:
            os.unlink(os.path.join(path, LOCAL))
    except OSError:
        return


def where(event: Event) -> str:
    """Return the folder that the session is in, which a removed worktree may have been."""
    named = event.get("cwd")
    return named if isinstance(named, str) and os.path.isdir(named) else os.getcwd()


def main() -> int:
    """Answer the event on stdin and return the exit code."""
    try:
        event = json.loads(sys.stdin.buffer.read().decode())
        if event["hook_event_name"] == "WorktreeCreate":
            print(create(event))
        elif event["hook_event_name"] == "WorktreeRemove":
            remove(event)
    except (Problem, OSError) as problem:
        print(f"plan-worktree: {problem}", file=sys.stderr)
        return 1
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        print("plan-worktree: what arrived is no event of Claude Code's", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
