"""What the plugin's hooks add to every edit. Run: just bench (or python this file).

The files are no plans, which is what nearly every edit is about. Times are ratios to a Python that
does nothing; the 60 ms that a hook may cost are told beside them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from timing import finish, python, ratio, report

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 3.0
LIMIT_MS = 60


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # What a stage's worktree looks like to the hook.
        (folder / ".claude/plans").mkdir(parents=True)
        (folder / "plan.md").write_text("```json metadata\n{}\n```\n")
        (folder / ".claude/plans/CURRENT_STAGE.md").symlink_to(folder / "plan.md")
        (folder / ".git").write_text("gitdir: entry\n")
        (folder / "entry").mkdir()
        (folder / "entry/commondir").write_text("../..\n")
        (folder / "entry/plan-worktree.seen").write_text("ada\nhere\n")
        (folder / "long.md").write_text("# Notes\n\nA line of prose.\n" * 20_000)
        kept = [
            report_hook("after an edit of code", "PostToolUse", folder, "a.py"),
            report_hook("after an edit of long Markdown", "PostToolUse", folder, "long.md"),
            report_hook("before an edit in a stage's worktree", "PreToolUse", folder, "a.py"),
            report_hook("a session outside every stage", "SessionStart", folder.parent, "a.py"),
        ]
    finish(kept)


def report_hook(what: str, event: str, directory: Path, file: str) -> bool:
    asked = {"file_path": str(directory / file)}
    text = json.dumps({"hook_event_name": event, "cwd": str(directory), "tool_input": asked})
    figures = ratio(hook(text), python("-c", "pass"), rounds=40)
    fast = figures[1] < LIMIT_MS
    if not fast:
        print(f"{what}: over {LIMIT_MS} ms")
    return report(f"hook {what}", figures, LIMIT) and fast


def hook(event: str) -> Callable[[], object]:
    command = [sys.executable, "-IS", str(ROOT / "scripts/plan_hook.py")]

    def run() -> object:
        return subprocess.run(command, input=event.encode(), capture_output=True, check=True)

    return run


if __name__ == "__main__":
    main()
