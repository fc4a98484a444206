"""Which git directory a worktree has is proved both ways, however the paths are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.git.files import worktree_git_directory
from tests.support import Repo


@pytest.fixture
def worktree(repo: Repo) -> Path:
    repo.git("worktree", "add", "--quiet", "../there")
    return repo.path.parent / "there"


def entry(repo: Repo) -> Path:
    return repo.path / ".git/worktrees/there"


def test_a_worktree_and_its_entry_name_each_other(repo: Repo, worktree: Path) -> None:
    assert worktree_git_directory(worktree, repo.path / ".git") == entry(repo)


def test_paths_may_be_relative(repo: Repo, worktree: Path) -> None:
    (worktree / ".git").write_text("gitdir: ../project/.git/worktrees/there\n")
    (entry(repo) / "gitdir").write_text("../../../../there/.git\n")

    assert worktree_git_directory(worktree, repo.path / ".git") == entry(repo)


def test_a_worktree_is_known_through_a_link(repo: Repo, worktree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(worktree.parent, target_is_directory=True)

    found = worktree_git_directory(tmp_path / "link/there", repo.path / ".git")

    assert found == entry(repo)


def test_an_entry_that_names_another_worktree_is_none(repo: Repo, worktree: Path) -> None:
    (entry(repo) / "gitdir").write_text(f"{worktree.parent}/elsewhere/.git\n")

    assert worktree_git_directory(worktree, repo.path / ".git") is None


def test_a_name_that_climbs_is_no_entry(repo: Repo, worktree: Path) -> None:
    common = repo.path / ".git"
    (common / "gitdir").write_text(f"{worktree}/.git\n")
    for name in ("..", "there/../..", "."):
        (worktree / ".git").write_text(f"gitdir: {common}/worktrees/{name}\n")

        assert worktree_git_directory(worktree, common) is None, name


def test_an_entry_that_is_a_link_to_elsewhere_is_none(
    repo: Repo, worktree: Path, tmp_path: Path
) -> None:
    entry(repo).rename(tmp_path / "moved")
    entry(repo).symlink_to(tmp_path / "moved", target_is_directory=True)

    assert worktree_git_directory(worktree, repo.path / ".git") is None


def test_a_worktree_of_another_repository_is_none(repo: Repo, worktree: Path) -> None:
    assert worktree_git_directory(worktree, repo.path.parent / "other/.git") is None
    assert worktree_git_directory(repo.path, repo.path / ".git") is None
