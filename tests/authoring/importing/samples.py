"""Small sources of every format, written for these tests, in the shapes that real ones have."""

from __future__ import annotations

import json
from pathlib import Path

from plan_worktree.authoring.importing.reading import read
from plan_worktree.authoring.importing.source import Source

SUPERPOWERS = """\
# Tea Timer Implementation Plan

> **For agentic workers:** REQUIRED SUB-SKILL: use another tool for this.

**Goal:** A timer that knows how long each tea takes.

**Architecture:** One module for the teas, one for the clock.

**Tech Stack:** Python 3.12

---

## File Structure

- `tea/kinds.py` knows teas

## Chunk 1: The core

### Task 1: Kinds of tea

**Files:**
- Create: `tea/kinds.py`
- Test: `tests/test_kinds.py`
- Read: `README.md`

- [x] **Step 1: Write the failing test**

```python
def test_green() -> None:
    assert seconds("green") == 120
```

- [x] **Step 2: Make it pass**

Run: `pytest tests/test_kinds.py`
Expected: PASS

### Task 2: The clock

**Files:**
- Create: `tea/clock.py`

**Interfaces:**
- Consumes: `seconds(kind)` from Task 1

- [x] **Step 1: Write it**
- [ ] **Step 2: Try it**

Run:

```bash
pytest tests/test_clock.py
```

Expected:

- 3 passed, 0 failed

### Task 3: More teas

**Files:**
- Modify: `tea/kinds.py:10-20`

- [ ] **Step 1: Add white tea**

Run: `pytest tests/test_white.py`
Expected: FAIL with "no white tea"

### Task 4: A page

**Files:**
- Create: `docs/teas.md`

Write what each tea needs.
"""

SPEC_KIT = """\
---
description: "Tasks"
---

# Tasks: Tea shop

**Input**: Design documents from `/specs/001-tea/`

## Phase 1: Setup

**Purpose**: A place to work in

- [X] T001 Create the project in pyproject.toml
- [ ] T002 [P] Configure linting in ruff.toml

## Phase 2: Foundational (Blocking Prerequisites)

- [ ] T003 Create base model in src/models/base.py per data-model.md
- [ ] T004 [P] Create the database in src/db.py

## Phase 3: User Story 1 - Buy tea (Priority: P1)

**Goal**: Somebody can buy tea

**Independent Test**: Buy one, see it arrive

- [ ] T005 [P] [US1] Create Tea model in src/models/tea.py
- [ ] T006 [P] [US1] Create Order model in src/models/order.py
- [ ] T007 [US1] Implement the shop in src/shop.py (depends on T005, T006)

## Phase 4: User Story 2 - Rate tea (Priority: P2)

- [ ] T008 [P] [US2] Create Rating model in src/models/rating.py
- [ ] T009 [P] [US2] Show ratings in src/shop.py

## Phase 5: Polish

- [ ] T010 [P] Update README.md

## Dependencies

- **User Story 2 (P2)**: depends on nothing else
- T008 depends on T006
"""

TASK_MASTER = json.dumps(
    {
        "master": {
            "tasks": [
                {
                    "id": 1,
                    "title": "Set up",
                    "description": "A place to work in.",
                    "details": "Create `pyproject.toml`.\n\n## Note\n\nKeep it small.",
                    "testStrategy": "It installs.",
                    "status": "done",
                    "dependencies": [],
                    "priority": "high",
                    "subtasks": [{"id": 1, "title": "Choose a name", "status": "done"}],
                },
                {
                    "id": "2",
                    "title": "Teas",
                    "description": "Know teas.",
                    "details": "In `tea/kinds.py`, add the table.\n\n```py\nopen('x/y.py')\n```",
                    "status": "in-progress",
                    "dependencies": [1],
                    "subtasks": [
                        {"id": 1, "title": "Green", "status": "done", "details": "120 s"},
                        {"id": 2, "title": "Black", "status": "pending", "dependencies": [1]},
                    ],
                },
                {"id": 3, "title": "Never", "status": "cancelled", "dependencies": []},
                {"id": 4, "title": "Clock", "status": "pending", "dependencies": ["2.1", 3]},
            ],
            "metadata": {"description": "Tasks of the tea timer"},
        },
        "later": {"tasks": [{"id": 1, "title": "Coffee"}]},
    }
)

OPENSPEC_TASKS = """\
## 1. Kinds of tea

- [x] 1.1 Create `tea/kinds.py` with green and black
- [x] 1.2 Add tests

## 2. Clock

- [ ] 2.1 Update `tea/kinds.py` to tell seconds
- [ ] 2.2 Ring, as in `tea/bell.py`

## 3. Docs

- [ ] 3.1 Update README.md (depends on section 2)
"""

OPENSPEC_PROPOSAL = """\
# Change: Time the tea

## Why

Tea gets bitter.

## What Changes

- A timer

## Impact

- Affected code: `tea/`
"""

GSD_FIRST = """\
---
phase: 01-teas
plan: 01
depends_on: []
files_modified:
  - tea/kinds.py
must_haves:
  truths:
    - "teas are known"
---

<objective>
Know every kind of tea.

Purpose: Without kinds there is nothing to time.
</objective>

<tasks>

<task type="auto">
  <name>Task 1: A table of teas</name>
  <files>tea/kinds.py</files>
  <action>
Write the table.

## Not a heading of the plan

```markdown
<files>x.py</files>
```
  </action>
  <verify>
    <automated>pytest tests/test_kinds.py</automated>
  </verify>
  <done>Green takes 120 s</done>
</task>

<task type="checkpoint:human-verify" gate="blocking">
  <what-built>The table</what-built>
  <how-to-verify>Read it.</how-to-verify>
</task>

<task type="auto">
  <name>Task 3: A clock</name>
  <files>tea/clock.py, ~/.config/tea</files>
  <action>Write it.</action>
  <verify>It ticks</verify>
  <done>It rings</done>
</task>

</tasks>
"""

GSD_SECOND = """\
---
phase: 01-teas
plan: 02
depends_on: ["01"]
files_modified: [tea/page.py, "docs/teas.md"]   # two
---

<objective>
Show the teas.
</objective>

<tasks>
<task type="auto">
  <name>Task 1: A page</name>
  <files>tea/page.py</files>
  <action>Write it.</action>
  <verify>See it</verify>
  <done>Seen</done>
</task>
</tasks>
"""

PLAIN = """\
# Plan: Time the tea

## Context

Tea gets bitter.

## Changes

### Step 1: Kinds of tea

Create `tea/kinds.py`, following `tea/old.py`.

**Why**: there is nothing to time without them.

**Verification**: run `pytest tests/test_kinds.py`.

### Step 2: A clock ✅

**Files**: `tea/clock.py` (new)

- [x] write it

### Step 3: Both together

Depends on Steps 1 and 2. Update `tea/kinds.py`.

## Verification

Drink it.
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """Write a file of a source."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def sample(folder: Path, name: str) -> Path:
    """Write the sample of a format and return what `import` is to be given."""
    if name == "openspec":
        write(folder, "changes/time-the-tea/proposal.md", OPENSPEC_PROPOSAL)
        return write(folder, "changes/time-the-tea/tasks.md", OPENSPEC_TASKS).parent
    if name == "gsd":
        write(folder, "phases/01-teas/01-01-SUMMARY.md", "done\n")
        write(folder, "phases/01-teas/01-01-PLAN.md", GSD_FIRST)
        return write(folder, "phases/01-teas/01-02-PLAN.md", GSD_SECOND).parent
    files = {
        "superpowers": ("2026-01-02-tea-timer.md", SUPERPOWERS),
        "spec-kit": ("specs/001-tea/tasks.md", SPEC_KIT),
        "task-master": (".taskmaster/tasks/tasks.json", TASK_MASTER),
        "plain": ("woolly-otter.md", PLAIN),
    }
    return write(folder, *files[name])


def source_of(path: Path, wanted: str | None = None) -> Source:
    """Read a source as `import` does."""
    return read(str(path), path, wanted)[1]


def text_source(
    folder: Path, text: str, name: str = "plan.md", wanted: str | None = None
) -> Source:
    """Write a text to a file and read that."""
    return source_of(write(folder, name, text), wanted)


FORMATS = ("superpowers", "spec-kit", "task-master", "openspec", "gsd", "plain")
