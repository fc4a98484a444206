"""The one reader of what ``git status`` prints, and what it makes of real worktrees."""

from __future__ import annotations

from plan_worktree.git.status import Change, Status, full_status, parse_status
from tests.support import Repo

A, B, C = "a" * 40, "b" * 40, "c" * 40


def test_every_kind_of_line_becomes_a_typed_entry() -> None:
    said = (
        f"# branch.oid {A}",
        "# branch.head main",
        "# branch.ab +1 -2",
        f"1 M. N... 100644 100644 100644 {A} {B} two words",
        f"1 .A N... 000000 000000 100644 {A} {A} intended",
        f"1 .M S.M. 160000 160000 160000 {A} {A} module",
        f"u UD N... 100644 100644 000000 100644 {A} {B} {C} line\nfeed",
        "? folder/",
        "! an ignored one",
    )

    found = parse_status("".join(f"{line}\0" for line in said))

    assert found.head == A
    assert found.changes[0] == Change("two words", "M", ".", "N...", "100644", B)
    assert [one.path for one in found.changes if one.is_intended] == ["intended"]
    assert [one.path for one in found.changes if one.is_changed_module] == ["module"]
    (conflict,) = found.unmerged
    assert conflict.path == "line\nfeed"
    assert [(side.stage, side.object_id) for side in conflict.sides] == [(1, A), (2, B)]
    assert found.untracked == ("folder/",)
    assert found.ignored == ("an ignored one",)
    assert found.tracked == ("two words", "intended", "module", "line\nfeed")


def test_nothing_is_an_empty_status() -> None:
    assert parse_status("") == Status(None, (), (), (), ())


def test_a_branch_without_a_commit_has_no_head() -> None:
    assert parse_status("# branch.oid (initial)\0").head is None


def test_a_full_status_names_each_untracked_file(repo: Repo) -> None:
    for name in ("folder/one", "folder/two"):
        repo.write(name, "new\n")

    found = full_status(repo.path, repo.path / ".git")

    assert found.head == repo.head()
    assert found.untracked == ("folder/one", "folder/two")
