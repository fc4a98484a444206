"""Pushes that overwrite nothing unseen, and where a remote's branches stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.git.process import GitError
from plan_worktree.git.push import PushResult, Update, push, remote_branches, remote_urls
from tests.remotes import origin
from tests.support import Repo

SOON = 60.0


@pytest.fixture
def bare(repo: Repo) -> Repo:
    return Repo(origin(repo))


def test_a_commit_goes_where_the_branch_stands_as_expected_and_nowhere_else(
    repo: Repo, bare: Repo
) -> None:
    old, new = repo.head(), repo.commit("new")
    bare.git("branch", "a", old)
    bare.git("branch", "b", old)
    updates = [
        Update("a", new, old), Update("b", new, new), Update("c", new, None),
        Update("main", old, old),
    ]  # fmt: skip

    done = push(repo.path, "origin", updates, (), SOON)

    assert done.results == {
        "a": PushResult.PUSHED,
        "b": PushResult.REJECTED,
        "c": PushResult.PUSHED,
        "main": PushResult.KEPT,
    }
    assert set(done.reasons) == {"b"}
    assert remote_branches(repo.path, "origin", ["a", "b", "c", "d"], SOON) == {
        "a": new,
        "b": old,
        "c": new,
    }


def test_a_branch_that_is_to_be_new_must_not_be_there(repo: Repo, bare: Repo) -> None:
    old, new = repo.head(), repo.commit("new")
    bare.git("branch", "a", old)

    done = push(repo.path, "origin", [Update("a", new, None)], (), SOON)

    assert done.results == {"a": PushResult.REJECTED}
    assert bare.head("a") == old


def test_a_rewritten_branch_replaces_what_was_seen(repo: Repo, bare: Repo) -> None:
    seen = repo.commit("seen")
    bare.git("fetch", "--quiet", str(repo.path), f"{seen}:refs/heads/a")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    other = repo.commit("other")

    assert push(repo.path, "origin", [Update("a", other, seen)], (), SOON).results == {
        "a": PushResult.PUSHED
    }
    assert bare.head("a") == other


def test_a_branch_is_not_taken_for_one_whose_name_ends_alike(repo: Repo, bare: Repo) -> None:
    bare.git("branch", "other/refs/heads/a", "main")

    assert remote_branches(repo.path, "origin", ["a"], SOON) == {}


def test_a_remote_that_is_not_there_is_an_error(repo: Repo, tmp_path: Path) -> None:
    repo.git("remote", "add", "gone", str(tmp_path / "gone"))

    with pytest.raises(GitError, match="gone"):
        push(repo.path, "gone", [Update("a", repo.head(), None)], (), SOON)
    with pytest.raises(GitError, match="gone"):
        remote_branches(repo.path, "gone", ["a"], SOON)


def test_a_remote_that_takes_no_push_options_is_an_error(repo: Repo, bare: Repo) -> None:
    with pytest.raises(GitError, match="push options"):
        push(repo.path, "origin", [Update("a", repo.head(), None)], ("a=b",), SOON)


def test_addresses_are_told_as_written_and_as_git_rewrites_them(repo: Repo, bare: Repo) -> None:
    assert remote_urls(repo.path, "origin") == (str(bare.path),)
    repo.git("config", "url./srv/.insteadOf", "short:")
    repo.git("remote", "set-url", "origin", "short:shop")
    assert remote_urls(repo.path, "origin") == ("short:shop", "/srv/shop")
