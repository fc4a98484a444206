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
one it asks for.
"""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

DEPENDENCIES = ("click", "filelock", "jsonschema", "mistune", "rich")
GIT_OR_ENVIRONMENT_FAILED = 3


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


def run() -> int:
    """Run the package beside this file and return its exit code."""
    if problem := obstacle():
        print(f"plan-worktree: {problem}", file=sys.stderr)
        return GIT_OR_ENVIRONMENT_FAILED
    # Python leaves the script's directory off the path when PYTHONSAFEPATH is set.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from plan_worktree.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
