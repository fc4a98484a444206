"""What the plugin's hooks cost where they have nothing to say, and how its program starts.

Run: just bench (or python this file). The files are no plans, which is what nearly every edit is
about; sessions, agents and tasks have no stage. Times are ratios to a Python that does nothing, and
of `bin/plan-worktree` to the installed program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from timing import finish, process, python, ratio, report

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 1.8
PROGRAM_LIMIT = 1.2
MANIFEST = json.loads((ROOT / ".claude-plugin/plugin/.claude-plugin/plugin.json").read_text())


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
        ]
        outside = folder.parent
        kept += [
            report_hook(f"{event} outside every stage", event, outside, "a.py")
            for event in ("SessionStart", "SubagentStart", "TaskCompleted", "SubagentStop", "Stop")
        ]
        kept.append(report_program(folder))
    finish(kept)


def report_hook(what: str, event: str, directory: Path, file: str) -> bool:
    asked = {"file_path": str(directory / file)}
    text = json.dumps({"hook_event_name": event, "cwd": str(directory), "tool_input": asked})
    return report(f"hook {what}", ratio(hook(event, text), python("-c", "pass"), rounds=40), LIMIT)


def report_program(cache: Path) -> bool:
    """Compare the plugin's program with the installed one, both with their byte code."""
    os.environ["XDG_CACHE_HOME"] = str(cache)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ours = process(str(ROOT / ".claude-plugin/plugin/bin/plan-worktree"), "--help")
    figures = ratio(ours, process("plan-worktree", "--help"), rounds=20)
    return report("bin/plan-worktree --help", figures, PROGRAM_LIMIT)


def hook(event: str, text: str) -> Callable[[], object]:
    """Return a function that runs a hook as Claude Code does, with this Python."""
    _, *words = MANIFEST["hooks"][event][0]["hooks"][0]["args"]
    words = [
        word.replace("${CLAUDE_PLUGIN_ROOT}", str(ROOT / ".claude-plugin/plugin")) for word in words
    ]
    command = [sys.executable, "-ISc", *words]

    def run() -> object:
        return subprocess.run(command, input=text.encode(), capture_output=True, check=True)

    return run


if __name__ == "__main__":
    main()
