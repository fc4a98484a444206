"""Refs that are fetched beside the branches, and pushed all or none, between real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.git.exchange import RefUpdate, fetch_into, listed, push_atomically
from plan_worktree.git.process import GitError
from tests.remotes import origin
from tests.support import Repo, run
from tests.world import executable

ONE, TWO = "refs/records/one", "refs/records/two"


def blob(repo: Repo, text: str) -> str:
    return run("git", "hash-object", "-w", "--stdin", cwd=repo.path, stdin=text).stdout.strip()


def there(repo: Repo) -> dict[str, str]:
    bare = Repo(repo.path.parent / "origin.git")
    lines = bare.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/records")
    return dict(line.split(" ") for line in lines.splitlines())


def push(repo: Repo, *updates: RefUpdate) -> dict[str, str]:
    return push_atomically(repo.path, "origin", updates, 60).rejected


def test_a_push_changes_all_refs_or_none(repo: Repo) -> None:
    origin(repo)
    old, new = blob(repo, "old\n"), blob(repo, "new\n")
    assert push(repo, RefUpdate(ONE, old, None), RefUpdate(TWO, old, None)) == {}
    assert there(repo) == {ONE: old, TWO: old}
    rejected = push(repo, RefUpdate(ONE, new, old), RefUpdate(TWO, new, None))
    assert TWO in rejected
    assert there(repo) == {ONE: old, TWO: old}
    assert push(repo, RefUpdate(ONE, new, old), RefUpdate(TWO, None, old)) == {}
    assert there(repo) == {ONE: new}
    assert ONE in push(repo, RefUpdate(ONE, None, old))
    assert there(repo) == {ONE: new}


def test_a_fetch_keeps_to_the_mirror_and_to_branches_that_follow(repo: Repo) -> None:
    bare = Repo(origin(repo))
    some = blob(bare, "some\n")
    bare.git("update-ref", ONE, some)
    bare.git("branch", "feature/a", "main")
    specs = ["+refs/records/*:refs/mirror/records/*", "+refs/heads/feature/a*:refs/mirror/heads/a*"]
    fetch_into(repo.path, "origin", specs, 60)
    found = listed(repo.path, "refs/mirror")
    assert found["refs/mirror/records/one"] == (some, "blob", 5)
    assert found["refs/mirror/heads/a"].object_id == repo.head("refs/remotes/origin/feature/a")
    assert not (repo.path / ".git/FETCH_HEAD").exists()
    bare.git("update-ref", "-d", ONE)
    bare.git("branch", "-D", "feature/a")
    fetch_into(repo.path, "origin", specs, 60)
    assert listed(repo.path, "refs/mirror") == {}
    assert repo.head("refs/remotes/origin/feature/a")


def test_a_remote_that_is_away_is_an_error_of_git(repo: Repo) -> None:
    bare = origin(repo)
    bare.rename(bare.with_name("away.git"))
    with pytest.raises(GitError):
        fetch_into(repo.path, "origin", ["+refs/records/*:refs/mirror/*"], 60)
    with pytest.raises(GitError):
        push(repo, RefUpdate(ONE, blob(repo, "x"), None))


def test_records_alone_do_not_start_the_hook_for_pushes(repo: Repo, tmp_path: Path) -> None:
    origin(repo)
    executable(repo.path / ".git/hooks/pre-push", "exit 1")
    assert push(repo, RefUpdate(ONE, blob(repo, "x"), None)) == {}
    with pytest.raises(GitError):
        push(repo, RefUpdate("refs/heads/other", repo.head(), None))
