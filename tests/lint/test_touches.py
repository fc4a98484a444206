"""What is compared of the files that stages list, and how much of it at most."""

from __future__ import annotations

import tracemalloc

import pytest

from plan_worktree.lint.touches import Touch, Touches
from plan_worktree.plan.parts.filelist import FileEntry
from plan_worktree.plan.parts.verbs import Change


def touch(path: str) -> Touch:
    return Touch("core", FileEntry(Change.MODIFY, path, 0, 0, leaves=False, written=path), path)


@pytest.mark.second
@pytest.mark.parametrize("path", ("d/x", "d/", "d/*"))
def test_after_millions_of_comparisons_nothing_is_found_to_meet(path: str) -> None:
    entries = Touches([touch("d/x"), touch("d/")] * 2_000)
    asked, found = touch(path), 0

    for _ in range(2_000):
        found += sum(1 for _ in (*entries.same(asked), *entries.alike(asked)))

    assert entries.gave_up
    assert 2_000 <= found <= 2_000_000
    assert not [*entries.same(asked), *entries.alike(asked)]


@pytest.mark.second
def test_paths_of_many_folders_do_not_fill_the_memory() -> None:
    tracemalloc.start()
    try:
        Touches(touch(f"{number}/{'d/' * 500}x") for number in range(500))
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
