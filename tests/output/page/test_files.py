"""Who changes which file, and which stages conflict over it."""

from __future__ import annotations

import time

import pytest

from plan_worktree.lint.subject import Subject
from plan_worktree.output.page import ownership as limits
from plan_worktree.output.page.files import file_tables
from plan_worktree.output.page.ownership import Ownership, Pair, ownership
from plan_worktree.plan.parts.verbs import Change
from plan_worktree.plan.planfile import loads
from tests.support import Stage, plan_text

NAME = "2026-01-02-shop"


def subject(*stages: Stage) -> Subject:
    file = loads(plan_text(NAME, *stages).encode(), "plan.md")
    assert file.metadata is not None
    assert file.plan is not None
    assert file.graph is not None
    return Subject(file.metadata, file.plan, file.graph, None)


def owned(*stages: Stage) -> Ownership:
    return ownership(subject(*stages))


def tables(*stages: Stage) -> str:
    return file_tables(owned(*stages), {stage.id: n for n, stage in enumerate(stages)})


def test_stages_that_can_run_together_and_change_a_file_conflict() -> None:
    found = owned(
        Stage("a", create=("x.py", "y.py")),
        Stage("b", modify=("x.py",)),
        Stage("c", ("a",), modify=("y.py",)),
    )

    assert found.pairs == {
        ("a", "b"): Pair(1, together=True),
        ("b", "a"): Pair(1, together=True),
        ("a", "c"): Pair(1, together=False),
        ("c", "a"): Pair(1, together=False),
    }
    assert found.stages == ["a", "b", "c"]
    assert [(row.path, row.changes, row.together) for row in found.rows] == [
        ("x.py", {"a": [Change.CREATE], "b": [Change.MODIFY]}, ["a", "b"]),
        ("y.py", {"a": [Change.CREATE], "c": [Change.MODIFY]}, []),
    ]


def test_a_folder_and_a_pattern_meet_what_lies_in_them() -> None:
    found = owned(
        Stage("a", create=("src/",)),
        Stage("b", modify=("src/x.py",)),
        Stage("c", modify=("src/*.py",)),
    )

    assert {pair for pair, held in found.pairs.items() if held.together} == {
        ("a", "b"),
        ("b", "a"),
        ("b", "c"),
        ("c", "b"),
        ("a", "c"),
        ("c", "a"),
    }
    assert {row.path: row.together for row in found.rows} == {
        "src/": ["a", "b", "c"],
        "src/x.py": ["a", "b", "c"],
        "src/*.py": ["a", "b", "c"],
    }


def test_the_tables_say_it_by_sign_and_word() -> None:
    shown = tables(
        Stage("a", create=("x.py",)),
        Stage("b", delete=("x.py",)),
        Stage("c", ("a", "b"), modify=("x.py",)),
    )

    assert "\u2715 1 pair of stages can run together and change the same file." in shown
    assert '<td class="unsafe">\u2715 1</td>' in shown
    assert "<td>\u2192 1</td>" in shown
    assert '<a href="#stage-2">b</a>' in shown
    assert "</span> delete" in shown
    assert "<td>\u2715 a, b</td>" in shown


@pytest.mark.parametrize(
    ("stages", "said"),
    (
        ((Stage("a"), Stage("b")), "\u2713 No file is changed by two stages."),
        (
            (Stage("a", create=("x",)), Stage("b", ("a",), modify=("x",))),
            "\u2713 Where stages change the same file, one waits for the other.",
        ),
    ),
)
def test_a_plan_without_conflict_says_so(stages: tuple[Stage, ...], said: str) -> None:
    shown = tables(*stages)

    assert said in shown
    assert "Conflict</th>" not in shown
    assert "unsafe" not in shown


def test_a_plan_that_lists_no_file_says_so() -> None:
    assert file_tables(Ownership([], [], {}, 0, more_meetings=False), {}) == (
        "<p>No stage lists a file.</p>"
    )


def test_two_conflicts_are_pairs() -> None:
    shown = tables(Stage("a", create=("x",)), Stage("b", modify=("x",)), Stage("c", modify=("x",)))

    assert "3 pairs of stages can run" in shown


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 1)
    monkeypatch.setattr(limits, "MOST_MEETINGS", 1)
    stages = (Stage("a", create=("x", "y")), Stage("b", modify=("x", "y")))

    shown = tables(*stages)

    assert "<p>1 more files are not shown.</p>" in shown
    assert "places where stages meet were looked at" in shown


@pytest.mark.second
@pytest.mark.parametrize(("number", "files"), ((300, 20), (300, 1)))
def test_stages_that_all_change_all_files_take_no_time_to_speak_of(number: int, files: int) -> None:
    paths = tuple(f"{n}.py" for n in range(files))
    made = subject(*(Stage(f"s{n}", modify=paths) for n in range(number)))
    began = time.process_time()

    shown = file_tables(ownership(made), {f"s{n}": n for n in range(number)})

    assert time.process_time() - began < 10
    assert ("too many for a table of them" in shown) is (files == 1)
    assert "at least" in shown
    assert len(shown) < 2_000_000


def test_each_change_that_a_plan_can_declare_has_a_sign_of_its_own() -> None:
    text = plan_text(NAME, Stage("a", create=("new.py",), modify=("old.py",), delete=("gone.py",)))
    text = text.replace("- Create: `new.py`", "- Create: `new.py`\n- Test: `test_a.py`")
    file = loads(text.encode(), "plan.md")
    assert file.metadata is not None
    assert file.plan is not None
    assert file.graph is not None

    page = file_tables(ownership(Subject(file.metadata, file.plan, file.graph, None)), {"a": 0})

    for sign, change in zip("+~\u2212±", Change, strict=True):
        assert f'<span aria-hidden="true">{sign}</span> {change}<' in page
