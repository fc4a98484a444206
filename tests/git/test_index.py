"""The verbs on a worktree's index and on a draft of it, held against git itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.git import index as gitindex
from plan_worktree.git.index import IndexEntry
from tests.support import Repo


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return tmp_path / "draft of the index"


def commit(repo: Repo, **files: str) -> str:
    for path, text in files.items():
        repo.write(path, text)
    return repo.commit()


def blob(repo: Repo, text: str) -> str:
    path = repo.path.parent / "a text"
    path.write_text(text, encoding="utf-8")
    return repo.git("hash-object", "-w", str(path))


def test_entries_have_mode_object_path_and_flags(repo: Repo) -> None:
    commit(repo, **{"plain": "a\n", "two\nlines": "b\n", "[a]*": "c\n"})
    gitindex.assume_unchanged(repo.path, ["two\nlines"])
    gitindex.skip_worktree(repo.path, ["two\nlines", "[a]*"])

    found = {entry.path: entry for entry in gitindex.entries(repo.path)}

    assert found["plain"] == IndexEntry("100644", blob(repo, "a\n"), "plain")
    flags = {path: (entry.is_assumed, entry.is_skipped) for path, entry in found.items()}
    assert flags["two\nlines"] == (True, True)
    assert flags["[a]*"] == (False, True)


def test_a_draft_of_the_index_is_filled_and_the_real_index_stays(repo: Repo, draft: Path) -> None:
    first = commit(repo, file="one\n")
    commit(repo, file="two\n", other="there\n")
    before = gitindex.entries(repo.path)

    gitindex.read_tree(repo.path, first, draft)
    gitindex.refresh(repo.path, draft)

    assert gitindex.diff_files(repo.path, draft) == ["file"]
    assert gitindex.untracked_files(repo.path, draft) == ["other"]
    assert gitindex.write_tree(repo.path, draft) == repo.git("rev-parse", f"{first}^{{tree}}")
    assert gitindex.entries(repo.path) == before
    assert gitindex.diff_files(repo.path) == []


def test_files_are_written_as_the_draft_has_them(repo: Repo, draft: Path) -> None:
    first = commit(repo, file="one\n", gone="there\n")
    commit(repo, file="two\n")
    (repo.path / "gone").unlink()
    gitindex.read_tree(repo.path, first, draft)

    gitindex.check_out_missing(repo.path, draft)

    assert (repo.path / "gone").read_text() == "there\n"
    assert (repo.path / "file").read_text() == "two\n"

    gitindex.check_out_paths(repo.path, ["file"], draft)

    assert (repo.path / "file").read_text() == "one\n"


def test_all_files_are_added_to_a_draft_and_ignored_ones_only_when_asked(
    repo: Repo, draft: Path
) -> None:
    commit(repo, **{".gitignore": "*.log\n"})
    (repo.path / "new").write_text("new\n")
    (repo.path / "a.log").write_text("log\n")

    gitindex.add_all(repo.path, draft)
    assert gitindex.untracked_files(repo.path, draft) == ["a.log"]

    gitindex.add_all(repo.path, draft, ignored=True)
    assert gitindex.untracked_files(repo.path, draft) == []
    assert gitindex.untracked_files(repo.path) == ["a.log", "new"]


def test_a_conflict_that_is_put_into_the_index_is_one_for_git(repo: Repo) -> None:
    commit(repo, **{"file ä": "base\n"})
    ids = [blob(repo, text) for text in ("base\n", "ours\n", "theirs\n")]
    sides = [IndexEntry("100644", one, "file ä", stage) for stage, one in enumerate(ids, 1)]

    gitindex.unmerge(repo.path, sides)

    assert [entry for entry in gitindex.entries(repo.path) if entry.path == "file ä"] == sides
    assert repo.git("diff", "--name-only", "--diff-filter=U", "-z") == "file ä\0"


def test_paths_are_reset_and_the_others_stay_staged(repo: Repo) -> None:
    first = commit(repo, **{"[a]": "one\n", "a": "one\n"})
    (repo.path / "[a]").write_text("two\n")
    (repo.path / "a").write_text("two\n")
    repo.git("add", "--all")

    gitindex.reset_paths(repo.path, first, ["[a]"])

    assert repo.git("diff", "--cached", "--name-only") == "a"
    assert (repo.path / "[a]").read_text() == "two\n"
