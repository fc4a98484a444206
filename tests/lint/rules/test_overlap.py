"""PW501 against a judge that compares every two entries, and what its findings say."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.check import check
from plan_worktree.lint.subject import Repository
from plan_worktree.lint.suppress import Selection
from plan_worktree.plan.parts.globs import matches
from plan_worktree.plan.planfile import loads
from tests.lint.plans import FakeRepository
from tests.support import Stage, plan_text

PLAN_ID = "2026-01-02-shop"
ONLY = Selection(("PW501",))


def overlaps(*stages: str | Stage, repository: Repository | None = None) -> list[Diagnostic]:
    text = plan_text(PLAN_ID, *stages)
    return list(check(loads(text.encode(), "plan.md"), repository, selection=ONLY))


class Entry(NamedTuple):
    """An entry of the judge's plan."""

    stage: int
    change: str
    path: str
    line: int


PATHS = ("a", "b", "d/", "d/a", "d/e/", "d/e/a", "*", "d/*", "d/**/a", "?", "d/e/?", ".", "d/../a")


@st.composite
def plans(draw: st.DrawFn) -> list[Stage]:
    """Draw a few stages with dependencies among the earlier ones, and a few entries each."""
    stages = []
    for number in range(draw(st.integers(1, 5))):
        needs = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
        create, modify, delete = (
            tuple(draw(st.lists(st.sampled_from(PATHS), max_size=2))) for _ in range(3)
        )
        ids = tuple(f"s{need}" for need in sorted(needs))
        stages.append(Stage(f"s{number}", ids, create=create, modify=modify, delete=delete))
    return draw(st.permutations(stages))


def same_file(one: str, other: str) -> bool:
    """Tell whether two paths are the same or one is a folder around the other."""
    return one == other or any(
        outer.endswith("/") and (outer == "./" or inner.startswith(outer))
        for outer, inner in ((one, other), (other, one))
    )


def same_by_pattern(one: str, other: str) -> bool:
    return any(
        any(char in pattern for char in "*?[") and matches(pattern, path)
        for pattern, path in ((one, other), (other, one))
    )


def entries_of(text: str, stages: list[Stage]) -> list[Entry]:
    """Find the entries in the lines of a plan, as a person would."""
    ids = [stage.id for stage in stages]
    found, current = [], -1
    for line, written in enumerate(text.splitlines(), start=1):
        if opened := re.match(r"\*\*Stage ID\*\*: `(\w+)`", written):
            current = ids.index(opened[1])
        if listed := re.match(r"- (Create|Modify|Delete): `(.+)`", written):
            path = {".": "./", "d/../a": "a"}.get(listed[2], listed[2])
            found.append(Entry(current, listed[1].lower(), path, line))
    return found


def ordered(stages: list[Stage]) -> set[frozenset[int]]:
    """Return the pairs of stages of which one needs the other."""
    index = {stage.id: number for number, stage in enumerate(stages)}
    needs = {number: {index[need] for need in s.depends_on} for number, s in enumerate(stages)}
    for _ in stages:
        needs = {
            n: direct | {far for d in direct for far in needs[d]} for n, direct in needs.items()
        }
    return {frozenset((number, need)) for number, all_ in needs.items() for need in all_}


def judge(text: str, stages: list[Stage]) -> dict[int, tuple[set[int], bool | None]]:
    """For each line with a conflict: the lines it conflicts with, and whether it is grave.

    None where only a pattern says that the two meet, and the weight is open.
    """
    related = ordered(stages)
    found: dict[int, tuple[set[int], bool | None]] = {}
    for early, late in combinations(entries_of(text, stages), 2):
        pair = frozenset((early.stage, late.stage))
        if len(pair) == 1 or pair in related:
            continue
        exact = same_file(early.path, late.path)
        if exact or same_by_pattern(early.path, late.path):
            changes = {early.change, late.change}
            grave = (changes == {"create"} or "delete" in changes) if exact else None
            lines, weight = found.get(late.line, (set(), None))
            weight = weight or grave if grave is not None else weight
            found[late.line] = (lines | {early.line}, weight)
    return found


@given(plans())
def test_the_findings_are_those_of_comparing_every_two_entries(stages: list[Stage]) -> None:
    text = plan_text(PLAN_ID, *stages)
    expected = judge(text, stages)

    found = check(loads(text.encode(), "plan.md"), None, selection=ONLY)

    assert [one.line for one in found] == sorted(expected)
    for one in found:
        lines, grave = expected[one.line]
        pointed = re.search(r"in line (\d+)", one.message)
        assert pointed
        assert int(pointed[1]) in lines
        if grave is not None:
            assert one.severity is (Severity.ERROR if grave else Severity.WARNING)


def test_the_finding_names_both_stages_the_file_and_both_lines() -> None:
    (found,) = overlaps(Stage("api", modify=("src/a.py",)), Stage("ui", create=("src/a.py",)))

    for part in ('"api"', '"ui"', "src/a.py", "modifies", "creates", "depend"):
        assert part in found.message
    assert found.severity is Severity.WARNING


def test_a_stage_may_name_a_file_twice() -> None:
    assert overlaps(Stage("api", create=("src/a.py",), modify=("src/a.py", "src/"))) == []


def test_stages_on_a_cycle_are_left_to_the_finding_about_the_cycle() -> None:
    assert overlaps(Stage("a", ("b",), modify=("x",)), Stage("b", ("a",), modify=("x",))) == []


def test_paths_outside_the_repository_are_left_to_the_finding_about_them() -> None:
    assert overlaps(Stage("a", modify=("../x",)), Stage("b", modify=("../x",))) == []


def test_case_counts_only_where_the_file_system_keeps_it_apart(tmp_path: Path) -> None:
    stages = (Stage("a", modify=("src/A.py",)), Stage("b", modify=("src/a.py",)))

    assert overlaps(*stages) == []
    assert len(overlaps(*stages, repository=FakeRepository(tmp_path, folds_case=True))) == 1


def test_the_order_of_the_sections_does_not_matter_only_that_of_the_graph() -> None:
    assert overlaps(Stage("late", ("early",), modify=("x",)), Stage("early", modify=("x",))) == []


def test_deleting_by_a_pattern_is_as_grave_as_deleting_by_name() -> None:
    (found,) = overlaps(Stage("a", delete=("src/*.py",)), Stage("b", modify=("src/a.py",)))

    assert found.severity is Severity.ERROR


def test_an_error_names_the_entry_that_makes_it_one() -> None:
    stages = (Stage("a", modify=("x",), delete=("x",)), Stage("b", modify=("x",)))

    (found,) = overlaps(*stages)

    assert found.severity is Severity.ERROR
    assert "deletes x in line" in found.message


@pytest.mark.thorough
@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    ("path", "findings"),
    (
        (lambda _: "same.py", 999),
        pytest.param(lambda _: "same/", 999, marks=pytest.mark.soak),
        (lambda _: "same/*.py", 999),
        pytest.param(lambda number: f"same/{number}.py", 0, marks=pytest.mark.soak),
        pytest.param(lambda number: f"same/{number}/", 0, marks=pytest.mark.soak),
        (lambda number: f"same/{number}-*.py", 0),
        (lambda number: "d/" * 40 + f"{number}", 0),
    ),
    ids=("file", "directory", "pattern", "files", "directories", "patterns", "deep"),
)
def test_a_thousand_stages_do_not_hang_it(path: Callable[[int], str], findings: int) -> None:
    found = overlaps(*(Stage(f"s{number}", modify=(path(number),)) for number in range(1000)))

    assert len(found) == findings


@pytest.mark.timeout(100)
def test_a_path_of_many_folders_does_not_fill_the_memory() -> None:
    assert overlaps(Stage("a", modify=("d/" * 5_000 + "x",)), Stage("b")) == []


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    (
        ("Test", "Test", Severity.WARNING),
        ("Test", "Create", Severity.WARNING),
        ("Test", "Modify", Severity.WARNING),
        ("Test", "Delete", Severity.ERROR),
        ("Docs", "Test", Severity.WARNING),
    ),
)
@pytest.mark.parametrize("turned", (False, True))
def test_a_file_that_may_be_there_or_not_conflicts_with_every_change_of_it(
    one: str, other: str, severity: Severity, turned: bool
) -> None:
    words = (other, one) if turned else (one, other)
    text = plan_text(PLAN_ID, Stage("api", create=("ONE",)), Stage("ui", create=("OTHER",)))
    for place, word in zip(("ONE", "OTHER"), words, strict=True):
        text = text.replace(f"- Create: `{place}`", f"- {word}: `tests/a.py`")

    (found,) = check(loads(text.encode(), "plan.md"), None, selection=ONLY)

    assert found.severity is severity
    if one == other:
        assert "creates or modifies" in found.message


@pytest.mark.parametrize(
    "line",
    (
        "- Move: `src/x.py` to `src/a.py`",
        "- Create: `src/{a,b}.py`",
        "| File | Change |\n|---|---|\n| `src/a.py` | Create |",
        "- [`src/a.py`](../../src/a.py#L10)",
        "- `src/`\n  - `a.py` (new)",
        "- Modify: `src\\a.py`",
    ),
)
def test_files_meet_however_they_are_written(line: str) -> None:
    text = plan_text(PLAN_ID, Stage("api", create=("ONE",)), Stage("ui", create=("src/a.py",)))
    text = text.replace("- Create: `ONE`", line)

    assert len(check(loads(text.encode(), "plan.md"), None, selection=ONLY)) == 1
