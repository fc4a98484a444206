"""A fence that holds another of as many marks is read as it was meant, and written so."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from plan_worktree.authoring.importing.carry import carried_text
from plan_worktree.authoring.importing.meant_fences import read_meant
from plan_worktree.plan.text.source import Source, decode
from tests.authoring.importing.samples import text_source
from tests.support import PLANS, Repo
from tests.world import Cli

SHOWN = """\
```markdown
{0} Before

```bash
x=1
```

{0} After

kept text
```"""

PLAN = """\
# Tiny Implementation Plan

**Goal:** G.

{0} Task 1: One

**Files:**
- Modify: `a.md`

- [ ] **Step 1: Append**

{1}

- [ ] **Step 2: Verify**

KEEP ME

{0} Task 2: Two

**Files:**
- Create: `b.md`

- [ ] **Step 1: Write**

{1}

- [ ] **Step 2: Verify**

KEEP ME, TOO
"""

LEVELS = [(task, shown) for task in ("##", "###") for shown in ("#", "##", "###", "####")]


def source(text: str) -> Source:
    found = decode(text.encode(), "source.md")
    assert isinstance(found, Source)
    return found


@pytest.mark.parametrize(("task", "shown"), LEVELS)
def test_a_heading_behind_a_fence_shown_in_a_fence_ends_no_task(
    tmp_path: Path, task: str, shown: str
) -> None:
    text = PLAN.format(task, SHOWN.format(shown))

    tasks = text_source(tmp_path, text).tasks

    assert [one.title for one in tasks] == ["One", "Two"]
    kept = [("KEEP ME" in one.todo, "kept text" in one.todo) for one in tasks]
    assert kept == [(True, True), (True, True)]


def test_the_imported_plan_is_plain_commonmark(repo: Repo, cli: Cli) -> None:
    (repo.path / "source.md").write_text(PLAN.format("###", SHOWN.format("##")))

    cli("import", "source.md", cwd=repo.path)

    (path,) = (repo.path / PLANS).glob("*.md")
    code = [one for one in MarkdownIt().parse(path.read_text()) if one.type == "fence"]
    inside = SHOWN.format("##").removeprefix("```markdown\n").removesuffix("```")
    assert [one.content for one in code if one.info == "markdown"] == [inside, inside]
    found = cli("validate", path, "--format", "json", cwd=repo.path).json()["diagnostics"]
    assert not [one for one in found if one["code"] in ("PW003", "PW008")]


def test_a_plain_plan_is_read_as_meant_too(tmp_path: Path) -> None:
    text = "# Plan\n\n## Step 1: One\n\n{0}\n\nBehind.\n\n## Step 2: Two\n\nLast.\n"

    first, second = text_source(tmp_path, text.format(SHOWN.format("##"))).tasks

    assert "kept text" in first.how
    assert "Behind." in first.how
    assert second.what == "Last."


def test_text_without_a_document_is_carried_as_meant_too() -> None:
    assert carried_text(SHOWN.format("#")).startswith("````markdown\n# Before\n")


@pytest.mark.parametrize("between", ("\n", ""))
def test_a_fence_that_nothing_ends_is_ended_before_a_section_of_the_plan(between: str) -> None:
    text = f"a\n\n```bash\nx=1\n{between}## Testing Strategy\n\nBy hand.\n"

    document = read_meant(source(text))

    assert [one.content for one in document.fences] == ["x=1\n"]
    assert [one.text for one in document.headings] == ["Testing Strategy"]


def test_what_commonmark_reads_as_meant_stays_as_it_is() -> None:
    text = "# a\n\n````markdown\n```bash\nx\n```\n````\n"

    assert read_meant(source(text)).source.text == text
