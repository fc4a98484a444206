"""Plays the agent in `plan-worktree demo --run`: it writes what a stage asks for, and commits.

What it writes lies in a folder for each stage beside this file. A real agent reads the brief, which
is on its standard input, and thinks; all else is the same.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

# So long it seems to think, in seconds, so that whoever watches sees who works on what.
THINKING = 0.3


def main() -> None:
    """Do the work of one stage, in its worktree, which is the current directory."""
    stage = os.environ["PLAN_WORKTREE_STAGE"]
    is_first_try = not Path("notes/search.py").exists()
    print(f"reading the brief of {stage}", flush=True)
    time.sleep(THINKING)
    ready_made = Path(__file__).parent / stage
    shutil.copytree(
        ready_made, ".", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
    )
    if stage == "search" and is_first_try:
        forget_the_case()
    if stage == "cli":
        Path("WISHLIST.md").unlink(missing_ok=True)
    print(f"committing {stage}", flush=True)
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", f"Work on {stage}"], check=True)


def forget_the_case() -> None:
    """Make a mistake, as agents do: the gate finds it, and the agent is told and tries again."""
    path = Path("notes/search.py")
    path.write_text(path.read_text(encoding="utf-8").replace(".casefold()", ""), encoding="utf-8")


if __name__ == "__main__":
    main()
