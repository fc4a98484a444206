"""A move of a worktree that was killed is taken back, and what somebody did since stays."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sampling import sampled
from tests.support import Repo, new_repo, run
from tests.world import PLAN_ID, Cli, branch, set_up

NOTE = "plan-worktree.advancing"


def prepared(repo: Repo, cli: Cli) -> tuple[Repo, str, str]:
    """Return a stage's worktree, where it stands, and the commit it would be moved to."""
    for name in ("same", "changed", "deleted", "swapped"):
        repo.write(f"{name}.txt", f"{name}\n" * 50)
    repo.write("dir/a.txt", "a\n")
    set_up(repo, cli, "core", "api:core")
    core = repo.stage(PLAN_ID, "core")
    core.write("changed.txt", "changed by core\n" * 50)
    core.write("new/file.txt", "new\n" * 50)
    core.git("rm", "--quiet", "-r", "deleted.txt", "swapped.txt", "dir")
    core.write("swapped.txt/inside.txt", "a folder now\n")
    core.write("dir", "a file now\n")
    core.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    (core.path / "link").symlink_to("changed.txt")
    core.commit("all kinds of changes")
    there = repo.stage(PLAN_ID, "api")
    return there, there.head(), core.head()


def note(repo: Repo, old: str, new: str) -> Path:
    return repo.write(f".git/worktrees/api/{NOTE}", f"{old} {new}\n")


def go_on(repo: Repo, cli: Cli) -> None:
    """Run any command that takes the lock, on another stage."""
    result = cli("mark", PLAN_ID, "core", "complete", cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert not (repo.path / f".git/worktrees/api/{NOTE}").exists()


STATES = ("only the note", "half the files", "all files", "index as well", "a lock left")


@sampled("state", STATES, one_in=3)
def test_a_killed_move_is_taken_back(repo: Repo, cli: Cli, state: str) -> None:
    there, old, new = prepared(repo, cli)
    note(repo, old, new)
    if state in ("half the files", "a lock left"):
        (there.path / "deleted.txt").unlink()
        there.write("new/file.txt", "new\n" * 20)
        there.write("changed.txt", "changed by core\n" * 10 + "chan")
        (there.path / "swapped.txt").unlink()
        there.write("swapped.txt/inside.txt", "")
    if state == "a lock left":
        repo.write(".git/worktrees/api/index.lock", "")
    if state in ("all files", "index as well"):
        there.git("read-tree", "-m", "-u", old, new)
    if state == "all files":
        index = repo.path / ".git/worktrees/api/index"
        index.unlink()
        there.git("read-tree", old)

    go_on(repo, cli)

    assert there.head() == old
    assert there.git("status", "--porcelain") == ""
    assert cli("sync", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    assert there.head() == new
    assert there.git("status", "--porcelain") == ""


def test_a_move_that_was_done_is_only_forgotten(repo: Repo, cli: Cli) -> None:
    there, old, new = prepared(repo, cli)
    cli("sync", PLAN_ID, "api", cwd=repo.path)
    note(repo, old, new)
    there.write("README.md", "edited since\n")

    go_on(repo, cli)

    assert there.head() == new
    assert there.git("status", "--porcelain") == " M README.md"


@sampled("name", ("changed.txt", "new/file.txt", "deleted.txt", "README.md", "x"), one_in=3)
def test_what_somebody_wrote_after_the_kill_stays(repo: Repo, cli: Cli, name: str) -> None:
    there, old, new = prepared(repo, cli)
    note(repo, old, new)
    there.git("read-tree", "-m", "-u", old, new)
    there.write(name, "somebody wrote this\n")

    go_on(repo, cli)

    assert there.read(name) == "somebody wrote this\n"
    changed = there.git("status", "--porcelain", "--untracked-files=all").split()[1::2]
    assert changed == [name]
    assert there.read("dir/a.txt") == "a\n"


def test_what_somebody_committed_after_the_kill_stays_and_the_rest_is_undone(
    repo: Repo, cli: Cli
) -> None:
    there, old, new = prepared(repo, cli)
    note(repo, old, new)
    there.git("read-tree", "-m", "-u", old, new)
    there.write("deleted.txt", "written again\n")
    there.write("own.txt", "own\n")
    there.git("add", "deleted.txt", "own.txt")
    there.git("commit", "--quiet", "-m", "own", "--only", "deleted.txt", "own.txt")
    own = there.head()
    there.write("staged.txt", "staged\n")
    there.git("add", "staged.txt")
    there.write("staged.txt", "and changed\n")

    go_on(repo, cli)

    assert there.head() == own
    assert there.git("status", "--porcelain") == "AM staged.txt"
    assert there.git("show", ":staged.txt") == "staged"
    assert there.read("deleted.txt") == "written again\n"


def test_a_merge_that_was_being_opened_is_undone_until_it_is_one(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    there, core = repo.stage(PLAN_ID, "api"), repo.stage(PLAN_ID, "core")
    for one in (there, core):
        one.write("same.txt", f"{one.path.name}\n")
        one.commit("same")
    git = repo.path / ".git/worktrees/api"
    assert cli("sync", PLAN_ID, "api", "--resolve", cwd=repo.path).exit_code == 1
    theirs = f"refs/heads/{branch('core')}"
    tree = run("git", "merge-tree", "--write-tree", "HEAD", theirs, cwd=there.path)
    note(repo, there.head(), tree.stdout.split()[0])
    go_on(repo, cli)
    assert there.git("status", "--porcelain") == "AA same.txt"
    note(repo, there.head(), tree.stdout.split()[0])
    (git / "MERGE_HEAD").unlink()

    result = cli("mark", PLAN_ID, "core", "blocked", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert there.git("status", "--porcelain") == ""
    assert there.read("same.txt") == "api\n"


def test_a_file_that_was_only_touched_is_no_obstacle(repo: Repo, cli: Cli) -> None:
    there, _, new = prepared(repo, cli)
    os.utime(there.path / "changed.txt", (1_500_000_000, 1_500_000_000))

    assert cli("sync", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    assert there.head() == new


def test_a_worktree_that_is_gone_has_nothing_to_take_back(repo: Repo, cli: Cli) -> None:
    there, old, new = prepared(repo, cli)
    note(repo, old, new)
    there.path.rename(there.path.with_name("elsewhere"))

    go_on(repo, cli)


NAMES = ("a", "b", "c", "d/e", "d/f", "ä ö")
FILES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(("one\n", "two\n" * 40, "")))


@settings(
    max_examples=max(1, settings().max_examples // 33),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(FILES, FILES, st.data())
def test_wherever_a_move_was_killed_it_is_undone(
    tmp_path_factory: pytest.TempPathFactory,
    cli: Cli,
    before: dict[str, str],
    after: dict[str, str],
    data: st.DataObject,
) -> None:
    repo = new_repo(tmp_path_factory.mktemp("move") / "project")
    for name, text in before.items():
        repo.write(name, text)
    set_up(repo, cli, "core", "api:core")
    core, there = repo.stage(PLAN_ID, "core"), repo.stage(PLAN_ID, "api")
    for name in before:
        (core.path / name).unlink()
    for name, text in after.items():
        core.write(name, text)
    new, old = core.commit("after"), there.head()
    note(repo, old, new)
    # Any part of the files as git would have left them: deleted first, written in order.
    changed = sorted(n for n in NAMES if before.get(n) != after.get(n))
    done = data.draw(st.integers(0, len(changed)), label="done")
    for name in itertools.islice(changed, done):
        if name in before:
            (there.path / name).unlink()
        if name in after:
            last = name == changed[done - 1]
            text = after[name]
            cut = data.draw(st.integers(0, len(text)), label="cut") if last else len(text)
            there.write(name, text[:cut])

    go_on(repo, cli)

    assert run("git", "status", "--porcelain", cwd=there.path).stdout == ""
    assert cli("sync", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    # What changes nothing is nothing that a branch could lack.
    assert there.head() == (new if before != after else old)


def test_start_finishes_what_a_killed_start_began(repo: Repo, cli: Cli) -> None:
    there, old, core = prepared(repo, cli)
    cli("mark", PLAN_ID, "core", "complete", cwd=repo.path)
    note(repo, old, core)
    there.write("new/file.txt", "new\n" * 3)

    assert cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path).exit_code == 0

    assert there.head() == core
    assert there.git("status", "--porcelain") == ""
