#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.1.7",
#     "filelock>=3.13",
#     "jsonschema>=4.20",
#     "mistune>=3.1,<4",
#     "rich>=13.7",
# ]
# ///
"""Run plan-worktree from its own directory, without installing it.

`uv run --script` brings the dependencies. A plain Python that lacks them gets one line that says
what to type, and exit code 3, never a traceback. So nothing here may need a newer Python than the
one it asks for. Where `bin/plan-worktree` has called, uv is tried before anything is said, and uv's
Python is noted for the next start.
"""

import os
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

DEPENDENCIES = ("click", "filelock", "jsonschema", "mistune", "rich")
GIT_OR_ENVIRONMENT_FAILED = 3
# Variables with the file for that note: another Python may ask uv, and uv's own writes it. Both are
# gone again before anything else runs.
OR_UV, BY_UV = "PLAN_WORKTREE_OR_UV", "PLAN_WORKTREE_BY_UV"


def obstacle() -> str:
    """Return what keeps this Python from running the package, and the command that fixes it."""
    if sys.version_info < (3, 11):
        command = f"uv run --script {shlex.quote(__file__)}"
        return f"Python 3.11 or newer is needed; run: {command}"
    missing = [name for name in DEPENDENCIES if find_spec(name) is None]
    if missing:
        command = f"{shlex.quote(sys.executable)} -m pip install {' '.join(missing)}"
        return f"this Python lacks {', '.join(missing)}; run: {command}"
    return ""


def run_with_uv(note: str) -> int:
    """Become the same command with uv, which brings what this Python lacks."""
    os.environ[BY_UV] = note
    command = ["uv", "run", "--quiet", "--script", __file__, *sys.argv[1:]]
    if os.name == "nt":  # where nothing can be replaced by another process
        import subprocess

        return subprocess.call(command)
    sys.stdout.flush()
    return os.execvp(command[0], command)


def note_python(file: str) -> None:
    """Write down which Python serves, for the next start. Without a place for that, it is found."""
    try:
        if Path(file).read_text(encoding="utf-8").rstrip("\n") == sys.executable:
            return
    except (OSError, ValueError):
        pass
    draft = Path(f"{file}.{os.getpid()}")
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(sys.executable + "\n", encoding="utf-8")
        draft.replace(file)
    except (OSError, ValueError):
        return


def run() -> int:
    """Run the package beside this file and return its exit code."""
    note, own_note = os.environ.pop(OR_UV, ""), os.environ.pop(BY_UV, "")
    if problem := obstacle():
        if note and shutil.which("uv"):
            return run_with_uv(note)
        print(f"plan-worktree: {problem}", file=sys.stderr)
        return GIT_OR_ENVIRONMENT_FAILED
    if own_note:
        note_python(own_note)
    # Python leaves the script's directory off the path when PYTHONSAFEPATH is set.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from plan_worktree.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
