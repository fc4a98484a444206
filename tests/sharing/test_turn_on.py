"""init share: which remote, what is written, what is said; and nothing without being asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones import bare, do, finish, shared, take
from tests.result import Result
from tests.support import PLANS, Repo, checked
from tests.world import PLAN_ID, declared

Cli = Callable[..., Result]


def config(repo: Repo) -> bytes:
    return (repo.path / ".git/config").read_bytes()


def attributes(repo: Repo) -> Path:
    return repo.path / ".git/info/attributes"


def test_it_shares_through_the_only_remote_and_says_what_that_means(repo: Repo, cli: Cli) -> None:
    repo.git("remote", "add", "hub", "../hub.git")

    told = cli("init", "share", cwd=repo.path)

    assert told.exit_code == 0, told.output
    assert repo.git("config", "planWorktree.remote") == "hub"
    assert attributes(repo).read_text() == "/.claude/plans/**/*.md merge=plan-worktree\n"
    assert repo.git("status", "--porcelain") == ""
    for word in ("refs/plan-worktree/*", "whoever can push to hub", "git config --unset"):
        assert word in told.stderr


def test_run_again_or_dry_it_changes_nothing(repo: Repo, cli: Cli) -> None:
    repo.git("remote", "add", "origin", "../origin.git")
    before = config(repo)

    told = cli("init", "share", "--dry-run", cwd=repo.path)
    assert "this clone would share its plans through origin" in told.stderr
    assert config(repo) == before
    assert not attributes(repo).exists()

    attributes(repo).parent.mkdir(exist_ok=True)
    attributes(repo).write_text("*.bin -text")
    cli("init", "share", cwd=repo.path)
    once = config(repo), attributes(repo).read_text()
    told = cli("init", "share", cwd=repo.path)

    assert once == (config(repo), attributes(repo).read_text())
    assert once[1].splitlines() == ["*.bin -text", "/.claude/plans/**/*.md merge=plan-worktree"]
    assert [line.split()[1] for line in told.stdout.splitlines()[1:]] == ["kept"] * 3


def test_init_without_a_part_shares_nothing(repo: Repo, cli: Cli) -> None:
    repo.git("remote", "add", "origin", "../origin.git")
    before = config(repo)
    assert cli("init", cwd=repo.path).exit_code == 0
    assert config(repo) == before


def test_without_a_remote_or_among_several_it_names_the_command(repo: Repo, cli: Cli) -> None:
    told = cli("init", "share", cwd=repo.path)
    assert told.exit_code == 1
    assert told.stderr.rstrip().endswith("remote add origin URL")

    for name in ("one", "two"):
        repo.git("remote", "add", name, f"../{name}.git")
    told = cli("init", "share", cwd=repo.path)
    assert told.exit_code == 1
    assert "the remotes are one, two, and none is called origin" in told.stderr
    checked("sh", "-c", told.stderr.rpartition(": ")[2], cwd=repo.path)
    cli("init", "share", cwd=repo.path)
    assert repo.git("config", "planWorktree.remote") == "one"

    repo.git("remote", "add", "origin", "../origin.git")  # what was chosen stays
    assert cli("init", "share", cwd=repo.path).exit_code == 0
    assert repo.git("config", "planWorktree.remote") == "one"


@pytest.mark.parametrize("folder", ("my plans", "pläne [1]", "!plans"))
def test_a_plans_folder_with_any_name_is_merged_by_the_driver(
    repo: Repo, cli: Cli, folder: str
) -> None:
    repo.git("remote", "add", "origin", "../origin.git")
    repo.git("config", "planWorktree.plans", folder)

    told = cli("init", "share", cwd=repo.path)

    assert told.exit_code == 0, told.output
    for below in ("", "archive/"):
        said = repo.git("check-attr", "-z", "merge", "--", f"{folder}/{below}a.md")
        assert said.split("\0")[2] == "plan-worktree"
    assert repo.git("check-attr", "merge", "--", "a.md").endswith("unspecified")


def test_plans_outside_of_the_repository_are_left_to_git(repo: Repo, cli: Cli) -> None:
    repo.git("remote", "add", "origin", "../origin.git")
    repo.git("config", "planWorktree.plans", "../notes")

    told = cli("init", "share", cwd=repo.path)

    assert told.exit_code == 0
    assert "the plans lie outside" in told.stderr
    assert not attributes(repo).exists()


@pytest.fixture
def newcomer(tmp_path: Path) -> Repo:
    """Return a clone that does not share yet a plan of which another clone has built a stage."""
    one, two = shared(tmp_path, "one", "two")
    two.git("config", "--unset", "planWorktree.remote")
    take(one, "core", "ada")
    finish(one, "core", "ada")
    take(one, "api", "eve")
    return two


def states(repo: Repo) -> list[str]:
    stages = do(repo, "status", PLAN_ID, "--json").json()["stages"]
    return [entry["state"] for entry in stages]


@pytest.mark.second
def test_it_asks_at_once_what_the_remote_has_of_every_plan(newcomer: Repo) -> None:
    (newcomer.path / PLANS / "broken.md").write_text("```json metadata\n{}\n```\n")
    before = bare(newcomer).git("for-each-ref")

    dry = do(newcomer, "init", "share", "--dry-run")
    assert "known here" not in dry.stderr
    assert states(newcomer) == ["ready", "waiting"]
    told = do(newcomer, "init", "share")

    assert "what origin has of 1 plan is known here now\n" in told.stderr
    assert "warning: broken: the plan has errors; fix them, then: plan-worktree" in told.stderr
    assert states(newcomer) == ["complete", "in-progress"]
    assert declared(newcomer)["core"] == "complete"
    assert "shared through origin, which answered " in do(newcomer, "status", PLAN_ID).stdout
    assert bare(newcomer).git("for-each-ref") == before


@pytest.mark.second
def test_a_remote_that_does_not_answer_is_a_warning_and_asked_later(newcomer: Repo) -> None:
    there = bare(newcomer).path
    there.rename(there.with_name("away"))

    told = do(newcomer, "init", "share")

    assert f"warning: {PLAN_ID}: origin does not answer (fatal: " in told.stderr
    assert "known here" not in told.stderr
    assert newcomer.git("config", "planWorktree.remote") == "origin"
    there.with_name("away").rename(there)
    line = next(li for li in do(newcomer, "status", PLAN_ID).stdout.splitlines() if "shared" in li)
    ask = f"plan-worktree status {PLAN_ID} --fetch"
    assert line == f"shared through origin, which was not asked yet, or did not answer: {ask}"
    assert line in do(newcomer, "ready", PLAN_ID).stderr
    do(newcomer, *ask.split()[1:])
    assert states(newcomer) == ["complete", "in-progress"]


def test_before_there_is_a_plan_it_is_turned_on_and_nobody_is_asked(repo: Repo, cli: Cli) -> None:
    repo.git("remote", "add", "origin", "../nowhere.git")

    told = cli("init", "share", cwd=repo.path)

    assert told.exit_code == 0
    assert repo.git("config", "planWorktree.remote") == "origin"
    assert "does not answer" not in told.stderr
    assert "known here" not in told.stderr
