"""How fast plans are read and checked. Run: just bench (or python tests/bench/bench_validate.py).

Every figure is a ratio to something that was timed in turn with it. Speed is no test: the
machine that runs the tests has other things to do.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from mistune.block_parser import BlockParser
from mistune.core import BlockState
from timing import finish, process, python, ratio, report

from plan_worktree.lifecycle.home import find_home
from plan_worktree.lifecycle.view import view_of
from plan_worktree.lint.check import check
from plan_worktree.plan.planfile import load, loads
from plan_worktree.resources import EXAMPLE_PLAN, EXAMPLE_PROJECT, PLAN_SCHEMA, resource


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "notes"
        shutil.copytree(resource(EXAMPLE_PROJECT), repository)
        plan = repository / ".claude/plans/2026-01-15-notes-search.md"
        plan.parent.mkdir(parents=True)
        shutil.copyfile(resource(EXAMPLE_PLAN), plan)
        for command in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", *command], cwd=repository, check=True)
        finish([*_cold(plan, repository), _warm(plan.read_text(), repository)])


def _cold(plan: Path, repository: Path) -> list[bool]:
    validate = python("-m", "plan_worktree", "validate", str(plan), cwd=str(repository))
    imports = python("-c", "import click, mistune, jsonschema")
    metadata = repository / "metadata.json"
    found = load(plan).metadata
    assert found is not None
    metadata.write_text(json.dumps(found.value))
    schema = str(resource(PLAN_SCHEMA))
    other = process("check-jsonschema", "--schemafile", schema, str(metadata))
    click = python("-c", "import click")
    return [
        report("validate, cold, to importing its packages", ratio(validate, imports, 15), 1.35),
        report("validate, cold, to check-jsonschema", ratio(validate, other, 9), 0.7),
        report(
            "--help to importing click",
            ratio(python("-m", "plan_worktree", "--help"), click, 15),
            1.3,
        ),
    ]


def _warm(text: str, repository: Path) -> bool:
    raws = [_grown(text, number).encode() for number in range(500)]
    texts = [raw.decode() for raw in raws]
    view = view_of(find_home(repository))
    parser = BlockParser()

    def ours() -> None:
        for raw in raws:
            check(loads(raw, "plan.md"), view)

    def theirs() -> None:
        for one in texts:
            state = BlockState()
            state.process(one)
            parser.parse(state)

    return report("500 plans of 60 KB, to mistune's block parser", ratio(ours, theirs, 3), 1.5)


def _grown(text: str, number: int) -> str:
    """Return a plan of 60 KB: the example with more prose, lists and code behind it."""
    body = (
        text[text.index("## Overview") :].replace("Stage", "Part").replace("**Part ID**", "**Id**")
    )
    grown = text
    while len(grown) < 60_000:
        grown += "\n" + body
    return grown[: grown.rindex("\n", 0, 60_000)] + f"\n\nPlan number {number}.\n"


if __name__ == "__main__":
    main()
