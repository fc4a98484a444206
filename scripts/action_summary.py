"""Write what GitHub shows as the summary of a job: each plan's stages, and its graph.

action.yml runs it with the program's path. Plans are named in the variable PLANS, one a line;
without one they are all that the program lists. It asks the program, and knows nothing of plans.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

# GitHub shows no summary of a step that is longer than 1 MiB.
LARGEST = 1_000_000


def told(program: str, *words: str) -> str | None:
    """Return what the program says, None when it refuses."""
    done = subprocess.run([program, *words], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def plans(program: str) -> list[str]:
    """Return the plans to show: those that were named, else all."""
    if named := [line for line in os.environ.get("PLANS", "").split("\n") if line.strip()]:
        return named
    listed = told(program, "ls", "--json")
    return [str(plan["file"]) for plan in json.loads(listed)["plans"]] if listed else []


def fenced(kind: str, text: str) -> str:
    """Return a text in a fence that it cannot end."""
    marks = "```"
    while marks in text:
        marks += "`"
    return f"{marks}{kind}\n{text.rstrip()}\n{marks}\n"


def part(program: str, plan: str) -> str:
    """Return a plan's part of the summary."""
    shown = told(program, "show", "--", plan)
    graph = told(program, "show", "--format", "mermaid", "--", plan)
    title = fenced("text", plan) if "\n" in plan or "`" in plan else f"### `{plan}`\n"
    if shown is None or graph is None:
        return (
            f"{title}\nIts errors are in the annotations; until they are mended it has no stages.\n"
        )
    return f"{title}\n{fenced('text', shown)}\n{fenced('mermaid', graph)}"


def summary(program: str) -> Iterator[str]:
    """Yield the parts of the summary; of too many plans, those that GitHub still shows."""
    yield "## Implementation plans\n"
    found, size = plans(program), 0
    if not found:
        yield "There is no plan here.\n"
    for number, plan in enumerate(found):
        text = part(program, plan)
        size += len(text.encode())
        if size > LARGEST:
            yield f"{len(found) - number} more are not shown: together they are too long.\n"
            return
        yield text


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    for text in summary(sys.argv[1]):
        sys.stdout.write(f"{text}\n")
