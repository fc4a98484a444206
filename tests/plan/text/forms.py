"""The forms in which people and formatters write the fields of a stage.

The table was read by hand: each row is a section as somebody writes it, and what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from plan_worktree.plan.text.fields import BRANCH, DEPENDENCIES, STATUS


@dataclass(frozen=True)
class Form:
    """A section's text, and the same text after the stage was marked blocked."""

    name: str
    text: str
    blocked: str
    says: dict[str, object] = field(
        default_factory=lambda: {
            BRANCH: "feature/x",
            STATUS: "not-started",
            DEPENDENCIES: ["two", "three"],
        }
    )


def form(name: str, text: str, status: str = "Not Started", spelt: str = "Blocked") -> Form:
    assert text.count(status) == 1
    return Form(name, text, text.replace(status, spelt))


FORMS = (
    form(
        "lines of their own",
        "**Stage ID**: `one`\n**Branch**: `feature/x`\n**Status**: Not Started\n"
        "**Dependencies**: `two`, `three`",
    ),
    form(
        "no code marks",
        "**Stage ID**: one\n**Branch**: feature/x\n**Status**: not-started\n"
        "**Dependencies**: two, three",
        "not-started",
        "blocked",
    ),
    form(
        "the colon inside",
        "**Stage ID:** `one`\n**Branch:** `feature/x`\n**Status:** Not Started\n"
        "**Dependencies:** two and three",
    ),
    form(
        "no marks",
        "Stage ID: one\nBranch: feature/x\nStatus: Not Started\nDependencies: two, three",
    ),
    form(
        "no marks, joined",
        "Stage ID: one Branch: feature/x Status: Not Started Dependencies: two, three",
    ),
    form(
        "the value in bold, too",
        "**Stage ID: one**\n**Branch: `feature/x`**\n**Status: Not Started**\n"
        "**Dependencies: two, three**",
    ),
    form(
        "underscores and stars",
        "__Stage ID__: one\n_Branch_: `feature/x`\n*Status*: Not Started\n"
        "***Dependencies***: two, three",
    ),
    form(
        "paragraphs of their own",
        "**Stage ID**: `one`\n\n**Branch**: `feature/x`\n\n**Status**: Not Started\n\n"
        "**Dependencies**: `two`, `three`",
    ),
    form(
        "joined in a paragraph",
        "**Stage ID**: `one` **Branch**: `feature/x` **Status**: Not Started "
        "**Dependencies**: `two`, `three`",
    ),
    form(
        "wrapped in the middle of values and names",
        "**Stage ID**: `one` **Branch**:\n`feature/x` **Status**: Not Started "
        "**Dependencies**: `two`,\n`three`",
    ),
    Form(
        "wrapped in a name and in a status",
        "**Stage\nID**: `one` **Branch**: `feature/x` **Status**: Not\nStarted\n"
        "**Dependencies**: `two`\nand `three`",
        "**Stage\nID**: `one` **Branch**: `feature/x` **Status**: Blocked\n"
        "**Dependencies**: `two`\nand `three`",
    ),
    form(
        "parted by bars",
        "**Stage ID**: `one` | **Branch**: `feature/x` | **Status**: Not Started | "
        "**Dependencies**: `two`, `three`",
    ),
    form(
        "parted by dots, dashes and breaks",
        "**Stage ID**: `one` · **Branch**: `feature/x` — **Status**: Not Started<br>"
        "**Dependencies**: `two`, `three`",
    ),
    form(
        "hard breaks",
        "**Stage ID**: `one`\\\n**Branch**: `feature/x`\\\n**Status**: Not Started\\\n"
        "**Dependencies**: `two`, `three`",
    ),
    form(
        "breaks by blanks and by tags",
        "**Stage ID**: `one`  \n**Branch**: `feature/x`<br/>\n**Status**: Not Started  \n"
        "**Dependencies**: `two`, `three`",
    ),
    form(
        "items",
        "- **Stage ID**: `one`\n- **Branch**: `feature/x`\n- **Status**: Not Started\n"
        "- **Dependencies**: `two`, `three`",
    ),
    form(
        "items without marks",
        "* Stage ID: one\n* Branch: feature/x\n* Status: Not Started\n* Depends on: two, three",
    ),
    form(
        "numbered items",
        "1. **Stage ID:** one\n2. **Branch:** feature/x\n3. **Status:** Not Started\n"
        "4. **Dependencies:** two & three",
    ),
    form(
        "one item of several lines",
        "- **Stage ID**: `one`\n  **Branch**: `feature/x`\n  **Status**: Not Started\n"
        "  **Dependencies**: `two`, `three`",
    ),
    form(
        "items below an item",
        "- **Stage ID**: `one`\n  - **Branch**: `feature/x`\n  - **Status**: Not Started\n"
        "  - **Dependencies**: `two`, `three`",
    ),
    form(
        "a quote",
        "> **Stage ID**: `one`\n> **Branch**: `feature/x`\n> **Status**: Not Started\n"
        "> **Dependencies**: `two`, `three`",
    ),
    form(
        "a table",
        "| Field | Value |\n| --- | --- |\n| Stage ID | `one` |\n| Branch | `feature/x` |\n"
        "| Status | Not Started |\n| Dependencies | `two`, `three` |",
    ),
    form(
        "a table in bold, without a head",
        "| | |\n|:-|:-|\n| **Stage ID** | one |\n| **Branch** | feature/x |\n"
        "| **Status:** | Not Started |\n| **Dependencies** | two, three |",
    ),
    form(
        "a table whose head is a field",
        "| Stage ID | one |\n|---|---|\n| Branch | feature/x |\n| Status | Not Started |\n"
        "| Dependencies | two, three |",
    ),
    form(
        "a table without bars around it",
        "Field | Value\n--- | ---\nStage ID | `one`\nBranch | `feature/x`\n"
        "Status | Not Started\nDependencies | `two`, `three`",
    ),
    form(
        "another order",
        "**Status**: Not Started\n**Dependencies**: two, three\n**Branch**: feature/x\n"
        "**Stage ID**: one",
    ),
    form(
        "other spellings",
        "**stage-id**: one\n**BRANCH**: feature/x\n**status**: NOT STARTED\n"
        "**Depends On**: two, three",
        "NOT STARTED",
    ),
    form(
        "notes",
        "**Stage ID**: `one` (the first)\n**Branch**: `feature/x` (pushed)\n"
        "**Status**: Not Started (waits\nfor Ada)\n**Dependencies**: two (the parser), three",
    ),
    form(
        "prose behind them",
        "**Stage ID**: `one`\n**Branch**: `feature/x`\n**Status**: Not Started\n"
        "**Dependencies**: `two`, `three`\nThis stage reads files, and writes none.",
    ),
    form(
        "other fields between them",
        "**Stage ID**: `one` **Owner**: Ada **Branch**: `feature/x`\n**Estimate**: 2 days\n"
        "**Status**: Not Started **Dependencies**: `two`, `three` **Risk**: low",
    ),
    form(
        "a heading of their own",
        "**Stage ID**: `one`\n\n#### Facts\n\n**Branch**: `feature/x`\n**Status**: Not Started\n"
        "**Dependencies**: `two`, `three`",
    ),
)
