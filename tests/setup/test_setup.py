"""setup: what it makes, what it keeps, and that looking changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, run
from tests.world import (
    DIAMOND,
    PLAN_ID,
    STAGES,
    Cli,
    base_ref,
    branch,
    hook,
    refs,
    row,
    set_up,
    shop,
    snapshot,
    work,
)


def actions(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.output
    return {row[0]: row[1] for row in map(str.split, result.stdout.splitlines()[1:])}


def test_setup_gives_every_stage_of_a_diamond_a_worktree_and_a_branch(repo: Repo, cli: Cli) -> None:
    shop(repo)
    start = repo.head()

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert actions(result) == dict.fromkeys(STAGES, "created")
    assert result.stderr == ""
    assert result.stdout.splitlines()[0].split() == [
        "STAGE", "ACTION", "BRANCH", "BASE", "WORKTREE",
    ]  # fmt: skip
    assert set(repo.worktrees()) == {repo.stage(PLAN_ID, stage).path for stage in STAGES}
    for stage in STAGES:
        there = repo.stage(PLAN_ID, stage)
        assert row(result, stage)[2:] == [branch(stage), start[:10], str(there.path)]
        assert there.git("symbolic-ref", "HEAD") == f"refs/heads/{branch(stage)}"
        assert there.head() == start
        assert there.git("status", "--porcelain") == ""
        assert refs(repo)[base_ref(stage)] == start
    target = repo.git("symbolic-ref", f"refs/plan-worktree/{PLAN_ID}/target")
    assert target == "refs/heads/main"


def test_setup_leaves_home_as_it_was(repo: Repo, cli: Cli) -> None:
    shop(repo)
    repo.write("README.md", "half a sentence")
    before = repo.git("status", "--porcelain"), repo.head()

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert (repo.git("status", "--porcelain"), repo.head()) == before


def test_setup_again_says_kept_and_changes_no_byte(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    work(repo, "core")
    repo.stage(PLAN_ID, "api").write("draft.txt", "not yet committed")
    before = snapshot(repo.path.parent)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert actions(result) == dict.fromkeys(STAGES, "kept")
    assert snapshot(repo.path.parent) == before


def test_setup_dry_run_prints_every_step_and_changes_no_byte(repo: Repo, cli: Cli) -> None:
    shop(repo)
    before = snapshot(repo.path.parent)

    dry = cli("setup", PLAN_ID, "--dry-run", cwd=repo.path)

    assert dry.stdout.splitlines()[0].split()[:3] == ["STAGE", "WOULD", "BE"]
    assert actions(dry) == dict.fromkeys(STAGES, "created")
    assert snapshot(repo.path.parent) == before
    assert not (repo.path / ".git/plan-worktree.lock").exists()
    real = cli("setup", PLAN_ID, cwd=repo.path)
    assert [line.split() for line in real.stdout.splitlines()[1:]] == [
        line.split() for line in dry.stdout.splitlines()[1:]
    ]


def test_setup_of_named_stages_makes_only_those(repo: Repo, cli: Cli) -> None:
    shop(repo)

    result = cli("setup", PLAN_ID, "ui", "core", cwd=repo.path)

    assert list(actions(result)) == ["core", "ui"]
    assert repo.branches() == [branch("core"), branch("ui"), "main"]
    rest = cli("setup", PLAN_ID, cwd=repo.path)
    assert [stage for stage, action in actions(rest).items() if action == "kept"] == ["core", "ui"]


def test_setup_of_a_stage_that_is_not_in_the_plan_suggests_one_that_is(
    repo: Repo, cli: Cli
) -> None:
    shop(repo)

    result = cli("setup", PLAN_ID, "core", "serach", cwd=repo.path)

    assert result.exit_code == 2
    assert result.stderr == 'Error: the plan has no stage "serach"; did you mean "search"?\n'
    assert repo.worktrees() == []


@pytest.mark.parametrize("place", ("README.md/..", "deep/er", PLANS, ".git"))
def test_setup_from_anywhere_in_home_resolves_paths_against_its_root(
    repo: Repo, cli: Cli, place: str
) -> None:
    shop(repo, "core")
    cwd = (repo.path / place).resolve()
    cwd.mkdir(parents=True, exist_ok=True)

    assert actions(cli("setup", PLAN_ID, cwd=cwd)) == {"core": "created"}

    assert repo.worktrees() == [repo.stage(PLAN_ID, "core").path]


def test_setup_in_a_stages_worktree_needs_no_plan_and_goes_on_with_the_rest(
    repo: Repo, cli: Cli
) -> None:
    shop(repo)
    repo.plan("2026-01-03-other", "one")
    cli("setup", PLAN_ID, "core", cwd=repo.path)
    deep = repo.stage(PLAN_ID, "core").path / "deep/er"
    deep.mkdir(parents=True)

    result = cli("setup", cwd=deep)

    assert set(actions(result)) == set(STAGES)
    assert set(repo.worktrees()) == {repo.stage(PLAN_ID, stage).path for stage in STAGES}


@pytest.mark.parametrize("relative", (True, False))
def test_setup_from_outside_takes_a_plans_path(
    repo: Repo, cli: Cli, tmp_path: Path, relative: bool
) -> None:
    shop(repo, "core")
    plan = Path("project") / PLANS / f"{PLAN_ID}.md"

    result = cli("setup", plan if relative else tmp_path / plan, cwd=tmp_path)

    assert actions(result) == {"core": "created"}
    assert repo.worktrees() == [repo.stage(PLAN_ID, "core").path]


def test_setup_takes_a_plan_through_a_symbolic_link_to_home(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    shop(repo, "core")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/link").symlink_to(repo.path)

    result = cli("setup", PLAN_ID, cwd=tmp_path / "elsewhere/link")

    assert actions(result) == {"core": "created"}
    assert repo.worktrees() == [repo.stage(PLAN_ID, "core").path]


@pytest.mark.parametrize("name", ("shop", "01-02-sh", "SHOP", PLAN_ID))
def test_setup_takes_a_unique_part_of_a_plans_name(repo: Repo, cli: Cli, name: str) -> None:
    shop(repo, "core")
    repo.plan("2026-02-03-other", "one")

    assert actions(cli("setup", name, cwd=repo.path)) == {"core": "created"}


def test_setup_of_an_ambiguous_name_lists_the_plans(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.plan("2026-02-03-shopping", "one")

    result = cli("setup", "shop", cwd=repo.path)

    assert result.exit_code == 2
    assert result.stderr == (
        'Error: more than one plan matches "shop"; there are 2026-01-02-shop, 2026-02-03-shopping\n'
    )


def test_setup_without_a_name_takes_the_only_plan(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.write(f"{PLANS}/notes.md", "# Just notes\n")

    assert actions(cli("setup", cwd=repo.path)) == {"core": "created"}


def test_setup_without_a_name_among_several_plans_asks_for_one(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.plan("2026-02-03-other", "one")

    result = cli("setup", cwd=repo.path)

    assert result.exit_code == 2
    assert result.stderr == "Error: name a plan; there are 2026-01-02-shop, 2026-02-03-other\n"
    assert repo.worktrees() == []


def test_setup_starts_branches_from_the_base_that_the_plan_names(repo: Repo, cli: Cli) -> None:
    repo.git("branch", "release")
    start = repo.head()
    shop(repo, "core", base="release")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert row(result, "core")[3] == start[:10]
    assert repo.stage(PLAN_ID, "core").head() == start != repo.head()


def test_setup_keeps_the_target_of_its_first_run_wherever_home_stands_later(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api")
    start = repo.head()
    cli("setup", PLAN_ID, "core", cwd=repo.path)
    repo.git("switch", "--quiet", "--create", "other")
    repo.write("other.txt", "other\n")
    repo.commit()

    result = cli("setup", PLAN_ID, "api", cwd=repo.path)

    assert actions(result) == {"api": "created"}
    assert repo.stage(PLAN_ID, "api").head() == start


def test_setup_makes_a_deleted_directory_again_with_its_branch(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    commit = work(repo, "core")
    base = refs(repo)[base_ref("core")]
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert actions(result) == {"core": "repaired", "api": "kept"}
    assert repo.stage(PLAN_ID, "core").head() == commit
    assert repo.stage(PLAN_ID, "core").read("core.txt") == "work\n"
    assert refs(repo)[base_ref("core")] == base
    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "kept", "api": "kept"}


def test_setup_dry_run_shows_a_repair_and_leaves_it(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)
    before = snapshot(repo.path.parent)

    assert actions(cli("setup", PLAN_ID, "--dry-run", cwd=repo.path)) == {"core": "repaired"}

    assert snapshot(repo.path.parent) == before


def test_setup_takes_a_branch_up_again_whose_worktree_git_forgot(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    commit = work(repo, "core")
    base = refs(repo)[base_ref("core")]
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.write("later.txt", "later\n")
    repo.commit()

    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "created"}

    assert repo.stage(PLAN_ID, "core").head() == commit
    assert refs(repo)[base_ref("core")] == base


def test_setup_starts_a_stage_afresh_whose_branch_was_deleted(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.git("branch", "-D", branch("core"))
    repo.write("later.txt", "later\n")
    later = repo.commit()

    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "created"}

    assert repo.stage(PLAN_ID, "core").head() == later
    assert refs(repo)[base_ref("core")] == later


def test_setup_uses_an_empty_directory_that_is_already_there(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.stage(PLAN_ID, "core").path.mkdir(parents=True)

    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "created"}


@pytest.mark.thorough
def test_setup_makes_branch_and_base_ref_together_or_neither(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    # git takes a ref by making its lock file; one that is there already is somebody else's.
    lock = repo.write(f".git/{base_ref('core')}.lock", "")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert branch("core") not in repo.branches()
    assert branch("api") in repo.branches()
    assert not repo.stage(PLAN_ID, "core").path.exists()
    assert "core.lock': File exists" in result.stderr
    lock.unlink()
    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "created", "api": "kept"}


def test_setup_goes_on_where_it_stopped_between_branch_and_worktree(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    start = repo.head()
    repo.git("update-ref", f"refs/heads/{branch('core')}", start)
    repo.git("update-ref", base_ref("core"), start)

    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "created"}

    assert repo.stage(PLAN_ID, "core").head() == start


def test_setup_takes_the_branch_when_a_tag_has_the_same_name(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.git("tag", branch("core"))
    repo.write("later.txt", "later\n")
    later = repo.commit()

    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "created"}

    there = repo.stage(PLAN_ID, "core")
    assert there.head() == later
    assert there.git("symbolic-ref", "HEAD") == f"refs/heads/{branch('core')}"
    assert there.git("status", "--porcelain") == ""


@sampled(
    "name",
    ("refs/heads/foo-core", "origin/foo-core", "0123456", "core$(id)", "it's;core", "ä-core"),
    one_in=3,
)
def test_setup_takes_every_branch_name_that_git_allows(repo: Repo, cli: Cli, name: str) -> None:
    shop(repo, Stage("core", branch=name))

    assert actions(cli("setup", PLAN_ID, cwd=repo.path)) == {"core": "created"}

    there = repo.stage(PLAN_ID, "core")
    assert there.git("symbolic-ref", "HEAD") == f"refs/heads/{name}"
    assert cli("remove", PLAN_ID, cwd=repo.path).exit_code == 0
    assert repo.branches() == ["main"]


def test_setup_runs_the_projects_post_checkout_hook_in_the_new_worktree(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core")
    hook(repo, "post-checkout", 'pwd >"$(git rev-parse --git-common-dir)/hooked"')

    cli("setup", PLAN_ID, cwd=repo.path)

    assert repo.read(".git/hooked") == f"{repo.stage(PLAN_ID, 'core').path}\n"


def test_setup_makes_a_plan_of_the_diamond_in_an_uncommitted_plan_too(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, *DIAMOND)

    assert len(actions(cli("setup", PLAN_ID, cwd=repo.path))) == 6


def test_setup_by_a_path_in_a_stages_worktree_still_points_at_homes_plan(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api")
    cli("setup", PLAN_ID, "core", cwd=repo.path)

    result = cli("setup", f"{PLANS}/{PLAN_ID}.md", "api", cwd=repo.stage(PLAN_ID, "core").path)

    assert result.exit_code == 0
    pointer = repo.stage(PLAN_ID, "api").path / PLANS / "CURRENT_STAGE.md"
    assert pointer.resolve() == repo.path / PLANS / f"{PLAN_ID}.md"


def test_setup_does_not_take_over_a_stage_of_another_plan_with_the_same_id(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    base = refs(repo)[base_ref("core")]
    copy = repo.plan(
        PLAN_ID, Stage("core", branch="feature/copy-core", worktree_path="../copy/core")
    )
    copy.rename(copy.with_name("copy.md"))
    repo.git("checkout", "--quiet", "--", PLANS)
    repo.commit("another plan that kept the first one's id")

    result = cli("setup", "copy", cwd=repo.path)

    assert refs(repo)[base_ref("core")] == base, "the first plan's stage lost its base"
    assert result.exit_code == 1
    status = run("git", "rev-parse", "--verify", "feature/copy-core", cwd=repo.path)
    assert status.exit_code != 0
