"""Each format by itself: which tasks are found, what they say, and what they need."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plan_worktree.authoring.importing.arrows import ordered
from plan_worktree.authoring.importing.reading import FORMATS
from plan_worktree.authoring.importing.source import Source, Task, Unreadable
from plan_worktree.commands.import_ import import_
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.parts.verbs import Change
from plan_worktree.project.refusal import Refused
from tests.authoring.importing.samples import (
    GSD_FIRST,
    SPEC_KIT,
    SUPERPOWERS,
    TASK_MASTER,
    sample,
    source_of,
    text_source,
    write,
)


def arrows(source: Source) -> dict[str, dict[str, str]]:
    """Return what each task comes after, and why, by the source's own names."""
    found, _ = ordered(source.tasks, lambda path: (path, False))
    names = [one.task.key for one in found]
    return {one.task.key: {names[n]: why for n, why in one.after.items()} for one in found}


def after(source: Source) -> dict[str, list[str]]:
    return {key: list(needed) for key, needed in arrows(source).items()}


def task(source: Source, key: str) -> Task:
    (found,) = (one for one in source.tasks if one.key == key)
    return found


def files(one: Task) -> list[tuple[str, str | None]]:
    return [(use.path, use.change) for use in one.files]


def test_the_command_offers_every_format() -> None:
    (option,) = (one for one in import_.params if one.name == "wanted")
    assert set(option.type.choices) == {one.name for one in FORMATS}  # type: ignore[attr-defined]


# --- superpowers ---------------------------------------------------------------------------------


OLDER = """\
# Tea Implementation Plan

- [x] ### Task 1: The first

**Files:**
- Create: `tea/a.py`

- [x] **Step 1: Do it**

- [ ] ### Task 2: The second, whose numbers will have shifted after Task 1

**Files:**
- Create: `tea/b.py` (beside the other)

First of all, look at it.

It has what the first one lacks.

- [ ] **Step 1: Do it**
"""


def test_superpowers_tasks_with_a_box_before_their_heading_are_tasks(tmp_path: Path) -> None:
    source = text_source(tmp_path, OLDER)

    assert source.title == "Tea"
    first, second = source.tasks
    assert (first.key, first.title, first.status.value) == ("Task 1", "The first", "complete")
    assert (second.status.value, second.line) == ("not-started", 10)
    assert files(second) == [("tea/b.py", Change.CREATE)]


def test_superpowers_tasks_say_what_they_say_first_and_nothing_twice(tmp_path: Path) -> None:
    first, second = text_source(tmp_path, OLDER).tasks

    assert (first.what, first.how) == ("", "")
    assert second.what == "First of all, look at it."
    remark = "- Create: `tea/b.py` (beside the other)"
    assert second.how == f"{remark}\n\nIt has what the first one lacks."


@pytest.mark.parametrize(
    ("entry", "is_kept"),
    (
        ("- Create: `a.py`", False),
        ("- Create: `a.py`, `./b.py`", False),
        ("- Modify: `a.py:14-15`", True),
        ("- Modify: `a.py` (at the end)", True),
        ("- Create: `a.py`\n  with tests", True),
        ("- Read: all of them", True),
    ),
)
def test_superpowers_entries_that_say_more_than_a_path_are_kept(
    tmp_path: Path, entry: str, is_kept: bool
) -> None:
    (task,) = text_source(tmp_path, f"### Task 1: A\n\n**Files:**\n{entry}\n").tasks

    assert task.how == (entry if is_kept else "")


def test_superpowers_reasons_quote_the_line_they_come_from(tmp_path: Path) -> None:
    text = OLDER.replace("look at it.", "take `a` from Task 1.")

    (need,) = text_source(tmp_path, text).tasks[1].needs

    assert (need.key, need.because) == ("Task 1", 'line 15 of the source says "from Task 1"')


def test_what_stands_above_and_between_superpowers_tasks_is_kept(tmp_path: Path) -> None:
    text = OLDER.replace(
        "- [x] ### Task 1",
        "> REQUIRED SUB-SKILL: another\n> tool\n\nAsk Ann.\n\n**Goal:** Tea.\n\n"
        "**Spec:** `spec.md`\n**Owner:** Bob\n\n---\n\nBefore all.\n\n## File Structure\n\n"
        "| File | Why |\n|---|---|\n| `tea/a.py` | first |\n\n---\n\n- [x] ### Task 1",
    )

    parts = text_source(tmp_path, text).parts

    assert parts["Overview"] == "Tea."
    assert parts["References"] == "**Spec:** `spec.md`"
    assert parts["Also in the Source"] == "Ask Ann.\n\n**Owner:** Bob\n\nBefore all."
    assert parts["Architecture"].endswith("|---|---|\n| `tea/a.py` | first |")


STEP = "### Task 1: A\n\n**Files:**\n- Create: `a.sh`\n\n- [ ] **Step 1: Make it run**\n\n{}\n"


@pytest.mark.parametrize(
    ("step", "commands"),
    (
        ("Run: `./a.sh`\nExpected: 6 passed", ["./a.sh"]),
        ("Run `./a.sh`\n\nExpected: 6 passed, 0 failed.", ["./a.sh"]),
        ("Run `./a.sh` from the top. Expected: PASS", ["./a.sh"]),
        ("Run the tests with `./a.sh` and expect all to pass.", ["./a.sh"]),
        ("```bash\nchmod +x a.sh\n./a.sh\n```\n\nExpected output: 6 passed, 0 failed.", ["./a.sh"]),
        ("```bash\n# all of them\n./a.sh\n# Expected: 6 passed\n```", ["./a.sh"]),
        ("```bash\n./a.sh\n./a.sh\n```\n**Expected:** PASS", ["./a.sh"]),
        ("Run:\n\n```\n./a.sh\n```\n\nExpected: passes", ["./a.sh"]),
        ("```\n./a.sh\n```\n\nExpected: passes", []),
        ("```bash\n./a.sh\n```\n\nThen look at it.\n\nExpected: PASS", []),
        ("```bash\n./a.sh\n```\n\nExpected: 1 passed, 10 failed", []),
        ("```bash\n./a.sh\n```\n\nExpected: FAIL", []),
        ("```bash\ngit commit -m x\n```\n\nExpected: hooks pass", []),
        ("```python\nrun()\n```\n\nExpected: PASS", []),
        ("Before you run this, edit `a.sh`.\n\nExpected: PASS", []),
    ),
)
def test_superpowers_gates_are_what_is_run_and_expected_to_pass(
    tmp_path: Path, step: str, commands: list[str]
) -> None:
    (task,) = text_source(tmp_path, STEP.format(step)).tasks

    assert list(task.commands) == commands


def test_superpowers_tasks_have_files_steps_status_and_commands(tmp_path: Path) -> None:
    source = source_of(sample(tmp_path, "superpowers"))

    assert source.title == "Tea Timer"
    assert [(one.key, one.title, one.status.value) for one in source.tasks] == [
        ("Task 1", "Kinds of tea", "complete"),
        ("Task 2", "The clock", "in-progress"),
        ("Task 3", "More teas", "not-started"),
        ("Task 4", "A page", "not-started"),
    ]
    first, second, third, fourth = source.tasks
    assert files(first) == [("tea/kinds.py", Change.CREATE), ("tests/test_kinds.py", None)]
    assert files(third) == [("tea/kinds.py", Change.MODIFY)]
    assert first.commands == ("pytest tests/test_kinds.py",)
    assert second.commands == ("pytest tests/test_clock.py",)
    assert third.commands == ()  # it was expected to fail
    assert second.how.startswith("**Interfaces:**")
    assert first.todo.startswith("- [x] **Step 1: Write the failing test**\n\n```python")
    assert first.how == "- Read: `README.md`"
    assert (fourth.what, fourth.how, fourth.todo) == ("Write what each tea needs.", "", "")
    assert "tea/kinds.py` knows teas" in source.parts["Architecture"]
    assert source.parts["Technologies"] == "Python 3.12"
    assert "tea/kinds.py" in source.parts["Architecture"]


def test_superpowers_arrows_are_proved_by_files_and_by_what_is_consumed(tmp_path: Path) -> None:
    assert after(source_of(sample(tmp_path, "superpowers"))) == {
        "Task 1": [], "Task 2": ["Task 1"], "Task 3": ["Task 1"], "Task 4": [],
    }  # fmt: skip


def test_superpowers_steps_of_older_plans_become_boxes(tmp_path: Path) -> None:
    steps = "**Step 1: Do it**\n\ncode\n\n**Step 2: See**\n"
    text = f"### Task 1: A\n\n**Files:** `a.py`, `b.py`\n\n{steps}"

    (one,) = text_source(tmp_path, text).tasks

    assert one.todo == "- [ ] Step 1: Do it\n- [ ] Step 2: See"
    assert "**Step 1: Do it**" in one.how
    assert files(one) == [("a.py", None), ("b.py", None)]


@pytest.mark.parametrize(
    ("script", "commands"),
    (
        ("pytest a\npytest b", ("pytest a", "pytest b")),
        ("# first\n$ make", ("make",)),
        ("a \\\n  b", ()),
        ("cd x\npytest", ()),
        ("cat <<EOF\nx\nEOF", ()),
        ("a\nb\nc\nd", ()),
    ),
)
def test_superpowers_scripts_that_need_more_than_a_line_are_no_gates(
    tmp_path: Path, script: str, commands: tuple[str, ...]
) -> None:
    text = (
        "### Task 1: A\n\n**Files:**\n- Create: `a.py`\n\n- [ ] **Step 1: Run**\n\nRun:\n\n"
        f"```bash\n{script}\n```\n\nExpected: all tests pass\n"
    )
    assert text_source(tmp_path, text).tasks[0].commands == commands


def test_superpowers_renames_delete_and_create(tmp_path: Path) -> None:
    text = (
        "### Task 1: A\n\n**Files:**\n- Rename: `a.py` -> `b.py`\n- Create/Modify: `c.py`\n"
        "- Inspect: `d.py`\n- Modify: the pull request\n\n- [ ] **Step 1: x**\n"
    )
    assert files(text_source(tmp_path, text).tasks[0]) == [
        ("a.py", Change.DELETE), ("b.py", Change.CREATE), ("c.py", None),
    ]  # fmt: skip


def test_superpowers_declared_needs_count_in_any_direction(tmp_path: Path) -> None:
    text = SUPERPOWERS.replace(
        "Write what each tea needs.", "Depends on: Tasks 2 and 3.\n\nUsed later in Task 9."
    ).replace("- [ ] **Step 1: Add white", "It depends on Task 9.\n\n- [ ] **Step 1: Add white")

    source = text_source(tmp_path, text)

    assert after(source)["Task 4"] == ["Task 2", "Task 3"]
    _, notes = ordered(source.tasks, lambda path: (path, False))
    assert notes == ["Task 3 needs Task 9, which is not in the source"]


def test_superpowers_ticked_headings_are_complete(tmp_path: Path) -> None:
    text = "### [x] Task 1: A\n\n**Files:**\n- Create: `a.py`\n\n### Task 2: B \u2705\n\nx\n"
    assert [one.status for one in text_source(tmp_path, text).tasks] == [StageStatus.COMPLETE] * 2


# --- spec-kit ------------------------------------------------------------------------------------


def test_spec_kit_tasks_keep_their_numbers_words_and_files(tmp_path: Path) -> None:
    source = source_of(sample(tmp_path, "spec-kit"))

    assert [one.key for one in source.tasks] == [f"T{n:03}" for n in range(1, 11)]
    third = task(source, "T003")
    assert third.title == "Create base model in src/models/base.py per data-model.md"
    assert files(third) == [("src/models/base.py", None)]  # what it follows is no change
    assert task(source, "T005").title == "Create Tea model in src/models/tea.py"
    assert task(source, "T005").why == (
        "Phase 3: User Story 1 - Buy tea (Priority: P1): Somebody can buy tea"
    )
    assert task(source, "T001").status is StageStatus.COMPLETE
    assert source.parts["Integration Tests"].endswith("Buy one, see it arrive")
    assert source.title == "Tea shop"


def test_spec_kit_phases_marks_words_and_files_make_the_arrows(tmp_path: Path) -> None:
    found = arrows(source_of(sample(tmp_path, "spec-kit")))

    assert {key: sorted(needed) for key, needed in found.items()} == {
        "T001": [],
        "T002": [],
        "T003": ["T001", "T002"],
        "T004": ["T001", "T002"],
        "T005": ["T003", "T004"],
        "T006": ["T003", "T004"],
        "T007": ["T005", "T006"],
        "T008": ["T006"],
        "T009": ["T007"],
        "T010": ["T008", "T009"],
    }
    assert found["T003"]["T001"] == (
        "phase 1 is before phase 2: the source runs one phase after the other"
    )
    assert found["T007"]["T005"] == "the source says so"
    assert found["T008"]["T006"] == "the source's section on dependencies says so"
    assert found["T009"]["T007"] == "modifies src/shop.py, which T007 creates"


def test_spec_kit_tasks_without_a_mark_follow_what_is_above_them(tmp_path: Path) -> None:
    text = "- [ ] T001 [P] a\n- [ ] T002 [P] b\n- [ ] T003 c\n- [ ] T004 [P] d\n- [ ] T005 e\n"
    assert after(text_source(tmp_path, text)) == {
        "T001": [], "T002": [], "T003": ["T001", "T002"], "T004": [], "T005": ["T003", "T004"],
    }  # fmt: skip
    bare = text.replace(" [P]", "")
    assert set(map(tuple, after(text_source(tmp_path, bare)).values())) == {()}


def test_spec_kit_stories_run_side_by_side_unless_one_is_said_to_need_another(
    tmp_path: Path,
) -> None:
    text = SPEC_KIT.replace("depends on nothing else", "depends on User Story 1")
    assert after(text_source(tmp_path, text))["T009"] == ["T007"]
    assert "T007" in after(text_source(tmp_path, text.replace("src/shop.py", "x.py")))["T009"]


@pytest.mark.parametrize(
    ("line", "needed"),
    (
        ("- T001 \u2192 T002 -> T003", {"T002": ["T001"], "T003": ["T002"]}),
        ("- T003 depends on T001, T002", {"T003": ["T001", "T002"]}),
        ("- T003 requires T001", {"T003": ["T001"]}),
        ("- T001 blocks T002-T003", {"T002": ["T001"], "T003": ["T001"]}),
        ("- T001 before T003", {"T003": ["T001"]}),
        ("- T001 and T002 are nice", {}),
    ),
)
def test_spec_kit_sections_on_dependencies_are_read(
    tmp_path: Path, line: str, needed: dict[str, list[str]]
) -> None:
    tasks = "".join(f"- [ ] T00{n} [P] do {n}\n" for n in (1, 2, 3))
    text = f"## Phase 1: All\n\n{tasks}\n## Dependencies\n\n{line}\n"

    found = after(text_source(tmp_path, text))

    assert {key: after for key, after in found.items() if after} == needed


def test_spec_kit_tasks_need_no_phases(tmp_path: Path) -> None:
    source = text_source(tmp_path, "# Tasks: Tea\n\n- [ ] T001 [P] a\n- [ ] T002 [P] b\n")
    assert after(source) == {"T001": [], "T002": []}
    assert len(source.tasks) == 2


def test_spec_kit_tasks_may_be_headings_that_state_what_they_need(tmp_path: Path) -> None:
    text = (
        "# Tasks\n\n## Phase 1: One\n\n### T101 Crear `a.swift`\n\n* **Dependencias**: Ninguna\n"
        "* Create `b.swift`.\n\n### [x] T102 B\n\n* **Dependencies**: T101\n\n"
        "## Phase 2: Two\n\n### T103 C\n\n* **Dependencies**: None\n"
    )

    source = text_source(tmp_path, text)

    assert after(source) == {"T101": [], "T102": ["T101"], "T103": []}
    assert task(source, "T102").status is StageStatus.COMPLETE
    assert {path for path, _ in files(task(source, "T101"))} == {"a.swift", "b.swift"}


def test_spec_kit_phases_give_way_to_what_tasks_declare(tmp_path: Path) -> None:
    text = (
        "## Phase 1: One\n\n- [ ] T001 [P] a (depends on T002)\n\n"
        "## Phase 2: Two\n\n- [ ] T002 [P] b\n"
    )

    source = text_source(tmp_path, text)

    assert after(source) == {"T001": ["T002"], "T002": []}
    _, notes = ordered(source.tasks, lambda path: (path, False))
    assert notes == ["T002 does not wait for T001, which depends on what comes later in the source"]


# --- Task Master ---------------------------------------------------------------------------------


def test_task_master_tasks_become_stages_and_subtasks_what_is_to_do(tmp_path: Path) -> None:
    source = source_of(sample(tmp_path, "task-master"))

    assert [(one.key, one.title, one.status.value) for one in source.tasks] == [
        ("task 1", "Set up", "complete"),
        ("task 2", "Teas", "in-progress"),
        ("task 4", "Clock", "not-started"),
    ]
    first, second, _ = source.tasks
    assert first.what == "A place to work in.\n\nPriority: high"
    assert first.how == "Create `pyproject.toml`.\n\n##### Note\n\nKeep it small."
    assert first.validation == "It installs."
    assert first.todo == "- [x] 1.1 Choose a name"
    assert second.todo == "- [x] 2.1 Green\n\n  120 s\n\n- [ ] 2.2 Black\n  (after 1)"
    assert files(second) == [("tea/kinds.py", None)]  # not what is in the code
    assert source.parts == {"Overview": "Tasks of the tea timer"}
    assert source.notes == (
        'left out: the tag "later"',
        "left out: task 3, which is cancelled",
    )


def test_task_master_arrows_are_its_dependencies(tmp_path: Path) -> None:
    assert after(source_of(sample(tmp_path, "task-master"))) == {
        "task 1": [], "task 2": ["task 1"], "task 4": ["task 2"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "title"),
    (
        ({"tasks": [{"id": 1, "title": "A"}]}, ""),
        ([{"id": 1, "title": "A"}], ""),
        ({"feature": {"tasks": [{"id": 1, "title": "A"}]}}, "feature"),
        ({"tasks": [{"id": 1, "title": "A"}], "meta": {"projectName": "P"}}, "P"),
    ),
)
def test_task_master_tasks_are_found_wherever_they_are(
    tmp_path: Path, value: object, title: str
) -> None:
    source = text_source(tmp_path, json.dumps(value), "tasks.json")
    assert ([one.title for one in source.tasks], source.title) == (["A"], title)


@pytest.mark.parametrize("value", (None, 7, "x", {}, [], [1], {"a": 1}, ["\ud800"]))
def test_task_master_values_of_any_type_are_survived(tmp_path: Path, value: object) -> None:
    names = ("id", "title", "description", "details", "status", "dependencies", "subtasks")
    raw = {
        "tasks": [dict.fromkeys(names, value), {"id": 1, "subtasks": [dict.fromkeys(names, value)]}]
    }
    assert len(text_source(tmp_path, json.dumps(raw), "tasks.json").tasks) == 2


def test_task_master_text_is_json(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"tasks\.json:1:1: has no list"):
        text_source(tmp_path, '{"a": {"tasks": 1}}', "tasks.json")
    assert TASK_MASTER.startswith("{")


# --- OpenSpec ------------------------------------------------------------------------------------


def test_openspec_groups_become_stages_and_its_pages_the_plans_sections(tmp_path: Path) -> None:
    source = source_of(sample(tmp_path, "openspec"))

    assert source.title == "Time the tea"
    assert [(one.key, one.title, one.status.value) for one in source.tasks] == [
        ("group 1", "Kinds of tea", "complete"),
        ("group 2", "Clock", "not-started"),
        ("group 3", "Docs", "not-started"),
    ]
    assert files(source.tasks[1]) == [("tea/kinds.py", Change.MODIFY)]
    assert source.parts["Overview"] == "#### Why\n\nTea gets bitter."
    assert source.parts["Downstream Impact"].endswith("Affected code: `tea/`")
    assert after(source) == {"group 1": [], "group 2": ["group 1"], "group 3": ["group 2"]}


def test_openspec_tasks_are_recognised_without_a_proposal(tmp_path: Path) -> None:
    groups = "## 1. A\n- [ ] 1.1 x\n\n## 2. B\n\nNote.\n\n- [ ] 2.1 y\n\n"
    text = f"# Tasks\n\n{groups}## Later\n\nNothing.\n"

    source = text_source(tmp_path, text, "some-change/tasks.md")

    assert [one.title for one in source.tasks] == ["A", "B"]
    assert source.tasks[1].what == "Note."
    assert source.title == "Some change"
    assert "Nothing." in source.parts["Also in the Source"]


def test_openspec_steps_without_groups_are_one_group(tmp_path: Path) -> None:
    source = text_source(tmp_path, "- [ ] 1.1 x\n- [ ] 1.2 y\n", "a-b/tasks.md")
    assert len(source.tasks) == 1


# --- GSD -----------------------------------------------------------------------------------------


def test_gsd_plans_of_a_phase_become_stages(tmp_path: Path) -> None:
    source = source_of(sample(tmp_path, "gsd"))

    first, second = source.tasks
    assert source.title == "Teas"
    assert (first.key, first.title, first.status.value) == (
        "01-01", "Know every kind of tea", "complete",
    )  # fmt: skip
    assert first.why == "Without kinds there is nothing to time."
    assert [path for path, _ in files(first)] == ["tea/kinds.py", "tea/clock.py"]
    assert [path for path, _ in files(second)] == ["tea/page.py", "docs/teas.md"]
    assert first.commands == ("pytest tests/test_kinds.py",)
    assert "##### Not a heading of the plan" in first.how
    assert arrows(source)["01-02"] == {"01-01": "its depends_on names it"}


def test_gsd_tasks_of_one_plan_become_stages_and_a_checkpoint_parts_them(tmp_path: Path) -> None:
    source = text_source(tmp_path, GSD_FIRST, "01-teas/01-01-PLAN.md")

    assert after(source) == {
        "task 1": [], "checkpoint 2": ["task 1"], "task 3": ["checkpoint 2"],
    }  # fmt: skip
    assert task(source, "task 3").validation == "It ticks\n\nIt rings"
    assert task(source, "checkpoint 2").how == "Read it."
    assert source.slug == "teas-01-01"


def test_gsd_dependencies_outside_the_file_are_noted(tmp_path: Path) -> None:
    text = GSD_FIRST.replace("depends_on: []", "depends_on:\n  - 00-01\n  - '00-02'")

    source = text_source(tmp_path, text, "01-01-PLAN.md")

    assert source.notes == (
        "it depends on plan 00-01, which is not in this file",
        "it depends on plan 00-02, which is not in this file",
    )
    assert source.parts["Upstream Dependencies"] == "- [ ] 00-01\n- [ ] 00-02"


def test_gsd_elements_that_never_close_are_read_to_the_end(tmp_path: Path) -> None:
    text = "<objective>\nX\n</objective>\n<tasks>\n<task type='auto'>\n<name>A</name>\n<action>Do"
    (one,) = text_source(tmp_path, text).tasks
    assert (one.title, one.how) == ("A", "Do")


# --- plain ---------------------------------------------------------------------------------------


def test_plain_steps_have_files_reasons_checks_and_needs(tmp_path: Path) -> None:
    source = source_of(sample(tmp_path, "plain"))

    assert source.title == "Time the tea"
    assert [(one.key, one.title, one.status.value) for one in source.tasks] == [
        ("step 1", "Kinds of tea", "not-started"),
        ("step 2", "A clock \u2705", "complete"),
        ("step 3", "Both together", "not-started"),
    ]
    first, second, third = source.tasks
    assert files(first) == [("tea/kinds.py", None)]
    assert files(second) == [("tea/clock.py", Change.CREATE)]
    assert files(third) == [("tea/kinds.py", Change.MODIFY)]
    assert first.why == "there is nothing to time without them."
    assert first.validation == "run `pytest tests/test_kinds.py`."
    assert second.todo == "- [x] write it"
    assert after(source) == {"step 1": [], "step 2": [], "step 3": ["step 1", "step 2"]}
    assert source.parts["Testing Strategy"].endswith("Drink it.")


@pytest.mark.parametrize(
    ("text", "titles"),
    (
        ("## 1. Overview\n\n## 2. Add a\n\n## 3. Add b\n\n## 4. Testing\n", ["Add a", "Add b"]),
        ("## Implementation\n\n### Parse\n\n### Print\n\n## Risks\n", ["Parse", "Print"]),
        ("## Changes\n\n- **Parse**: it\n- Print it\n", ["Parse", "Print it"]),
        ("- [ ] one\n- [x] two\n\n## Verification\n\n- [ ] look\n", ["one", "two"]),
        ("1. one\n2. two\n", ["one", "two"]),
        ("## [ ] Phase 1: A\n\n## [x] Phase 2: B\n", ["A", "B"]),
        ("## A\n\n### 1. `a.py`\n\n## B\n\n### 1. `b.py`\n### `c.py`\n", ["a.py", "b.py", "c.py"]),
        ("Step 1: A\n-------\n\ntext\n\nStep 2: B\n-------\n", ["A", "B"]),
    ),
)  # fmt: skip
def test_plain_steps_are_found_in_four_ways(tmp_path: Path, text: str, titles: list[str]) -> None:
    source = text_source(tmp_path, text, wanted="plain")
    assert [one.title for one in source.tasks] == titles
    assert len({one.key for one in source.tasks}) == len(titles)


def test_plain_list_items_carry_what_is_below_them(tmp_path: Path) -> None:
    text = "## Steps\n\n1. **Parse** it:\n   - in `a.py`\n\n   ```\n   code\n   ```\n2. Print\n"

    first, _ = text_source(tmp_path, text).tasks

    assert first.what == "**Parse** it:\n- in `a.py`\n\n```\ncode\n```"


def test_plain_files_below_a_label_are_read(tmp_path: Path) -> None:
    text = (
        "## Step 1: A\n\n**Files to modify**:\n\n- `a.py`\n- Create: `b/`\n\ntext\n\n- `c.py`\n\n"
        "**Create**: `d.py`\n\n### Verification\n\nLook.\n\n## Step 2: B\n"
    )

    first, _ = text_source(tmp_path, text).tasks

    assert files(first) == [
        ("a.py", None),
        ("b/", Change.CREATE),
        ("d.py", Change.CREATE),
        ("c.py", None),
    ]
    assert first.validation == "Look."


def test_a_format_says_what_is_broken_with_a_line(tmp_path: Path) -> None:
    error = Unreadable("x", 7)
    assert (str(error), error.line) == ("x", 7)
    with pytest.raises(Refused, match="1:1: "):
        text_source(tmp_path, "nothing here\n")
    assert write(tmp_path, "x/y.md", "z").read_text() == "z"
