"""Work that git's own status does not show, or that lies where nobody looks, is not lost either."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.process import GitError
from plan_worktree.worktrees.lock_marks import MAKING, REMOVING
from tests.support import Repo, run
from tests.world import (
    PLAN_ID,
    Cli,
    base_ref,
    branch,
    merge,
    refs,
    row,
    set_up,
    shop,
    work,
)

pytestmark = pytest.mark.thorough


def ready(repo: Repo, cli: Cli, *stages: str) -> Repo:
    set_up(repo, cli, *(stages or ("core",)))
    return repo.stage(PLAN_ID, "core")


def refused(repo: Repo, cli: Cli, *flags: str) -> str:
    result = cli("remove", PLAN_ID, "core", *flags, cwd=repo.path)
    assert result.exit_code == 1, result.output
    assert repo.stage(PLAN_ID, "core").path.is_dir()
    return result.stderr


@pytest.mark.parametrize("flags", ((), ("--force",)))
def test_a_repository_that_was_added_as_a_link_is_refused(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    there = ready(repo, cli)
    inner = Repo(there.path / "inner")
    inner.path.mkdir()
    inner.git("init", "--quiet")
    inner.write("precious.txt", "work\n")
    inner.commit()
    there.git("-c", "advice.addEmbeddedRepo=false", "add", "inner")
    there.git("commit", "--quiet", "-m", "an embedded repository")
    merge(repo, "core")

    assert "inner/ in it is a repository of its own" in refused(repo, cli, *flags)


def test_files_in_the_place_of_a_submodule_that_is_not_there_are_refused(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli
) -> None:
    library = make_repo("library")
    allow = ("-c", "protocol.file.allow=always")
    repo.git(*allow, "submodule", "--quiet", "add", str(library.path), "library")
    there = ready(repo, cli)
    (there.path / "library/.git").unlink()
    (there.path / "library/notes.txt").write_text("a week of work")
    assert there.git("status", "--short") == ""

    assert "library/ in it is a repository of its own" in refused(repo, cli)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_folder_that_cannot_be_looked_into_is_not_taken_for_empty(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    there.write("closed/precious.txt", "work\n")
    (there.path / "closed").chmod(0)
    try:
        result = cli("remove", PLAN_ID, cwd=repo.path)
    finally:
        (there.path / "closed").chmod(0o755)

    assert result.exit_code == 3
    assert "could not open directory" in result.stderr
    assert there.read("closed/precious.txt") == "work\n"


@pytest.mark.parametrize("flags", ((), ("--force",)))
def test_a_worktree_inside_an_ignored_folder_is_refused(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    repo.write(".gitignore", "ignored/\n")
    there = ready(repo, cli)
    there.git("worktree", "add", "--quiet", "-b", "mine", "ignored/mine")

    assert f"the worktree {there.path}/ignored/mine is inside it" in refused(repo, cli, *flags)


def test_a_clone_inside_an_ignored_folder_is_refused(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", "ignored/\n")
    there = ready(repo, cli)
    there.git("clone", "--quiet", str(repo.path), "ignored/clone")

    assert "the ignored ignored/clone in it is a repository of its own" in refused(repo, cli)


def test_a_ref_that_only_the_worktree_has_is_refused(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    work(repo, "core")
    there.git("update-ref", "refs/worktree/keep", "HEAD")
    there.git("reset", "--quiet", "--hard", "HEAD~")

    assert "it has refs of its own, refs/worktree/keep" in refused(repo, cli)


def test_an_unfinished_series_of_cherry_picks_is_refused(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    (there.path / "README.md").write_text("one\n")
    there.commit()
    (there.path / "README.md").write_text("two\n")
    there.commit()
    there.git("reset", "--quiet", "--hard", "HEAD~2")
    there.write("README.md", "other\n")
    there.commit()
    picked = run("git", "cherry-pick", "ORIG_HEAD~1", "ORIG_HEAD", cwd=there.path)
    assert picked.exit_code == 1
    there.write("README.md", "settled\n")
    there.git("commit", "--quiet", "--all", "--no-edit")

    assert "in the middle of a cherry-pick" in refused(repo, cli)


def test_the_work_of_a_dependency_outlives_the_branch_that_began_with_it(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "ui:core")
    cli("setup", PLAN_ID, "core", cwd=repo.path)
    commit = work(repo, "core")
    cli("setup", PLAN_ID, "ui", cwd=repo.path)
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.git("branch", "--quiet", "-D", branch("core"))
    repo.git("update-ref", "-d", base_ref("core"))

    cli("remove", PLAN_ID, "ui", cwd=repo.path)

    assert repo.git("for-each-ref", "--contains", commit) != ""


def test_a_stage_with_only_its_dependencys_work_is_not_merged_with_it(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "ui:core")
    work(repo, "core")
    repo.stage(PLAN_ID, "ui").git("merge", "--quiet", "--ff-only", branch("core"))
    merge(repo, "core")

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert (row(result, "core")[1], row(result, "ui")[1]) == ("merged", "ready")


def test_work_that_was_thrown_away_is_not_merged(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    work(repo, "core")
    repo.write("later.txt", "later\n")
    repo.commit()
    there.git("reset", "--quiet", "--hard", "main")

    assert row(cli("status", PLAN_ID, cwd=repo.path), "core")[1] == "ready"


@pytest.mark.parametrize(
    "setting", ("diff.noprefix=true", "diff.context=8", "diff.algorithm=histogram")
)
def test_settings_for_diffs_do_not_decide_what_has_landed(
    repo: Repo, cli: Cli, setting: str
) -> None:
    repo.write("core.txt", "".join(f"line {n}\n" for n in range(30)))
    there = ready(repo, cli)
    there.write("core.txt", there.read("core.txt").replace("line 15\n", "fifteen\n"))
    there.commit()
    repo.git("merge", "--quiet", "--squash", branch("core"))
    repo.commit("squash")
    repo.write("core.txt", repo.read("core.txt").replace("fifteen\n", "15 at last\n"))
    repo.commit("more")
    repo.git("config", *setting.split("="))

    assert row(cli("status", PLAN_ID, cwd=repo.path), "core")[1] == "merged"


def test_a_commit_in_a_half_made_worktree_that_left_its_branch_is_refused(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    there = repo.stage(PLAN_ID, "core")
    repo.git("worktree", "lock", "--reason", MAKING, str(there.path))
    there.git("switch", "--quiet", "--detach")
    there.write("work.txt", "work\n")
    there.commit()

    assert "a detached HEAD checked out" in refused(repo, cli)


@pytest.mark.parametrize("what", ("link", "file"))
def test_what_has_our_hidden_name_and_is_not_ours_is_left_alone(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli, what: str
) -> None:
    there = ready(repo, cli)
    other = make_repo("other")
    other.write("draft.txt", "theirs\n")
    name = there.path.with_name(f".{there.path.name}.plan-worktree-removed")
    if what == "link":
        name.symlink_to(other.path)
    else:
        name.write_text("theirs\n")

    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"

    assert other.read("draft.txt") == "theirs\n"
    assert os.path.lexists(name)
    assert [path.name for path in name.parent.iterdir()] == [name.name]


def test_restore_deletes_nothing_behind_a_link(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    repo.write("src/x.txt", "x\n")
    there = ready(repo, cli)
    outside = tmp_path / "outside"
    there.git("rm", "-r", "--quiet", "src")
    (there.path / "src").symlink_to(outside)
    there.git("add", "--all")
    cli("remove", PLAN_ID, "--force", cwd=repo.path)
    outside.mkdir()
    (outside / "x.txt").write_text("theirs\n")

    assert cli("restore", PLAN_ID, "core", cwd=repo.path).exit_code == 0

    assert (outside / "x.txt").read_text() == "theirs\n"
    assert (there.path / "src").readlink() == outside


@pytest.mark.parametrize("staged", (True, False))
def test_a_folder_that_became_a_link_to_its_new_name_comes_back(
    repo: Repo, cli: Cli, staged: bool
) -> None:
    repo.write("src/x.txt", "x\n")
    there = ready(repo, cli)
    (there.path / "src").rename(there.path / "lib")
    (there.path / "src").symlink_to("lib")
    if staged:
        there.git("add", "--all")
    before = there.git("status", "--porcelain=v2")
    cli("remove", PLAN_ID, "--force", cwd=repo.path)

    assert cli("restore", PLAN_ID, "core", cwd=repo.path).exit_code == 0

    assert there.git("status", "--porcelain=v2") == before
    assert there.read("src/x.txt") == "x\n"


def test_a_rebase_whose_worktree_was_moved_away_is_not_forgotten(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    work(repo, "core")
    there.write("README.md", "not committed\n")
    stopped = run("git", "rebase", "--autostash", "--exec", "false", "HEAD~1", cwd=there.path)
    assert stopped.exit_code == 1
    moved = Repo(there.path.rename(repo.path.parent / "moved"))

    for command in (("setup", PLAN_ID), ("remove", PLAN_ID, "--gone")):
        result = cli(*command, cwd=repo.path)
        assert result.exit_code == 1
        assert "it was in the middle of a rebase" in result.stderr

    repo.git("worktree", "repair", str(moved.path))
    moved.git("rebase", "--abort")
    assert moved.read("README.md") == "not committed\n"


def test_a_checkout_does_not_write_over_what_came_before_it(repo: Repo) -> None:
    path = repo.path.parent / "other"
    repo.git("branch", "other")
    gitworktrees.add_locked(repo.path, path, "other", "why not")
    (path / "README.md").write_text("mine\n")

    with pytest.raises(GitError, match=r"README\.md"):
        gitworktrees.check_out(path, None)

    assert (path / "README.md").read_text() == "mine\n"


def test_a_pointer_file_that_holds_garbage_is_no_worktree(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    (there.path / ".git").write_bytes(b"gitdir: \0\0\n")

    for command in ("setup", "status", "remove"):
        cli(command, PLAN_ID, cwd=repo.path)

    assert (there.path / "README.md").is_file()


def test_a_branch_that_another_worktree_has_is_not_deleted(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    there.git("switch", "--quiet", "--detach")
    repo.git("worktree", "add", "--quiet", "../other", branch("core"))

    cli("remove", PLAN_ID, "--force", cwd=repo.path)

    assert f"refs/heads/{branch('core')}" in refs(repo)
    shutil.rmtree(repo.path.parent / "other")


def test_a_killed_removal_is_undone_though_rubbish_of_an_older_one_is_there(
    repo: Repo, cli: Cli
) -> None:
    there = ready(repo, cli)
    there.write("staged.txt", "staged\n")
    there.git("add", "staged.txt")
    hidden = there.path.with_name(f".{there.path.name}.plan-worktree-removed")
    older = hidden.with_name(f"{hidden.name}.0")
    older.mkdir()
    (older / ".git").write_text(f"plan-worktree: removed from {repo.path / '.git'}\n")
    gitworktrees.lock(repo.path, there.path, REMOVING)
    there.path.rename(hidden)

    refused(repo, cli)

    assert there.git("status", "--porcelain") == "A  staged.txt"
