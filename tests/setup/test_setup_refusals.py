"""setup refuses, before its first change, whatever is in the way, and names it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import Repo, Stage
from tests.world import (
    PLAN_ID,
    Cli,
    base_ref,
    branch,
    follow,
    refs,
    set_up,
    shop,
    snapshot,
    suggested,
    work,
)


def refused(repo: Repo, cli: Cli, *names: str) -> Result:
    """Set up, which must refuse and leave every byte as it was."""
    before = snapshot(repo.path.parent)
    result = cli("setup", PLAN_ID, *names, cwd=repo.path)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert all(line.startswith("refused: ") for line in result.stderr.splitlines())
    assert snapshot(repo.path.parent) == before
    return result


def core(repo: Repo) -> Path:
    return repo.stage(PLAN_ID, "core").path


def foreign_directory(repo: Repo) -> str:
    repo.stage(PLAN_ID, "core").write("somebody.txt", "theirs\n")
    return f"{core(repo)} exists and is no worktree of this plan"


def foreign_repository(repo: Repo) -> str:
    core(repo).mkdir(parents=True)
    Repo(core(repo)).git("init", "--quiet")
    return f"{core(repo)} exists and is no worktree of this plan"


def of_another_clone(repo: Repo) -> str:
    clone = repo.path.parent / "clone"
    repo.git("clone", "--quiet", ".", str(clone))
    Repo(clone).git("worktree", "add", "--quiet", "--detach", str(core(repo)))
    return f"{core(repo)} exists and is no worktree of this plan, but of another clone: give this"


def foreign_file(repo: Repo) -> str:
    core(repo).parent.mkdir(parents=True)
    core(repo).write_text("theirs\n")
    return f"{core(repo)} is a file"


def file_on_the_way(repo: Repo) -> str:
    core(repo).parent.parent.mkdir(parents=True)
    core(repo).parent.write_text("theirs\n")
    return f"{core(repo).parent} is not a directory"


def foreign_branch(repo: Repo) -> str:
    repo.git("branch", branch("core"))
    return f"branch {branch('core')} exists and was not made by this plan"


def branch_checked_out_elsewhere(repo: Repo) -> str:
    repo.git("worktree", "add", "--quiet", "-b", branch("core"), "../mine")
    return f"branch {branch('core')} is checked out in {repo.path.parent / 'mine'} and was not made"


def foreign_worktree(repo: Repo) -> str:
    repo.git("worktree", "add", "--quiet", "-b", "theirs", str(core(repo)))
    return f"the worktree {core(repo)} has theirs checked out, the plan says {branch('core')}"


def detached_worktree(repo: Repo) -> str:
    repo.git("worktree", "add", "--quiet", "--detach", str(core(repo)))
    return f"the worktree {core(repo)} has a detached HEAD checked out"


def branch_that_is_a_folder_of_it(repo: Repo) -> str:
    repo.git("branch", "feature")
    return f"branch {branch('core')} cannot exist beside branch feature"


def branch_that_it_is_a_folder_of(repo: Repo) -> str:
    repo.git("branch", f"{branch('core')}/deeper")
    return f"branch {branch('core')} cannot exist beside branch {branch('core')}/deeper"


IN_THE_WAY: tuple[Callable[[Repo], str], ...] = (
    foreign_directory,
    foreign_repository,
    of_another_clone,
    foreign_file,
    file_on_the_way,
    foreign_branch,
    branch_checked_out_elsewhere,
    foreign_worktree,
    detached_worktree,
    branch_that_is_a_folder_of_it,
    branch_that_it_is_a_folder_of,
)


@pytest.mark.parametrize("put", IN_THE_WAY)
def test_setup_refuses_and_names_what_is_in_the_way(
    repo: Repo, cli: Cli, put: Callable[[Repo], str]
) -> None:
    shop(repo, "core", "other")
    expected = put(repo)

    result = refused(repo, cli)

    assert f"refused: stage core: {expected}" in result.stderr


def test_setup_dry_run_refuses_the_same(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    expected = foreign_branch(repo)

    result = cli("setup", PLAN_ID, "--dry-run", cwd=repo.path)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"refused: stage core: {expected}")


def test_setup_names_all_that_is_in_the_way_at_once(repo: Repo, cli: Cli) -> None:
    shop(repo, "one", "two", "three", "four")
    repo.git("branch", branch("one"))
    repo.stage(PLAN_ID, "two").write("somebody.txt", "theirs\n")
    repo.git("worktree", "add", "--quiet", "-b", branch("three"), "../mine")

    result = refused(repo, cli)

    stages = [line.split(":")[1] for line in result.stderr.splitlines()]
    assert stages == [" stage one", " stage two", " stage three"]


def test_setup_of_other_stages_is_not_hindered(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "other")
    foreign_directory(repo)

    assert cli("setup", PLAN_ID, "other", cwd=repo.path).exit_code == 0

    assert repo.worktrees() == [repo.stage(PLAN_ID, "other").path]


def test_setup_goes_on_after_a_foreign_branch_was_deleted_as_advised(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    foreign_branch(repo)

    result = refused(repo, cli)

    assert follow(result, "git branch -d", repo.path).exit_code == 0
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0


def test_setup_goes_on_after_another_branch_was_checked_out_in_a_stages_worktree(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    repo.stage(PLAN_ID, "core").git("switch", "--quiet", "--create", "aside")

    result = refused(repo, cli)

    assert "has aside checked out" in result.stderr
    assert follow(result, "git -C", repo.path).exit_code == 0
    assert " kept " in cli("setup", PLAN_ID, cwd=repo.path).stdout


def test_setup_goes_on_after_a_worktree_was_moved_by_hand(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    moved = repo.path.parent / "moved"
    repo.git("worktree", "move", str(core(repo)), str(moved))

    result = refused(repo, cli)

    assert f"branch {branch('core')} is checked out in {moved}" in result.stderr
    assert suggested(result, "git worktree move")[3] == str(moved)
    shop(repo, Stage("core", worktree_path="../moved"))
    assert " kept " in cli("setup", PLAN_ID, cwd=repo.path).stdout


def test_setup_goes_on_after_a_gone_and_locked_worktree_is_unlocked(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    commit = work(repo, "core")
    repo.git("worktree", "lock", str(core(repo)))
    shutil.rmtree(core(repo))

    result = refused(repo, cli)

    assert f"the worktree {core(repo)} is gone but locked" in result.stderr
    assert follow(result, "git worktree unlock", repo.path).exit_code == 0
    assert " repaired " in cli("setup", PLAN_ID, cwd=repo.path).stdout
    assert Repo(core(repo)).head() == commit


def test_setup_says_how_to_free_a_stages_branch_that_home_has_checked_out(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    repo.git("worktree", "remove", str(core(repo)))
    repo.git("switch", "--quiet", branch("core"))

    result = refused(repo, cli)

    assert f"branch {branch('core')} is checked out in home" in result.stderr
    assert follow(result, "git -C", repo.path).exit_code == 0
    assert " created " in cli("setup", PLAN_ID, cwd=repo.path).stdout


def test_setup_in_a_repository_without_commits_says_how_to_make_one(
    cli: Cli, tmp_path: Path
) -> None:
    repo = Repo(tmp_path / "project")
    repo.path.mkdir()
    repo.git("init", "--quiet")
    repo.plan(PLAN_ID, "core")

    result = refused(repo, cli)

    assert "the repository has no commit yet" in result.stderr
    assert follow(result, "git commit", repo.path).exit_code == 0
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0


def test_setup_with_a_detached_head_asks_for_a_target(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.git("checkout", "--quiet", "--detach")

    result = refused(repo, cli)

    assert "home has no branch checked out (detached HEAD)" in result.stderr
    assert 'name the target with "base" in the metadata' in result.stderr
    set_up(repo, cli, "core", base="main")


def test_setup_with_commits_on_a_detached_head_keeps_them(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.git("checkout", "--quiet", "--detach")
    repo.git("commit", "--quiet", "--allow-empty", "-m", "on no branch")

    assert follow(refused(repo, cli), "git -C", repo.path.parent).exit_code == 0

    assert "on no branch" in repo.git("log", "--branches", "--format=%s")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0


def test_setup_of_a_plan_whose_base_does_not_exist_says_so(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", base="develop")

    result = refused(repo, cli)

    assert "the target branch develop does not exist" in result.stderr


def test_setup_refuses_a_base_that_moved_away_from_the_recorded_target(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    repo.git("branch", "develop")
    shop(repo, "core", base="develop")

    result = refused(repo, cli)

    assert "the plan says base develop, but its stages were set up from main" in result.stderr
    assert follow(result, "git symbolic-ref", repo.path).exit_code == 0
    assert " kept " in cli("setup", PLAN_ID, cwd=repo.path).stdout


def test_setup_notices_that_the_recorded_target_is_gone(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "other")
    cli("setup", PLAN_ID, "core", cwd=repo.path)
    repo.git("switch", "--quiet", "--create", "elsewhere")
    repo.git("branch", "--quiet", "-D", "main")

    result = refused(repo, cli)

    assert "the target branch main does not exist" in result.stderr
    assert refs(repo).get(f"refs/heads/{branch('other')}") is None


def test_setup_of_an_invalid_plan_shows_the_findings_and_does_nothing(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core", branch="--force"), "other")
    before = snapshot(repo.path.parent)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    file = f".claude/plans/{PLAN_ID}.md"
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f'{file}:13:17: error PW301 branch "--force"')
    assert result.stderr.endswith(
        f"refused: the plan has errors; fix them, then: plan-worktree validate {file}\n"
    )
    assert snapshot(repo.path.parent) == before


@sampled(
    "path",
    (
        "../../outside/core",
        "/tmp/outside-core",  # noqa: S108
        ".git/core",
        "../project/.git/worktrees/core",
        "core",
        ".",
        "..",
        "~/core",
        "../link/core",
        "../worktrees/../../core",
    ),
    one_in=3,
)
def test_setup_never_leaves_the_places_where_worktrees_may_be(
    make_repo: Callable[[str], Repo], cli: Cli, path: str
) -> None:
    repo = make_repo("deep/project")
    outside = repo.path.parent.parent / "outside"
    outside.mkdir()
    (repo.path.parent / "link").symlink_to(outside)
    shop(repo, Stage("core", worktree_path=path))
    before = snapshot(repo.path.parent.parent)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert f'error PW304 worktree path "{path}"' in result.stderr
    assert snapshot(repo.path.parent.parent) == before


@pytest.mark.parametrize("path", (":(exclude)core", ":!core", ":^core", "*", "[core", "-core"))
def test_a_worktree_path_inside_home_is_never_a_pattern_for_git(
    repo: Repo, cli: Cli, path: str
) -> None:
    repo.write(".gitignore", "/core/\n")
    shop(repo, Stage("core", worktree_path=path))

    result = cli("validate", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert f'error PW304 worktree path "{path}" is inside the repository' in result.stdout


def test_a_worktree_path_inside_a_submodule_is_a_finding(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli
) -> None:
    library = make_repo("library")
    allow = ("-c", "protocol.file.allow=always")
    repo.git(*allow, "submodule", "--quiet", "add", str(library.path), "library")
    shop(repo, Stage("core", worktree_path="library/core"))

    result = cli("validate", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert 'error PW304 worktree path "library/core"' in result.stdout


def test_setup_makes_a_worktree_inside_home_where_git_ignores_it(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", "/trees/\n")
    shop(repo, Stage("core", worktree_path="trees/core"))

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert repo.worktrees() == [repo.path / "trees/core"]
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "stage",
    (
        Stage("core", branch="x;touch${IFS}hacked;core"),
        Stage("core", worktree_path="../it's;touch hacked;'core"),
    ),
)
def test_the_advice_of_a_refusal_is_safe_to_paste(repo: Repo, cli: Cli, stage: Stage) -> None:
    """A plan is untrusted text, and who reads the advice may be an agent that runs it."""
    set_up(repo, cli, stage)
    there = repo.worktrees()[0]
    Repo(there).git("switch", "--quiet", "--create", "aside")

    follow(refused(repo, cli), "git -C", repo.path)

    assert not (repo.path / "hacked").exists()
    assert " kept " in cli("setup", PLAN_ID, cwd=repo.path).stdout


def test_setup_refuses_to_start_a_stage_anew_whose_branch_was_renamed_in_the_plan(
    repo: Repo, cli: Cli
) -> None:
    """The old branch would belong to nobody, and the commits on it would be shown nowhere."""
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")
    there.write("work.txt", "work\n")
    commit = there.commit()
    base = refs(repo)[base_ref("core")]
    shop(repo, Stage("core", branch="feature/new-core", worktree_path="../new/core"))

    result = refused(repo, cli)

    assert f"branch {branch('core')} in {there.path} belongs to this plan" in result.stderr
    assert refs(repo)[base_ref("core")] == base
    assert follow(result, "git branch -m", repo.path).exit_code == 0
    assert refs(repo)["refs/heads/feature/new-core"] == commit
