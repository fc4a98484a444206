"""What a stage may change: what it lists, and what deletions need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.parts.filelist import FileEntry
from plan_worktree.plan.parts.paths import normalised
from plan_worktree.plan.parts.verbs import Change
from plan_worktree.stages.scope import undeclared


def entry(change: Change, written: str) -> FileEntry:
    path, leaves = normalised(written)
    return FileEntry(change, path, 0, 0, leaves, written)


@pytest.mark.parametrize(
    ("written", "path", "allowed"),
    (
        ("src/a.py", "src/a.py", True),
        ("./src/a.py", "src/a.py", True),
        ("src/a.py", "src/a.pyc", False),
        ("src/", "src/deep/er/a.py", True),
        ("src", "src/a.py", True),
        ("src/", "srcs/a.py", False),
        ("src/**", "src/deep/a.py", True),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/*.py", "src/deep/er/a.py", True),
        ("packages/*/src/", "packages/x/src/deep/a.py", True),
        ("**", "anything/at/all", True),
        (".", "anything", True),
        ("../a.py", "a.py", False),
        ("größe 大.txt", "größe 大.txt", True),
    ),
)
@pytest.mark.parametrize("change", Change)
def test_an_entry_allows_what_it_names_and_deletions_only_when_it_says_so(
    written: str, path: str, allowed: bool, change: Change
) -> None:
    entries = [entry(change, written)]
    if not any(not one.leaves for one in entries):
        entries.append(entry(Change.MODIFY, "other.txt"))

    for letter in "AMT":
        assert (undeclared({path: letter}, entries).changed == ()) == allowed
    assert (undeclared({path: "D"}, entries).deleted == ()) == (allowed and change is Change.DELETE)


def test_a_stage_that_lists_nothing_may_change_all_and_delete_nothing() -> None:
    found = undeclared({"a": "A", "b": "M", "c": "D"}, [])

    assert (found.changed, found.deleted, found.paths) == ((), ("c",), ("c",))


NAMES = st.sampled_from(("a", "b", "src/a", "src/b", "src/c/a", "x.py"))


@given(
    st.dictionaries(NAMES, st.sampled_from("AMTD")),
    st.lists(st.builds(entry, st.sampled_from(Change), NAMES)),
)
def test_exact_names_are_compared_exactly(
    changes: dict[str, str], entries: list[FileEntry]
) -> None:
    found = undeclared(changes, entries)

    def named(path: str, *kinds: Change) -> bool:
        return any(
            (path == e.path or path.startswith(f"{e.path}/")) and e.change in kinds for e in entries
        )

    changed = [p for p, letter in changes.items() if letter != "D"]
    assert list(found.changed) == [p for p in changed if entries and not named(p, *Change)]
    assert list(found.deleted) == [
        p for p, letter in changes.items() if letter == "D" and not named(p, Change.DELETE)
    ]
