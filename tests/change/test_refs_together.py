"""Refs that change together: what a kill has left of it is carried out, or had not begun."""

from __future__ import annotations

import json
import shutil
from itertools import combinations
from pathlib import Path

import pytest

from plan_worktree.change.refs_together import CHANGING, Command, change_together, finish_change
from plan_worktree.git.process import GitError
from plan_worktree.git.refs import update_refs
from plan_worktree.project.home import Home
from tests.sampling import sampled
from tests.support import Repo
from tests.world import hook, refs

BRANCH, BASE, SAVED = "refs/heads/stage", "refs/plan-worktree/p/base/s", "refs/plan-worktree/p/s"


def home_of(repo: Repo) -> Home:
    return Home(repo.path, repo.path / ".git")


def commit(repo: Repo, text: str, *parents: str) -> str:
    named = [flag for parent in parents for flag in ("-p", parent)]
    return repo.git("commit-tree", "-m", text, *named, "HEAD^{tree}")


def noted(repo: Repo, commands: list[Command]) -> Path:
    return repo.write(f".git/{CHANGING}", json.dumps(commands))


def moving(repo: Repo) -> list[Command]:
    """Make a branch with a base; return the commands that move both and save the old tip."""
    old, new = (commit(repo, text, repo.head()) for text in ("old", "new"))
    update_refs(repo.path, [("create", BRANCH, old), ("create", BASE, old)])
    return [("update", BRANCH, new, old), ("update", BASE, new, old), ("create", SAVED, old)]


def deleting(repo: Repo) -> list[Command]:
    tip = repo.head()
    update_refs(repo.path, [("create", BRANCH, tip), ("create", BASE, tip)])
    return [("delete", BRANCH, tip), ("delete", BASE, tip)]


@pytest.mark.parametrize("done", range(4))
def test_a_change_that_was_begun_is_carried_out(repo: Repo, done: int) -> None:
    commands, before = moving(repo), refs(repo)
    note = noted(repo, commands)
    update_refs(repo.path, commands[:done])

    assert finish_change(home_of(repo)) is (done > 0)

    whole = before | {name: value for _, name, value, *_ in commands}
    assert refs(repo) == (whole if done else before)
    assert not note.exists()
    assert finish_change(home_of(repo)) is False


@pytest.mark.parametrize("done", [c for n in range(3) for c in combinations(range(2), n)])
def test_a_deletion_is_carried_out_whatever_git_has_deleted_first(
    repo: Repo, done: tuple[int, ...]
) -> None:
    before = refs(repo)
    commands = deleting(repo)
    whole = refs(repo)
    noted(repo, commands)
    update_refs(repo.path, [commands[number] for number in done])

    finish_change(home_of(repo))

    assert refs(repo) == (before if done else whole)


def test_the_rest_follows_a_branch_that_has_moved_on_since(repo: Repo) -> None:
    commands = moving(repo)
    new, old = commands[0][2:]
    noted(repo, commands)
    later = commit(repo, "own work", new)
    repo.git("update-ref", BRANCH, later)

    finish_change(home_of(repo))

    found = refs(repo)
    assert (found[BRANCH], found[BASE], found[SAVED]) == (later, new, old)


@pytest.mark.parametrize("where", ("back", "on"))
def test_nothing_follows_a_branch_that_somebody_has_moved_elsewhere(repo: Repo, where: str) -> None:
    commands = moving(repo)
    old = commands[0][3]
    noted(repo, commands)
    repo.git("update-ref", BRANCH, commit(repo, "other work", old) if where == "on" else old)
    before = refs(repo)

    assert finish_change(home_of(repo)) is False

    assert refs(repo) == before


def test_a_ref_that_somebody_has_changed_since_stays(repo: Repo) -> None:
    commands = moving(repo)
    noted(repo, commands)
    update_refs(repo.path, commands[:1])
    repo.git("update-ref", BASE, repo.head())

    finish_change(home_of(repo))

    assert (refs(repo)[BASE], SAVED in refs(repo)) == (repo.head(), True)


def test_a_refused_change_leaves_no_note_and_changes_nothing(repo: Repo) -> None:
    commands = moving(repo)
    repo.git("update-ref", SAVED, repo.head())
    before = refs(repo)

    with pytest.raises(GitError, match="reference already exists"):
        change_together(home_of(repo), repo.path, commands)

    assert refs(repo) == before
    assert not list((repo.path / ".git").glob("plan-worktree*"))


def test_a_change_over_which_git_fails_half_way_is_finished_later(repo: Repo) -> None:
    commands, before = moving(repo), refs(repo)
    full = repo.path / ".git" / SAVED
    fill = f'[ "$1" != prepared ] || {{ mkdir -p "{full}" && : >"{full}/it.lock"; }}'
    once = hook(repo, "reference-transaction", fill)

    with pytest.raises(GitError):
        change_together(home_of(repo), repo.path, commands)

    once.unlink()
    shutil.rmtree(full)
    assert refs(repo) == before | {name: value for _, name, value, *_ in commands[:2]}
    assert finish_change(home_of(repo))
    assert refs(repo) == before | {name: value for _, name, value, *_ in commands}


@sampled("text", ("", "{", "[1]", '["update"]', '[["delete", "refs/heads/a"]]'), one_in=3)
def test_a_damaged_note_is_named_with_the_way_out(repo: Repo, text: str) -> None:
    note = noted(repo, [])
    note.write_text(text)

    with pytest.raises(OSError, match="damaged: see what refs there are, then rm "):
        finish_change(home_of(repo))
