"""How fast plans are read and checked. Run: just bench (or python tests/bench/bench_validate.py).

Every figure is a ratio to something that was timed in turn with it. Speed is no test: the
machine that runs the tests has other things to do.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from mistune.block_parser import BlockParser
from mistune.core import BlockState
from timing import finish, process, python, ratio, report

from plan_worktree.lint.check import check
from plan_worktree.plan.planfile import load, loads
from plan_worktree.planfiles.repository_view import view_of
from plan_worktree.project.home import find_home
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
        text = plan.read_text()
        finish([*_cold(plan, repository), *_warm(text, repository), _growth(text)])


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


def _warm(text: str, repository: Path) -> Iterator[bool]:
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

    # One file is checked as a whole, rules and repository included; so the first limit holds the
    # second, which is that of a single plan.
    figures = ratio(ours, theirs, 3)
    yield report("500 plans of 60 KB, to mistune's block parser", figures, 1.5)
    yield report("the same, as the limit for one plan", figures, 2)


def _growth(text: str) -> bool:
    few, many = (_staged(text, count).encode() for count in (100, 1000))

    def ours(raw: bytes) -> Callable[[], object]:
        return lambda: check(loads(raw, "plan.md"), None)

    return report("1,000 stages to 100 stages", ratio(ours(many), ours(few), 5), 15)


def _staged(text: str, count: int) -> str:
    """Return a plan of so many stages with ten files each; every tenth needs the nine before."""
    stages, sections = [], []
    for number in range(count):
        name = f"part-{number}"
        needed = [f"part-{n}" for n in range(number - 9, number)] if number % 10 == 9 else []
        stages.append(
            {
                "id": name,
                "name": f"Part {number}",
                "branch": f"feature/{name}",
                "worktree_path": f"../worktrees/{name}",
                "status": "not-started",
                "depends_on": needed,
            }
        )
        files = "\n".join(f"- Create: `src/{name}/{n}.py`" for n in range(10))
        sections.append(
            f"### Part {number}\n\n**Stage ID**: `{name}`\n**Branch**: `feature/{name}`\n"
            f"**Status**: Not Started\n**Dependencies**: {', '.join(needed) or 'None'}\n\n"
            f"#### What\n\nA part.\n\n#### Why\n\nIt is needed.\n\n#### How\n\n"
            f"**Files to Change**:\n\n{files}\n\n#### Validation\n\n- Run `just test`\n\n"
            f"#### TODO\n\n- [ ] Do it\n"
        )
    head = {
        "plan_id": "2026-01-02-large",
        "created": "2026-01-02",
        "author": "A",
        "status": "draft",
    }
    block = json.dumps(head | {"stages": stages}, indent=2)
    return f"# Large\n\n```json metadata\n{block}\n```\n\n" + "\n---\n\n".join(sections)


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
