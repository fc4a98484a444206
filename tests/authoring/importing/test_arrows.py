"""What comes before what: no circle, nothing in parallel that shares a file, a reason for each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.authoring.importing.arrows import Ordered, ordered
from plan_worktree.authoring.importing.source import FileUse, Need, Task, Unreadable
from plan_worktree.plan.parts.verbs import Change

A, B, C = "a.py", "b.py", "src/"


def tasks(*lists: list[tuple[str, Change | None]], **needs: list[str]) -> list[Task]:
    return [
        Task(
            key=f"t{at}",
            id=f"t{at}",
            title="x",
            line=at + 1,
            files=tuple(FileUse(path, change) for path, change in files),
            needs=tuple(Need(key, "said") for key in needs.get(f"t{at}", [])),
        )
        for at, files in enumerate(lists)
    ]


def sort(found: list[Task]) -> list[Ordered]:
    return ordered(found, lambda path: (path, path == "there.py"))[0]


def after(found: list[Task]) -> list[dict[int, str]]:
    return [dict(one.after) for one in sort(found)]


def test_a_task_comes_after_the_one_that_creates_what_it_modifies() -> None:
    found = after(tasks([(A, Change.CREATE)], [(B, None)], [(A, Change.MODIFY)]))
    assert found == [{}, {}, {0: "modifies a.py, which t0 creates"}]


@pytest.mark.parametrize(
    "text", ("Run `./tests/x.sh`.", "```sh\nbash ./tests/x.sh:3\n```", "It is in Tests/X.sh.")
)
def test_a_task_comes_after_the_one_that_creates_what_its_text_names(text: str) -> None:
    first, second = tasks([("tests/x.sh", Change.CREATE)], [(B, None)])

    (reason,) = after([first, replace(second, todo=text)])[1].values()

    assert reason in (
        "its text names tests/x.sh, which t0 creates",
        "its text names Tests/X.sh, which t0 creates",
    )


@pytest.mark.parametrize(
    "text", ("See https://x.org/tests/x.sh", "tests/x.sh.bak", "other/tests/x.sh", "x.sh")
)
def test_another_path_that_looks_alike_makes_no_arrow(text: str) -> None:
    first, second = tasks([("tests/x.sh", Change.CREATE)], [(B, None)])

    assert after([first, replace(second, todo=text)])[1] == {}


def test_what_a_text_names_of_changed_files_counts_only_for_a_task_that_changes_none() -> None:
    first, second, third = tasks([(A, Change.MODIFY)], [(B, None)], [])

    found = after([first, replace(second, how="a.py"), replace(third, how="a.py")])

    assert found == [{}, {}, {0: "its text names a.py, which t0 modifies"}]


def test_files_prove_more_than_what_a_text_names() -> None:
    first, second = tasks([(A, Change.CREATE), ("c.py", Change.CREATE)], [(A, Change.MODIFY)])

    found = after([first, replace(second, how="see c.py")])

    assert found[1] == {0: "modifies a.py, which t0 creates"}


def test_tasks_on_one_file_keep_their_order_and_the_first_maker_is_named() -> None:
    found = after(tasks([(A, Change.CREATE)], [(A, None)], [(A, Change.DELETE)]))
    assert found[1] == {0: "modifies a.py, which t0 creates"}
    assert found[2] == {
        1: "deletes a.py, which t1 modifies before it in the source (t0 creates it)"
    }


def test_a_folder_meets_what_is_in_it() -> None:
    found = after(
        tasks(
            [("src/a.py", None)], [("src/b.py", None)], [(C, Change.DELETE)], [("src/c.py", None)]
        )
    )
    assert [list(one) for one in found] == [[], [], [0, 1], [2]]
    assert found[2][0] == "deletes src/, and t0 before it in the source creates src/a.py"


def test_a_pattern_meets_what_is_in_its_folder() -> None:
    found = after(tasks([("src/*.py", Change.MODIFY)], [("src/x.py", None)], [("other.py", None)]))
    assert [list(one) for one in found] == [[], [0], []]


def test_paths_meet_also_where_only_case_differs() -> None:
    assert [list(one) for one in after(tasks([("A.py", None)], [("a.py", None)]))] == [[], [0]]


def test_a_change_that_is_not_said_depends_on_whether_the_file_is_there() -> None:
    found = sort(tasks([("there.py", None), (A, None)], [(A, None), (A, None)]))
    assert [use.change for use in found[0].task.files] == [Change.MODIFY, Change.CREATE]
    assert [use.change for use in found[1].task.files] == [Change.MODIFY]


def test_what_is_declared_turns_the_order_of_files_round() -> None:
    found = after(tasks([(A, Change.MODIFY)], [(A, Change.CREATE)], t0=["t1"]))
    assert found == [{1: "said"}, {}]


def test_arrows_that_follow_from_others_are_left_out_but_for_declared_ones() -> None:
    found = after(
        tasks([(A, None)], [(A, None), (B, None)], [(A, None), (B, None)], t2=["t0", "T1", "t2"])
    )
    assert found[2] == {0: "said", 1: "said"}


def test_several_files_make_one_arrow() -> None:
    found = after(tasks([(A, None), (B, None)], [(A, None), (B, None)]))
    assert found[1] == {0: "modifies a.py, which t0 creates, and 1 more"}


def test_a_circle_is_refused_at_its_first_task() -> None:
    with pytest.raises(Unreadable, match="t1 -> t2 -> t1: take one") as refused:
        sort(tasks([], [], [], t1=["t2"], t2=["t1"]))
    assert refused.value.line == 2


def test_a_long_circle_is_cut() -> None:
    many: list[list[tuple[str, Change | None]]] = [[] for _ in range(40)]
    with pytest.raises(Unreadable, match="t11 -> …: take one"):
        sort(tasks(*many, **{f"t{n}": [f"t{(n + 1) % 40}"] for n in range(40)}))


PATHS = st.sampled_from(["a.py", "A.py", "src/a.py", "src/", "src/x/", "src/x/b.py", "*.py", "./"])
CHANGES = st.sampled_from([None, *Change])
FILES = st.lists(st.lists(st.tuples(PATHS, CHANGES), max_size=3), max_size=8)


@given(FILES, st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 7), max_size=2)))
def test_no_two_tasks_that_share_a_path_can_run_together(
    lists: list[list[tuple[str, Change | None]]], needs: dict[int, list[int]]
) -> None:
    found = tasks(*lists, **{f"t{at}": [f"t{n}" for n in to if n < at] for at, to in needs.items()})
    result = sort(found)

    before: list[set[int]] = []
    for one in result:  # nothing declared goes backwards: the source's order is one that fits
        assert all(needed < len(before) for needed in one.after)
        assert all(one.after.values())
        before.append({n for needed in one.after for n in (needed, *before[needed])})
    for at, one in enumerate(result):
        for other in range(at):
            shared = {u.path.casefold() for u in one.task.files} & {
                u.path.casefold() for u in result[other].task.files
            }
            assert not shared or other in before[at]
