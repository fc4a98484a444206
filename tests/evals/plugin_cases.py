"""The evals in the form that `claude plugin eval` reads: python -m tests.evals.plugin_cases [DIR].

A folder a case: case.yaml (JSON is YAML), and scaffold.sh, which makes the sandbox in the run's
folder. They name this checkout and this Python, so they are made anew and never committed; `just
evals` does both, and runs them. What that command cannot do, is left out: tasks for several agents.

Its graders look at words and files, and no command can be one. So each assertion is asked of the
judge, with the commands that the agent ran; what `tests.evals.score` finds in the folders that
`--keep-temp` leaves is the exact answer.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support import ROOT

EVALS = ROOT / "skills/plan-worktree/evals/evals.json"
CASES = ROOT / "evals"
# The call of the tool that loads a skill; a plugin's skill has the plugin's name before its own.
SKILL = {
    "type": "tool_used",
    "tool": "Skill",
    "input_match": r'"skill"\s*:\s*"(?:plan-worktree:)?plan-worktree"',
}
READING = ["Read", "Glob", "Grep", "Skill"]
# What works on a repository; of these the command grants only what --allow-tools names.
WORKING = [*READING, "Bash", "Write", "Edit", "Agent"]


def cases() -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Yield the name, the case and the sandbox of each case; a trigger needs no sandbox."""
    written = json.loads(EVALS.read_text(encoding="utf-8"))
    for task in written["evals"]:
        if "agents" not in task:
            yield task["name"], _task(task), task["sandbox"]
    for number, trigger in enumerate(written["triggers"], start=1):
        yield f"trigger-{number:02}", _trigger(f"trigger-{number:02}", trigger), None


def _task(task: dict[str, Any]) -> dict[str, Any]:
    # The judge sees one assertion at a time, and the same words name it in the report.
    asked = [
        {
            "type": "llm",
            "name": _slug(sentence),
            "criteria": f"{sentence}. Judge by what was done, not by what was said of it. "
            f"Expected of the whole is: {task['expected_output']}",
            "focus": "trace",
        }
        for sentence in task["assertions"]
    ]
    fired = {**SKILL, "name": "the-skill-is-loaded", "min": 0 if _is_small(task) else 1}
    where = "The repository is in the folder repo; work there, and beside it where that is needed."
    return {
        "schema_version": "1.1",
        "name": task["name"],
        "description": task["expected_output"],
        "tags": ["task"],
        "context": {"scaffold_script": "scaffold.sh"},
        "execution": {
            "prompt": f"{where}\n\n{task['prompt']}",
            "max_turns": 200,
            "timeout_seconds": 3600,
            "allowed_tools": WORKING,
        },
        "graders": [fired, *asked],
        "expected_outcome": task["expected_output"],
    }


def _trigger(name: str, trigger: dict[str, Any]) -> dict[str, Any]:
    wanted = trigger["should_trigger"]
    bound = {"min": 1} if wanted else {"min": 0, "max": 0}
    return {
        "schema_version": "1.1",
        "name": name,
        "tags": ["trigger", "fires" if wanted else "near-miss"],
        "execution": {"prompt": trigger["query"], "max_turns": 3, "allowed_tools": READING},
        "graders": [{**SKILL, "name": "the-skill-is-loaded", **bound, "arm": "both"}],
    }


def _is_small(task: dict[str, Any]) -> bool:
    """Tell whether a task is one that needs no plan, and so no skill."""
    return "There is no plan" in task["assertions"]


def _slug(sentence: str) -> str:
    return re.sub("[^a-z0-9]+", "-", sentence.lower()).strip("-")


def scaffold(sandbox: str) -> str:
    """Return the script that makes a sandbox in the folder in which it is started."""
    python, root = shlex.quote(sys.executable), shlex.quote(str(ROOT))
    make = f"exec {python} -m tests.evals.sandbox {sandbox}"
    return f'#!/usr/bin/env bash\nset -eu\nhere=$PWD\ncd {root}\n{make} "$here" >/dev/null\n'


def write(folder: Path) -> list[str]:
    """Write all cases into a folder, from which older ones go; return their names."""
    names = []
    for name, case, sandbox in cases():
        place = folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "case.yaml").write_text(f"{json.dumps(case, indent=2)}\n", encoding="utf-8")
        if sandbox:
            (place / "scaffold.sh").write_text(scaffold(sandbox), encoding="utf-8")
        names.append(name)
    return names


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else CASES
    print(f"{len(write(target))} cases in {target}")
