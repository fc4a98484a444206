"""Nothing of a source is lost in silence: every line is in the plan, or is named."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan_worktree.authoring.importing.importing import Imported, import_plan
from plan_worktree.authoring.importing.losses import Loss, losses, spoken
from plan_worktree.authoring.importing.source import File, Given
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.source import Source, decode
from plan_worktree.project.refusal import Refused
from tests.authoring.importing.samples import sample, write
from tests.output.test_schemas import fits
from tests.support import Repo
from tests.world import Cli

# What sources are made of: each word that begins with "w" is another one in every line.
LINES = st.sampled_from(
    [
        *("# w", "## w", "### w", "#### w", "## Overview w", "## Implementation", "w w\n==="),
        *(
            "### Task {n}: w",
            "## Task {n}: w",
            "- [ ] ### Task {n}: w",
            "### Step {n}: w",
            "## 1. w",
        ),
        *("**Goal:** w", "**Spec:** w", "**w:** w w", "**Files:**", "**Files:** `w.py` (w)"),
        *("- Create: `w.py`", "- Modify: `w.py:3-4` (w w)", "- Read: w w", "- Test: `w.py`"),
        *("- [ ] **Step 1: w**", "- [x] w", "- [ ] T00{n} w in src/w.py", "- [ ] 1.{n} w", "- w"),
        *("1. w `w.py`", "  - w", "  w", "w w w", "| w | w |", "|---|---|", "> w", "---", "", ""),
        *("Run: `w`", "Expected: PASS w", "```bash", "```markdown", "```", "````", "~~~", "# w"),
        *("<!-- w -->", "<!--", "-->", "<div>w</div>", "    w", "\tw", "depends on Task 1 w", "w"),
        *("```\nw\n```", "```markdown\n## w\n\n```bash\nw\n```\n\n## w\n```", "\n", "\n"),
    ]
)


def unique(lines: list[str]) -> str:
    """Return the lines with a word of its own for every "w"."""
    numbers = count(1)
    text = "\n".join(line.replace("{n}", str(n)) for n, line in enumerate(lines)) + "\n"
    return re.sub(r"\bw\b", lambda _: f"w{next(numbers):05}q", text)


WORD = re.compile(r"w\d{5}q")


@settings(max_examples=40)
@given(st.lists(LINES, max_size=12), st.lists(LINES, max_size=20))
def test_every_line_of_a_source_is_in_the_plan_or_named(
    tmp_path_factory: pytest.TempPathFactory, above: list[str], lines: list[str]
) -> None:
    tasks = ["### Task 90: One", "", "**Files:**", "### Task 91: Two", ""]
    text = unique(["# Plan", "", *above, "", *tasks, *lines])
    try:
        made = imported(tmp_path_factory.mktemp("source"), text)
    except Refused:  # nothing was imported, so nothing is lost
        return

    there = set(WORD.findall(made.text))
    named = {loss.text for loss in made.left_out}
    for row in text.split("\n"):
        assert there.issuperset(WORD.findall(row)) or row.strip() in named


def imported(folder: Path, text: str) -> Imported:
    source = write(folder, "source.md", text)
    return import_plan(str(source), None, folder, dry_run=True)


@pytest.mark.parametrize("name", ("task-master", "openspec", "plain"))
def test_of_these_samples_nothing_is_left_out(
    repo: Repo, cli: Cli, tmp_path: Path, name: str
) -> None:
    result = cli("import", sample(tmp_path, name), "--json", cwd=repo.path)

    assert result.json()["left_out"] == []
    assert "in no part of the plan" not in result.stderr


def test_what_is_left_out_is_named_with_its_lines(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    source = sample(tmp_path, "superpowers")

    result = cli("import", source, "--dry-run", cwd=repo.path)
    value = fits("import", cli("import", source, "--json", cwd=repo.path))

    said = f"2 lines of the source are in no part of the plan: {source}:3, 17\n"
    assert said in result.stderr
    assert [(one["line"], one["text"]) for one in value["left_out"]] == [
        (3, "> **For agentic workers:** REQUIRED SUB-SKILL: use another tool for this."),
        (17, "## Chunk 1: The core"),
    ]


def lost(text: str, plan: str, *, is_json: bool = False) -> list[int]:
    source = decode(text.encode(), "a.md")
    assert isinstance(source, Source)
    file = File(Path("a.md"), "a.md", read_document(source), is_json)
    return [loss.line for loss in losses(Given(Path("a.md"), (file,)), plan)]


@pytest.mark.parametrize(
    ("text", "plan", "expected"),
    (
        ("one two", "x\none two\ny", []),
        ("one two", "one\ntwo", []),
        ("one two", "two one", [1]),
        ("one two\none two", "one two", [2]),
        ("one two\none two", "one two\none two", []),
        ("word", "other", [1]),
        ("---\n```\n***\n\n}", "", []),
        ("---\ntitle: x y\n---\none two", "", [4]),
        ("**Goal:** one two", "one two", []),
        ("- Read: `a.md`", "`a.md`", [1]),
        ("- Modify: `a.md` (at the end)", "- Create: `a.md`", [1]),
        ("- [ ] T012 [P] [US1] Make it", "Make it", []),
        ("### Task 2: Make it", "Make it", []),
        ("- Create: `a.md`, `b.md` and `c.md`", "- Create: `c.md`\nTest: `a.md`\n`b.md`", []),
        ("- Create: `a.md`, `b.md`", "- Create: `a.md`", [1]),
        ("# The Title", "# Plan: Title, The", []),
        ("<action>Make it</action>", "Make it", []),
        ("a Stage ID here", "a Stage&#32;ID here", []),
    ),
)
def test_a_line_is_there_when_its_words_are(text: str, plan: str, expected: list[int]) -> None:
    assert lost(text, plan) == expected


def test_of_json_texts_are_looked_for_and_keys_are_not() -> None:
    text = '[{"id": 1, "some key": "gone it\\nhere it", "b": "here it"},\n{"c": "here it"}]'

    assert lost(text, "here it", is_json=True) == [1]
    assert lost(text, "gone it\n" + "here it\n" * 3, is_json=True) == []


def test_lines_in_a_row_are_named_as_one() -> None:
    found = [Loss(name, line, "") for name, line in (("a", 1), ("a", 2), ("a", 5), ("b", 3))]

    assert spoken(found) == "4 lines of the source are in no part of the plan: a:1-2, 5; b:3"
    assert spoken(found[:1]) == "1 line of the source is in no part of the plan: a:1"
    assert spoken([]) == ""
