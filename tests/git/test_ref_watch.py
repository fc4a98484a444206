"""Directories tell that refs may have changed: whatever git does to a ref is noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plan_worktree.git.ref_watch import Watch, ref_places
from tests.support import Repo

FOLDERS = ("refs/heads", "refs/plan-worktree/p")


def watch(repo: Repo) -> Watch:
    return Watch(ref_places(repo.path / ".git", *FOLDERS))


@pytest.mark.parametrize("name", ("refs/heads/new", "refs/heads/a/b/c", "refs/plan-worktree/p/x/y"))
def test_a_ref_that_is_made_moved_packed_or_deleted_is_noticed(repo: Repo, name: str) -> None:
    first, second = repo.head(), repo.commit("second")
    watched = watch(repo)

    for words in (
        ("update-ref", name, first),
        ("update-ref", name, second, first),
        ("pack-refs", "--all"),
        ("update-ref", name, first, second),
        ("update-ref", "-d", name, first),
    ):
        assert not watched.has_changed(), words
        repo.git(*words)
        assert watched.has_changed(), words
    assert not watched.has_changed()


def test_what_others_do_elsewhere_is_not_noticed(repo: Repo) -> None:
    watched = watch(repo)

    repo.git("update-ref", "refs/plan-worktree/other/claim/x", "HEAD")
    repo.git("tag", "v1")
    repo.write("file", "content")
    repo.git("add", "file")

    assert not watched.has_changed()


def test_folders_that_vanish_and_come_back_are_noticed(repo: Repo) -> None:
    repo.git("update-ref", "refs/plan-worktree/p/claim/x", "HEAD")
    watched = watch(repo)
    folder = repo.path / ".git/refs/plan-worktree"

    shutil.rmtree(folder)
    assert watched.has_changed()
    assert not watched.has_changed()
    repo.git("update-ref", "refs/plan-worktree/p/claim/x", "HEAD")
    assert watched.has_changed()


def test_a_file_is_watched_when_it_is_replaced_written_and_deleted(tmp_path: Path) -> None:
    plan = tmp_path / "plan.md"
    watched = Watch([plan])
    plan.write_text("one")
    assert watched.has_changed()
    plan.write_text("two, longer")
    assert watched.has_changed()
    (tmp_path / "draft").write_text("two, longer")
    (tmp_path / "draft").replace(plan)
    assert watched.has_changed()
    plan.unlink()
    assert watched.has_changed()
    assert not watched.has_changed()


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "refs").mkdir()
    (tmp_path / "refs/round").symlink_to(tmp_path)

    assert not Watch([tmp_path / "refs"]).has_changed()
