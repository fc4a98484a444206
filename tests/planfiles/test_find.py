"""From a name to a plan, and the list of plans."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plan_worktree.authoring.listing import list_plans
from plan_worktree.planfiles.find import find_plan, plan_paths
from plan_worktree.planfiles.open_plan import open_plan, select
from plan_worktree.project.home import find_home
from plan_worktree.project.refusal import BadArgument
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, POINTER, Cli, shop


def plans(repo: Repo, *ids: str) -> None:
    for plan_id in ids:
        repo.plan(plan_id, "core")


def test_an_exact_name_wins_over_names_that_contain_it(repo: Repo) -> None:
    plans(repo, "2026-01-02-shop", "2026-01-02-shop-two")

    assert find_plan("2026-01-02-shop", repo.path).path.stem == "2026-01-02-shop"


def test_a_file_name_wins_over_a_plan_id(repo: Repo) -> None:
    plans(repo, "2026-01-02-shop", "2026-01-03-till")
    (repo.path / PLANS / "2026-01-03-till.md").rename(repo.path / PLANS / "till-of-the-shop.md")

    assert find_plan("2026-01-03-till", repo.path).path.stem == "till-of-the-shop"
    with pytest.raises(BadArgument, match="more than one plan matches"):
        find_plan("shop", repo.path)


def test_a_name_that_fits_nothing_lists_what_there_is(repo: Repo) -> None:
    plans(repo, *(f"2026-01-{day:02}-plan" for day in range(1, 12)))

    with pytest.raises(BadArgument) as refusal:
        find_plan("login", repo.path)

    names = ", ".join(f"2026-01-{day:02}-plan" for day in range(1, 9))
    assert str(refusal.value) == f'no plan matches "login"; there are {names}, …'


def test_a_path_that_is_not_there_lists_what_there_is(repo: Repo) -> None:
    plans(repo, "2026-01-02-shop")

    with pytest.raises(BadArgument, match=r"there is no file docs/x\.md; there is 2026-01-02-shop"):
        find_plan("docs/x.md", repo.path)


def test_no_plan_at_all_suggests_new(repo: Repo) -> None:
    with pytest.raises(BadArgument, match="there are no plans yet: plan-worktree new SLUG"):
        find_plan("shop", repo.path)


@pytest.mark.parametrize("command", ("setup", "remove", "status", "show", "validate"))
def test_an_empty_name_is_no_name(repo: Repo, cli: Cli, command: str) -> None:
    """A recipe or a script with an unset variable must not act on whatever plan there is."""
    shop(repo, "core")

    result = cli(command, "", cwd=repo.path)

    assert result.exit_code == 2


def test_plans_are_found_in_sub_folders_and_links_out_of_it_are_not_followed(
    repo: Repo, tmp_path: Path
) -> None:
    plans(repo, "2026-01-02-shop")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "2026-01-04-foreign.md").write_text("")
    folder = repo.path / PLANS
    (folder / "old").mkdir()
    (folder / "2026-01-02-shop.md").rename(folder / "old/2026-01-02-shop.md")
    (folder / "linked").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    repo.write(POINTER, "not a plan\n")
    repo.write(f"{PLANS}/data.json", "{}\n")

    assert plan_paths(find_home(repo.path)) == [folder / "old/2026-01-02-shop.md"]


def test_ls_lists_every_plan_and_leaves_notes_out(repo: Repo, cli: Cli) -> None:
    shop(repo)
    plans(repo, "2026-02-03-other")
    repo.write(f"{PLANS}/notes.md", "# Just notes\n")

    result = cli("ls", cwd=repo.path)

    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["PLAN", "STATUS", "STAGES", "FILE"],
        [PLAN_ID, "draft", "6", f"{PLANS}/{PLAN_ID}.md"],
        ["2026-02-03-other", "draft", "1", f"{PLANS}/2026-02-03-other.md"],
    ]


def test_ls_shows_a_broken_plan_with_its_problem(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.write(f"{PLANS}/broken.md", '```json metadata\n{"plan_id": }\n```\n')

    result = cli("ls", cwd=repo.path)

    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if "broken.md" in line)
    assert line.startswith("? ")
    assert line.endswith(f"  -       {PLANS}/broken.md")
    assert PLAN_ID in result.stdout


def test_ls_json_is_null_where_a_plan_cannot_be_read(repo: Repo, cli: Cli) -> None:
    repo.write(f"{PLANS}/broken.md", "```json metadata\n{\n```\n")

    plan = cli("ls", "--json", cwd=repo.path).json()["plans"][0]

    assert (plan["plan_id"], plan["status"], plan["stages"]) == (None, None, None)
    assert plan["problem"]


def test_ls_without_plans_says_how_to_begin(cli: Cli, repo: Repo, tmp_path: Path) -> None:
    for cwd in (repo.path, tmp_path):
        result = cli("ls", cwd=cwd)
        assert result.exit_code == 0
        assert result.stdout == ""
        assert result.stderr == "there are no plans here yet: plan-worktree new SLUG\n"


def test_ls_outside_a_repository_lists_the_plans_below(repo: Repo, tmp_path: Path) -> None:
    plan = repo.plan(PLAN_ID, "core")
    place = tmp_path / "loose" / PLANS
    place.mkdir(parents=True)
    plan.rename(place / plan.name)

    os.chdir(tmp_path / "loose")
    try:
        listed = list_plans(tmp_path / "loose")
    finally:
        os.chdir(repo.path)

    assert [(one.file, one.plan_id) for one in listed] == [(f"{PLANS}/{PLAN_ID}.md", PLAN_ID)]


def test_show_is_in_merge_order_with_waves(repo: Repo, cli: Cli) -> None:
    shop(repo, "release:api", "api:core", "core", "docs")

    result = cli("show", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert [line.split()[:3] for line in result.stdout.splitlines()] == [
        ["MERGE", "WAVE", "STAGE"],
        ["1", "1", "core"],
        ["2", "1", "docs"],
        ["3", "2", "api"],
        ["4", "3", "release"],
    ]


def test_show_needs_no_repository(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    plan = repo.plan(PLAN_ID, "core")
    plan = plan.rename(tmp_path / "plan.md")

    assert cli("show", plan, cwd=tmp_path).exit_code == 0


def test_show_of_a_broken_plan_shows_its_findings(repo: Repo, cli: Cli) -> None:
    shop(repo, "a:b", "b:a")

    result = cli("show", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error PW204 these stages wait for each other: a -> b -> a" in result.stderr


def test_select_keeps_the_plans_order_and_takes_a_name_once(repo: Repo) -> None:
    shop(repo)
    plan = open_plan(PLAN_ID, repo.path).plan

    assert [stage.id for stage in select(plan, ["ui", "core", "ui"])] == ["core", "ui"]
    assert len(select(plan, [])) == 6
    with pytest.raises(BadArgument, match="there are core, api, ui, docs, search, release"):
        select(plan, ["zzz"])
