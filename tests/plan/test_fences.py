"""Fences that end earlier than their author meant: what is found behind them, and the mend.

Each plan of the table was read by hand: which stages have a section for whoever reads it, and
which fence is at fault.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from textwrap import dedent

import pytest

from plan_worktree.plan.planfile import PlanFile, loads
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.edit import edited

STAGES = ("one", "two", "three")
HEAD = f"""\
```json metadata
{json.dumps({"plan_id": "2026-01-02-x", "stages": [{"id": name} for name in STAGES]})}
```
"""
# Lines of HEAD, so that cases count theirs from 1.
BEFORE = HEAD.count("\n")


def section(name: str, text: str = "") -> str:
    return f"### Stage: {name}\n\n**Stage ID**: `{name}`\n\n#### How\n\n{dedent(text)}"


@dataclass(frozen=True)
class Case:
    """A body; the stages whose sections a reader sees; findings as line (from 1) and code."""

    name: str
    body: str
    seen: tuple[str, ...]
    found: tuple[str, ...] = ()


NESTED = """\
    ```markdown
    # Usage

    ```bash
    make
    ```

    Run it.
    ```

    """
CODE = "    ```python\n    x = 1\n    ```\n\n    "

CASES = (
    Case("all is well", section("one", CODE) + section("two"), ("one", "two")),
    Case(
        "a fence in a fence, code behind it",
        section("one", NESTED) + section("two", CODE) + section("three"),
        STAGES,
        ("7 PW008",),
    ),
    Case(
        "a fence in a fence, nothing behind it ends the last mark",
        section("one", NESTED) + section("two"),
        ("one", "two"),
        ("7 PW008",),
    ),
    Case(
        "a fence in a fence without info string",
        section("one", NESTED.replace("markdown", "")) + section("two", CODE) + section("three"),
        STAGES,
        ("7 PW008",),
    ),
    Case(
        "two fences in one",
        section("one", NESTED.replace("Run it.", "```sh\n    ls\n    ```"))
        + section("two", CODE)
        + section("three"),
        STAGES,
        ("7 PW008",),
    ),
    # Nobody can say which of the first two bare marks ends the fence: the one that leaves fewer
    # faults is taken, and no section is lost.
    Case(
        "a bare fence and another in one",
        section("one", "```md\n\n```\nx\n```\n\n```sh\nls\n```\n```\n") + section("two", CODE),
        ("one", "two"),
        ("11 PW008",),
    ),
    Case(
        "a fence in a fence in a fence",
        section("one", "```md\n```md\n```sh\nls\n```\nx\n```\ny\n```\n") + section("two", CODE),
        ("one", "two"),
        ("7 PW008",),
    ),
    Case(
        "a fence in a fence, twice",
        section("one", NESTED) + section("two", NESTED) + section("three", CODE),
        STAGES,
        ("7 PW008", "23 PW008"),
    ),
    Case(
        "waves instead of ticks",
        section("one", NESTED.replace("```", "~~~~")) + section("two", CODE) + section("three"),
        STAGES,
        ("7 PW008",),
    ),
    Case(
        "a longer fence inside a shorter one",
        section("one", "```md\n````sh\nls\n````\nx\n```\n") + section("two", CODE),
        ("one", "two"),
        ("7 PW008",),
    ),
    Case(
        "a fence in a fence of an item",
        section("one", "- So:\n\n  ```md\n  ```sh\n  ls\n  ```\n  x\n  ```\n")
        + section("two", CODE)
        + section("three"),
        STAGES,
        ("9 PW008",),
    ),
    Case(
        "a fence in a fence behind an item's marker",
        section("one", "- ```md\n  ```sh\n  ls\n  ```\n  x\n  ```\n") + section("two", CODE),
        ("one", "two"),
        ("7 PW008",),
    ),
    Case(
        "other marks inside",
        section("one", "```md\n~~~sh\nls\n~~~\n```\n") + section("two", CODE),
        ("one", "two"),
    ),
    Case(
        "wide enough already",
        section(
            "one",
            NESTED.replace("```markdown", "````markdown").replace("it.\n    ```", "it.\n    ````"),
        )
        + section("two"),
        ("one", "two"),
    ),
    Case(
        "only the beginning of a fence is shown",
        section("one", "```md\n```sh\n```\n\nThat is how one begins.\n") + section("two", CODE),
        ("one", "two"),
    ),
    Case(
        "a section in a fence of text is an example",
        section("one", "```markdown\n" + section("two") + "```\n") + section("three", CODE),
        ("one", "three"),
    ),
    Case(
        "a section in a fence in a fence is an example, too",
        section("one", "```md\n```sh\nls\n```\n\n" + section("example") + "```\n")
        + section("two", CODE)
        + section("three"),
        STAGES,
        ("7 PW008",),
    ),
    Case(
        "a forgotten end before the next fence",
        section("one", "```python\nx = 1\n\n#### Validation\n\n") + section("two", CODE),
        ("one", "two"),
        ("7 PW003",),
    ),
    Case(
        "a forgotten end right before the next section",
        section("one", "```python\nx = 1\n") + section("two", CODE) + section("three", CODE),
        STAGES,
        ("7 PW003",),
    ),
    Case(
        "a forgotten end, then bare fences",
        section("one", "```python\nx = 1\n\n")
        + section("two", CODE.replace("python", ""))
        + section("three", CODE.replace("python", "")),
        STAGES,
        ("7 PW003",),
    ),
    Case(
        "a forgotten end of a text",
        section("one", "```markdown\n# Usage\n\n") + section("two", CODE) + section("three"),
        STAGES,
        ("7 PW003",),
    ),
    Case(
        "one mark too many",
        section("one", CODE + "```\n") + section("two", CODE) + section("three"),
        STAGES,
        ("11 PW003",),
    ),
    Case(
        "a forgotten end in the last section",
        section("one", CODE) + section("two", "```sh\nls\n\n#### Validation\n"),
        ("one", "two"),
        ("17 PW003",),
    ),
    Case(
        "a forgotten end with nothing behind it",
        section("one", CODE) + section("two", "```sh\nls\n"),
        ("one", "two"),
        ("17 PW003",),
    ),
    Case(
        "a fence in a fence and a forgotten end",
        section("one", NESTED) + section("two", "```sh\nls\n\n") + section("three", CODE),
        STAGES,
        ("7 PW008", "23 PW003"),
    ),
    Case(
        "a comment without end",
        section("one") + "<!-- later\n\n" + section("two", CODE) + section("three"),
        STAGES,
        ("7 PW003",),
    ),
    Case(
        "a comment right above a fence",
        section("one", "<!-- so -->\n```sh\nls\n```\n") + section("two", NESTED),
        ("one", "two"),
        ("17 PW008",),
    ),
    Case(
        "a fence of text that takes in a section before a fence in a fence",
        "```markdown\n\n" + section("one", CODE) + section("two", NESTED.replace("markdown", "")),
        ("one", "two"),
        ("1 PW003", "19 PW008"),
    ),
    Case(
        "marks in a comment and far to the right",
        section("one", "<!--\n```sh\n-->\n\n    ```md\n\n") + section("two", NESTED),
        ("one", "two"),
        ("19 PW008",),
    ),
)


def read(body: str) -> PlanFile:
    return loads((HEAD + body).encode(), "plan.md")


def stages_seen(file: PlanFile) -> tuple[str, ...]:
    assert file.document
    return tuple(section.stage_id for section in read_sections(file.document))


def found(file: PlanFile) -> tuple[str, ...]:
    return tuple(f"{one.line - BEFORE} {one.code}" for one in sorted(file.problems))


def without_marks(document: Document) -> list[str]:
    return [line.replace("`", "").replace("~", "") for line in document.source.lines]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("end", ("\n", "\r\n"))
def test_what_a_reader_sees_is_read_and_the_fence_at_fault_is_named(case: Case, end: str) -> None:
    file = read(case.body.replace("\n", end))

    assert found(file) == case.found
    assert stages_seen(file) == case.seen


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mended_plan_is_read_the_same_without_a_finding(case: Case) -> None:
    file = read(case.body)
    assert file.document
    edits = [edit for mend in file.mends for edit in mend.edits]

    after = loads(edited(file.document.source, edits), "plan.md")

    assert stages_seen(after) == case.seen
    assert found(after) == tuple(one for one in case.found if "PW008" not in one)
    assert after.document
    assert without_marks(after.document) == without_marks(file.document)


def test_the_metadata_block_stays_what_commonmark_says_it_is() -> None:
    hidden = loads((dedent(NESTED) + HEAD + section("one")).encode(), "plan.md")

    assert [(one.line, one.code) for one in hidden.problems] == [(1, "PW008"), (11, "PW001")]
    assert hidden.plan is None
    assert "fence" in hidden.problems[1].message


def test_an_example_of_metadata_that_slips_out_of_its_fence_is_a_second_block() -> None:
    shown = f"```markdown\n```sh\nls\n```\n\n{HEAD}```\n"

    file = read(section("one", shown) + section("two", CODE))

    assert found(file) == ("7 PW008", "12 PW002")
    assert stages_seen(file) == ("one", "two")


def test_a_metadata_block_that_takes_in_the_next_fence_is_the_fence_at_fault() -> None:
    text = HEAD.removesuffix("```\n") + section("one", CODE)

    (problem,) = loads(text.encode(), "plan.md").problems

    assert (problem.line, problem.code) == (1, "PW003")
    assert "the metadata fence is never closed" in problem.message
    assert "before line 9" in problem.message


def test_the_message_says_what_is_hidden_and_what_mends_it() -> None:
    (problem,) = read(section("one", NESTED) + section("two", CODE)).problems

    assert problem.message == (
        'this fence ends in line 15, earlier than it seems, because "```bash" inside it has as '
        "many marks; what should end it, in line 18, hides what follows up to line 27: begin and "
        "end it with ````, as plan-worktree validate --fix does"
    )


def test_a_forgotten_end_is_asked_for_where_the_plan_goes_on() -> None:
    (problem,) = read(section("one", "```sh\nls\n\n#### Validation\n") + section("two")).problems

    assert problem.message == (
        'this fence is never closed: end it with a line ``` before line 13: "#### Validation"'
    )


@pytest.mark.thorough
@pytest.mark.parametrize(
    "hostile",
    (
        "```\n" * 60_000,
        "```x\n" * 60_000,
        "```x\n```\n" * 30_000,
        "```x\n```y\n```\n```\n" * 15_000,
        "```x\n## Overview\n" * 30_000,
        "- ```x\n" * 40_000,
        "<!--\n" * 60_000,
        f"```x\n{'`' * 200_000}\n",
        f"```x\n```{' ' * 200_000}y\n",
        "~~~\n```x\n" * 30_000,
    ),
    ids=lambda text: repr(text[:20]),
)
def test_hostile_marks_take_linear_time(hostile: str) -> None:
    start = time.process_time()
    read(hostile)
    whole = time.process_time() - start
    start = time.process_time()
    read(hostile[: len(hostile) // 4])
    part = time.process_time() - start
    assert whole < 12 * part + 0.5, (whole, part)
