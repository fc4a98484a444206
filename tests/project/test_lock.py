"""The repository's lock, and the locks of git that its holder waits for."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from plan_worktree.git import refs as gitrefs
from plan_worktree.project.lock import patiently
from tests.support import Repo
from tests.world import LOCK, PLAN_ID, Cli, hook, shop, start


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


def test_what_a_hook_has_left_running_waits_for_the_next_holder_of_the_lock(
    repo: Repo, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(repo, "core")
    inherited = tmp_path / "inherited"
    hook(repo, "post-checkout", f'echo "$PLAN_WORKTREE_LOCK_HELD" >"{inherited}"')
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    monkeypatch.setenv("PLAN_WORKTREE_LOCK_HELD", inherited.read_text().strip())

    with FileLock(repo.path / ".git" / LOCK):
        process = start("setup", PLAN_ID, cwd=repo.path)
        assert process.stderr is not None
        first = process.stderr.readline()
    said = process.communicate()

    assert "waiting for another plan-worktree" in first
    assert process.returncode == 0, said
