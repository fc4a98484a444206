"""remove refuses, before its first change, whatever would be lost, and says how to go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.result import Result
from tests.support import Repo
from tests.world import (
    PLAN_ID,
    Cli,
    branch,
    follow,
    merge,
    refs,
    row,
    set_up,
    shop,
    snapshot,
    suggested,
    work,
)


def refused(repo: Repo, cli: Cli, *names: str) -> Result:
    """Remove, which must refuse and leave every byte as it was."""
    before = snapshot(repo.path.parent)
    result = cli("remove", PLAN_ID, *names, cwd=repo.path)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert all(line.startswith("refused: stage ") for line in result.stderr.splitlines())
    assert snapshot(repo.path.parent) == before
    return result


def ready(repo: Repo, cli: Cli, *stages: str) -> Repo:
    set_up(repo, cli, *stages)
    return repo.stage(PLAN_ID, stages[0])


def test_changes_block_remove_until_they_are_committed_and_merged(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core", "api")
    there.write("README.md", "half a sentence")

    result = refused(repo, cli)

    assert result.stderr == (
        "refused: stage core: README.md is changed but not committed: "
        f"git -C {there.path} commit -a, or stash\n"
    )


def test_untracked_files_block_remove(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    there.write("deep/new.txt", "half a sentence")

    result = refused(repo, cli)

    assert result.stderr == (
        "refused: stage core: deep/new.txt is in no commit: "
        f"git -C {there.path} add --all, or move what should stay\n"
    )


def test_staged_and_deleted_files_block_remove(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    there.write("new.txt", "half a sentence")
    there.git("add", "new.txt")
    (there.path / "README.md").unlink()

    assert "README.md, new.txt are changed but not committed" in refused(repo, cli).stderr


def test_a_conflict_blocks_remove(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    work(repo, "core", "README.md", "theirs\n")
    repo.write("README.md", "ours\n")
    repo.commit()
    with pytest.raises(AssertionError, match="CONFLICT"):
        there.git("merge", "main")

    assert "README.md is changed but not committed" in refused(repo, cli).stderr


def test_many_files_are_counted_not_listed(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    for number in range(12):
        there.write(f"new-{number:02}.txt", "")

    result = refused(repo, cli)

    assert "new-00.txt, new-01.txt, new-02.txt and 9 more are in no commit" in result.stderr


def test_commits_that_have_not_landed_block_remove_until_they_are_merged(
    repo: Repo, cli: Cli
) -> None:
    ready(repo, cli, "core")
    work(repo, "core")
    work(repo, "core", "two.txt")

    result = refused(repo, cli)

    assert result.stderr.startswith(
        f"refused: stage core: 2 commits of {branch('core')} not in main"
    )
    assert suggested(result, "git -C") == [
        "git", "-C", str(repo.path), "merge", "--no-ff", "--autostash", branch("core"),
    ]  # fmt: skip
    assert follow(result, "git -C", repo.path.parent).exit_code == 0
    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"


def test_commits_of_a_stage_whose_directory_is_gone_block_remove(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    commit = work(repo, "core")
    shutil.rmtree(there.path)

    assert f"1 commit of {branch('core')} not in main" in refused(repo, cli).stderr

    assert refs(repo)[f"refs/heads/{branch('core')}"] == commit


@pytest.mark.parametrize("reason", ("", "on the other disk"))
def test_a_locked_worktree_blocks_remove_until_it_is_unlocked(
    repo: Repo, cli: Cli, reason: str
) -> None:
    there = ready(repo, cli, "core")
    flags = ("--reason", reason) if reason else ()
    repo.git("worktree", "lock", *flags, str(there.path))

    result = refused(repo, cli)

    shown = f" ({reason})" if reason else ""
    assert f"stage core: its worktree is locked{shown}: git worktree unlock" in result.stderr
    assert follow(result, "git worktree unlock", repo.path).exit_code == 0
    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"


def test_a_stages_branch_that_home_has_checked_out_blocks_remove(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    repo.git("worktree", "remove", str(there.path))
    repo.git("switch", "--quiet", branch("core"))

    result = refused(repo, cli)

    assert f"stage core: branch {branch('core')} is checked out in home" in result.stderr


def test_the_advice_to_leave_a_stages_branch_works(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    repo.git("worktree", "remove", str(there.path))
    repo.git("switch", "--quiet", branch("core"))

    result = refused(repo, cli)

    assert follow(result, "git -C", repo.path).exit_code == 0
    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"


def test_everything_that_would_be_lost_is_named_at_once(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api", "ui", "docs")
    work(repo, "core")
    repo.stage(PLAN_ID, "core").write("new.txt", "")
    repo.stage(PLAN_ID, "ui").write("README.md", "half a sentence")

    result = refused(repo, cli)

    assert [line.split(":")[1] for line in result.stderr.splitlines()] == [
        " stage core", " stage core", " stage ui",
    ]  # fmt: skip


def test_other_stages_can_still_be_removed(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    work(repo, "core")

    assert row(cli("remove", PLAN_ID, "api", cwd=repo.path), "api")[1] == "removed"

    assert repo.worktrees() == [repo.stage(PLAN_ID, "core").path]


def test_remove_dry_run_refuses_the_same(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")
    work(repo, "core")

    result = cli("remove", PLAN_ID, "--dry-run", cwd=repo.path)

    assert result.exit_code == 1
    assert "1 commit of" in result.stderr


def test_a_stage_with_landed_and_new_commits_blocks_remove(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core")
    work(repo, "core")
    merge(repo, "core")
    work(repo, "core", "more.txt")

    assert "1 commit of" in refused(repo, cli).stderr


def without_target(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--detach")
    repo.git("branch", "--quiet", "-D", "main")


def with_unborn_target(repo: Repo) -> None:
    repo.git("branch", "--quiet", "--move", "main", "old")
    repo.git("switch", "--quiet", "--orphan", "empty")
    repo.git("branch", "--quiet", "-D", "old")
    shop_plan = repo.stage(PLAN_ID, "core").read(f".claude/plans/{PLAN_ID}.md")
    repo.write(f".claude/plans/{PLAN_ID}.md", shop_plan)


@pytest.mark.parametrize("lose", (without_target, with_unborn_target))
def test_commits_block_remove_when_the_target_is_gone(
    repo: Repo, cli: Cli, lose: Callable[[Repo], None]
) -> None:
    ready(repo, cli, "core")
    commit = work(repo, "core")
    lose(repo)

    refused(repo, cli)

    assert refs(repo)[f"refs/heads/{branch('core')}"] == commit


def test_remove_leaves_a_worktree_that_setup_did_not_make(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    mine = Repo(repo.path.parent / "mine")
    repo.git("worktree", "add", "--quiet", "-b", branch("core"), str(mine.path))
    mine.write("work.txt", "work\n")
    mine.commit()

    cli("remove", PLAN_ID, cwd=repo.path)

    assert repo.worktrees() == [mine.path]


@pytest.mark.parametrize("how", ("detach", "switch"))
def test_remove_looks_at_a_worktree_that_has_left_its_branch(
    repo: Repo, cli: Cli, how: str
) -> None:
    """Else the branch goes, the worktree stays, and setup then refuses its path for ever."""
    there = ready(repo, cli, "core")
    if how == "detach":
        there.git("checkout", "--quiet", "--detach")
    else:
        there.git("switch", "--quiet", "--create", "aside")
    there.write("new.txt", "half a sentence")

    result = refused(repo, cli)

    assert str(there.path) in result.stderr


def test_remove_refuses_a_stage_that_is_being_rebased(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli, "core")
    work(repo, "core", "README.md", "theirs\n")
    merge(repo, "core")
    there.git("switch", "--quiet", "--detach")
    there.git("switch", "--quiet", branch("core"))
    with pytest.raises(AssertionError, match="failed"):
        there.git("rebase", "--quiet", "--exec", "false", "HEAD~1")

    refused(repo, cli)

    assert branch("core") in repo.branches()


def with_submodule(repo: Repo, make_repo: Callable[[str], Repo], cli: Cli) -> Repo:
    """Set up a stage of a project that has a submodule, and return the stage's worktree."""
    library = make_repo("library")
    allow = ("-c", "protocol.file.allow=always")
    repo.git(*allow, "submodule", "--quiet", "add", str(library.path), "library")
    return ready(repo, cli, "core")


def test_a_worktree_with_untouched_submodules_is_removed(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli
) -> None:
    with_submodule(repo, make_repo, cli)

    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"

    assert repo.worktrees() == []
    assert (repo.path / "library/README.md").is_file()


@pytest.mark.parametrize("force", ((), ("--force",)))
def test_commits_in_a_submodule_that_are_nowhere_else_block_remove(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli, force: tuple[str, ...]
) -> None:
    there = with_submodule(repo, make_repo, cli)
    inner = Repo(there.path / "library")
    inner.write("new.txt", "work\n")
    inner.commit("work in the library")
    there.commit("use it")
    merge(repo, "core")

    result = refused(repo, cli, *force)

    assert "the submodule library in it has 1 commit that is nowhere else" in result.stderr


@pytest.mark.parametrize("force", ((), ("--force",)))
def test_changes_in_a_submodule_block_remove(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli, force: tuple[str, ...]
) -> None:
    there = with_submodule(repo, make_repo, cli)
    (there.path / "library/new.txt").write_text("half a sentence")

    result = refused(repo, cli, *force)

    assert "the submodule library in it has changes of its own" in result.stderr


def test_a_failed_removal_is_not_shown_as_deleted(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli
) -> None:
    there = ready(repo, cli, "core")
    shutil.rmtree(there.path)
    there.path.write_text("somebody's\n")

    result = cli("remove", PLAN_ID, cwd=repo.path)

    assert result.exit_code in (1, 3)
    assert "deleted" not in result.stdout
