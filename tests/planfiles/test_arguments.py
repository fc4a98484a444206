"""What the words PLAN and STAGE of a command line mean."""

from __future__ import annotations

import pytest

from plan_worktree.planfiles.arguments import plan_and_stage, plan_and_stages
from tests.sampling import sampled
from tests.support import Repo
from tests.world import PLAN_ID, POINTER, Cli, set_up, shop


@pytest.mark.parametrize("pointed", (True, False))
def test_one_word_in_a_stages_worktree_is_the_stage_it_names(
    repo: Repo, cli: Cli, pointed: bool
) -> None:
    set_up(repo, cli, "core", "api:core")
    there = repo.stage(PLAN_ID, "api")
    there.write("src/a.txt", "x\n")
    if not pointed:
        (there.path / POINTER).unlink()

    for start in (there.path, there.path / "src"):
        assert plan_and_stage(("core",), start) == (None, "core")
        assert plan_and_stage((None, None), start) == (None, None)
        assert plan_and_stage(("shop",), start) == ("shop", None)
        assert plan_and_stage(("core", "api"), start) == ("core", "api")
        assert plan_and_stages("api", (), start) == (None, ("api",))
        assert plan_and_stages("shop", ("core", "api"), start) == ("shop", ("core", "api"))


def test_elsewhere_one_word_is_the_plan(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    repo.git("worktree", "add", "-q", "../other")

    assert plan_and_stage(("core",), repo.path) == ("core", None)
    assert plan_and_stage(("core",), repo.path.parent) == ("core", None)
    assert plan_and_stage(("core",), repo.path.parent / "other") == ("core", None)


def test_in_a_worktree_the_stage_goes_before_a_plan_that_is_called_like_it(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api:core")
    repo.plan("2026-01-03-core", "other")
    there = repo.stage(PLAN_ID, "api").path

    assert cli("brief", "core", cwd=there).stdout.startswith("# Stage core: Core\n")
    assert cli("brief", "core", cwd=repo.path).exit_code == 2
    assert "# Stage other" in cli("brief", "2026-01-03-core", "other", cwd=there).stdout


@sampled(
    "words",
    (
        ("start", "core", "--owner", "ada", "--dry-run"),
        ("brief", "core"),
        ("complete", "core", "--empty", "--dry-run"),
        ("sync", "core", "--dry-run"),
        ("todo", "core"),
        ("mark", "core", "blocked", "--dry-run"),
        ("setup", "core", "--dry-run"),
        ("restore", "core", "--list"),
    ),
    one_in=4,
)
def test_every_command_about_a_stage_reads_one_word_alike(
    repo: Repo, cli: Cli, words: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core", "api:core")

    there = cli(*words, cwd=repo.stage(PLAN_ID, "api").path)
    home = cli(words[0], PLAN_ID, *words[1:], cwd=repo.path)

    assert there.exit_code == home.exit_code == 0, there.output
    assert there.stdout == home.stdout


@pytest.mark.parametrize("words", (("merge", "core"), ("remove", "core", "--dry-run")))
def test_so_do_commands_about_several(repo: Repo, cli: Cli, words: tuple[str, ...]) -> None:
    set_up(repo, cli, "core", "api")
    repo.stage(PLAN_ID, "core").write("x.txt", "x\n")

    there = cli(*words, cwd=repo.stage(PLAN_ID, "api").path)

    assert there.exit_code == 1
    assert "no plan matches" not in there.output


def test_without_a_repository_a_word_is_a_plan(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    assert plan_and_stage(("core",), repo.path.parent) == ("core", None)
