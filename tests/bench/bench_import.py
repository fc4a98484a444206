"""How fast plans are imported. Run: just bench (or python tests/bench/bench_import.py).

Every figure is a ratio to validating the result, timed in turn with it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from timing import finish, ratio, report

from plan_worktree.authoring.importing.importing import import_plan
from plan_worktree.lint.check import check
from plan_worktree.plan.planfile import loads
from plan_worktree.planfiles.repository_view import view_of
from plan_worktree.project.home import find_home

_LINES = 2_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "repository"
        repository.mkdir()
        subprocess.run(["git", "init", "-q"], cwd=repository, check=True)
        os.chdir(repository)
        finish(list(_figures(repository)))


def _figures(repository: Path) -> Iterator[bool]:
    view = view_of(find_home(repository))
    for name, text in (
        ("superpowers", _long("# Big Plan\n\n**Goal:** x\n", _superpowers)),
        ("plain", _long("# Plan: Big\n\n## Changes\n", _plain)),
        ("spec-kit", _long("# Tasks: Big\n\n## Phase 1: All\n", _spec_kit)),
    ):
        source = repository / f"{name}.md"
        source.write_text(text)

        def ours(source: Path = source) -> object:
            loads.cache_clear()
            return import_plan(str(source), None, repository, dry_run=True)

        raw = import_plan(str(source), None, repository, dry_run=True).text.encode()

        def theirs(raw: bytes = raw) -> object:
            loads.cache_clear()
            return check(loads(raw, "plan.md"), view)

        lines = text.count("\n")
        what = f"import of {lines:,} lines of {name}, to validating the result"
        yield report(what, ratio(ours, theirs, 5), 2)


def _long(head: str, part: object) -> str:
    """Return a source of some 2,000 lines; `part` makes the text of one task from its number."""
    assert callable(part)
    text, number = head, 0
    while text.count("\n") < _LINES:
        number += 1
        text += part(number)
    return text


def _superpowers(number: int) -> str:
    return (
        f"\n### Task {number}: Part {number}\n\n**Files:**\n- Create: `src/m{number}.py`\n"
        f"- Test: `tests/test_m{number}.py`\n\n- [ ] **Step 1: Write the failing test**\n\n"
        f"```python\ndef test_{number}() -> None:\n    assert m{number}() == {number}\n```\n\n"
        f"- [ ] **Step 2: Run it**\n\nRun: `pytest tests/test_m{number}.py`\nExpected: PASS\n"
    )


def _plain(number: int) -> str:
    return (
        f"\n### Step {number}: Change part {number}\n\nUpdate `src/m{number}.py`, which depends on "
        f"Step {max(number - 1, 1)}:\n\n- read it\n- write it\n\n**Verification**: `pytest`\n"
    )


def _spec_kit(number: int) -> str:
    parallel = "[P] " if number % 4 else ""
    notes = "  - with a note\n" * 5
    return f"- [ ] T{number:04} {parallel}Create part {number} in src/m{number}.py\n{notes}" + (
        f"\n## Phase {number // 50 + 2}: More\n\n" if number % 50 == 0 else ""
    )


if __name__ == "__main__":
    main()
