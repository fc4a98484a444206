"""The repository's lock, and the locks of git that its holder waits for."""

from __future__ import annotations

import pytest

from plan_worktree.git import refs as gitrefs
from plan_worktree.project.lock import patiently
from tests.support import Repo


@pytest.mark.usefixtures("foreign_git")
def test_a_lock_that_another_git_holds_is_waited_for_in_every_language(repo: Repo) -> None:
    held = repo.write(".git/refs/plan-worktree/it's.lock", "")
    command = ("create", "refs/plan-worktree/it's", repo.head())
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        held.unlink()

    patiently(lambda: gitrefs.update_refs(repo.path, [command]), tell)

    assert len(told) == 1
    assert repo.head("refs/plan-worktree/it's") == repo.head()
