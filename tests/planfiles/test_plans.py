"""What a plan is: the same for every command, wherever it lies and whatever lies beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plan_worktree.planfiles.plans import (
    is_inside,
    is_plan,
    plan_files,
    plans_folder_around,
    worktree_around,
)
from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, plan_text
from tests.world import PLAN_ID, POINTER, Cli, claim_ref, finish, set_up, shop

COPY = plan_text(PLAN_ID, "core")


def findings(result: Result) -> list[str]:
    """Return the codes of the errors that a command shows."""
    lines = (result.stdout + result.stderr).splitlines()
    return [line.split(": error ")[1][:5] for line in lines if ": error PW" in line]


def ids(result: Result) -> list[str | None]:
    return [plan["plan_id"] for plan in json.loads(result.stdout)["plans"]]


@pytest.mark.parametrize("folder", (PLANS, f"{PLANS}/done", "docs/plans", "docs/plans/2026/done"))
def test_a_plan_below_the_plans_folder_is_checked_against_all_plans_there(
    repo: Repo, cli: Cli, folder: str
) -> None:
    if not folder.startswith(PLANS):
        repo.git("config", "planWorktree.plans", "docs/plans")
    top = PLANS if folder.startswith(PLANS) else "docs/plans"
    repo.write(f"{top}/{PLAN_ID}.md", plan_text(PLAN_ID, "core"))
    copy = repo.write(f"{folder}/copy.md", COPY)

    both = cli("validate", cwd=repo.path)
    one = cli("validate", copy, cwd=repo.path)
    named = cli("validate", "copy", cwd=repo.path)

    assert "PW207" in findings(both)
    assert f"is taken by {top}/{PLAN_ID}.md:5: choose another" in one.stdout
    assert findings(one) == findings(named) == ["PW207", "PW307", "PW308"]


@sampled("name", ("copy.md", "done/copy.md", f"done/{PLAN_ID}.md"), one_in=3)
def test_no_command_takes_another_plans_records_for_those_of_a_copy(
    repo: Repo, cli: Cli, name: str
) -> None:
    set_up(repo, cli, "core")
    assert cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path).exit_code == 0
    copy = repo.write(f"{PLANS}/{name}", COPY)
    claim = repo.git("rev-parse", claim_ref("core"))

    for command in ("status", "ready", "brief", "start", "complete", "merge", "remove"):
        words = ("core",) if command in ("brief", "start", "complete") else ()
        result = cli(command, copy, *words, cwd=repo.path)
        assert result.exit_code == 1, command
        assert findings(result) == ["PW207"], command
        assert "ada" not in result.output, command

    assert repo.git("rev-parse", claim_ref("core")) == claim


@pytest.mark.parametrize("name", ("a-copy.md", "2026-01-01-copy.md", "done/copy.md"))
def test_a_copy_does_not_stop_the_plan_that_it_was_made_of(repo: Repo, cli: Cli, name: str) -> None:
    set_up(repo, cli, "core")
    repo.write(f"{PLANS}/{name}", COPY)

    assert cli("status", PLAN_ID, cwd=repo.path).exit_code == 0
    assert cli("start", cwd=repo.stage(PLAN_ID, "core").path).exit_code == 0
    assert findings(cli("validate", PLAN_ID, cwd=repo.path))[0] == "PW207"


def test_copies_of_a_plan_in_several_worktrees_are_one_plan(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    places = [repo.path, *(repo.stage(PLAN_ID, stage).path for stage in ("core", "api"))]
    copies = [place / PLANS / f"{PLAN_ID}.md" for place in places]
    assert all(copy.is_file() for copy in copies)

    result = cli("validate", *copies, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (0, "")


def test_plans_of_two_repositories_share_no_names(
    make_repo: Callable[[str], Repo], cli: Cli, tmp_path: Path
) -> None:
    plans = [make_repo(name).plan(PLAN_ID, "core") for name in ("one", "two")]

    assert cli("validate", *plans, cwd=tmp_path).stdout == ""


def test_a_copy_in_place_of_the_link_to_the_plan_is_no_second_plan(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core").path
    (there / POINTER).unlink()
    (there / POINTER).write_bytes((repo.path / PLANS / f"{PLAN_ID}.md").read_bytes())

    assert cli("brief", cwd=there).exit_code == 0
    assert cli("validate", POINTER, cwd=there).exit_code == 0


def test_a_file_and_links_to_it_are_one_plan(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    (repo.path / PLANS / "alias.md").symlink_to(f"{PLAN_ID}.md")

    for words in ((), (PLAN_ID,), ("alias",), (f"{PLANS}/alias.md",)):
        assert cli("validate", *words, cwd=repo.path).stdout == ""
    assert cli("status", f"{PLANS}/alias.md", cwd=repo.path).exit_code == 0


def test_a_plans_folder_that_is_a_repository_belongs_to_the_worktree_around_it(
    repo: Repo, cli: Cli
) -> None:
    plan = repo.plan(PLAN_ID, "core")
    Repo(plan.parent).git("init", "--quiet")

    for name in (PLAN_ID, f"{PLANS}/{PLAN_ID}.md"):
        result = cli("setup", name, "--dry-run", "--json", cwd=repo.path)
        (stage,) = result.json()["stages"]
        assert stage["worktree"] == str(repo.stage(PLAN_ID, "core").path), name


def test_edits_of_plans_and_notes_do_not_hinder_a_landing_where_the_plans_folder_is_a_link(
    repo: Repo, cli: Cli
) -> None:
    (repo.path / ".claude").mkdir()
    (repo.path / PLANS).symlink_to("../docs/plans")
    note = repo.write("docs/plans/done/note.txt", "a note\n")
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    note.write_text("another note\n")

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert note.read_text() == "another note\n"


def test_notes_beside_plans_are_checked_and_never_chosen(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, "core")
    repo.write(f"{PLANS}/shop-notes.md", "# Notes on the shop\n")
    repo.write(f"{PLANS}/how.md", f"# How we write plans\n\n````markdown\n{COPY}\n````\n")

    assert ids(cli("ls", "--json", cwd=repo.path)) == [PLAN_ID]
    assert cli("show", "shop", cwd=repo.path).exit_code == 0
    assert cli("show", cwd=repo.path).exit_code == 0
    lost = cli("show", "nope", cwd=repo.path)
    assert lost.stderr == f'Error: no plan matches "nope"; there is {PLAN_ID}\n'
    assert findings(cli("validate", cwd=repo.path)) == ["PW001", "PW001"]


@pytest.mark.parametrize("broken", ("```json\n", "``json metadata\n", "prose\n"))
def test_a_plan_whose_block_was_broken_is_listed_and_chosen_by_its_dated_name(
    repo: Repo, cli: Cli, broken: str
) -> None:
    plan = repo.plan(PLAN_ID, "core")
    plan.write_text(plan.read_text().replace("```json metadata\n", broken))

    (listed,) = cli("ls", "--json", cwd=repo.path).json()["plans"]
    shown = cli("show", cwd=repo.path)

    assert listed["plan_id"] is None
    assert listed["problem"]
    assert findings(shown) == findings(cli("validate", cwd=repo.path)) != []


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("```json metadata\n{}\n```\n", True),
        ("# Title\n\n   ~~~~ json  metadata\n{}\n", True),
        ("\ufeff```json metadata\n", True),
        ("a\r\n```json metadata\r\n", True),
        ("a\r```json metadata\r", True),
        ("```sh\nls\n```\n```json metadata\n", True),
        ("`` ` ``\n```a`b\n```json metadata\n", True),
        ("~~~ a`b\n```json metadata\n~~~\n", False),
        ("````\n```json metadata\n```\n````\n", False),
        ("~~~\n```\n```json metadata\n~~~\n", False),
        ("    ```json metadata\n", False),
        ("text ```json metadata\n", False),
        ("```json metadatas\n", False),
        ("```json\n{}\n```\n", False),
        ("", False),
    ),
)
def test_a_plan_opens_a_metadata_block_at_the_margin(
    tmp_path: Path, text: str, expected: bool
) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(text.encode())

    assert is_plan(path) is expected


def test_what_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    for name, expected in (("2026-01-02-a.md", True), ("2026-01-02.md", False), ("a.md", False)):
        (tmp_path / name).write_bytes(b"\xff\0")
        assert is_plan(tmp_path / name) is expected
        (tmp_path / name).unlink()
        assert is_plan(tmp_path / name) is expected


def test_the_plans_folder_is_walked_without_links_and_other_repositories(
    repo: Repo, make_repo: Callable[[str], Repo]
) -> None:
    folder = repo.path / "plans"
    kept = [repo.write(f"plans/{name}", "x") for name in ("a.md", "b/c.md", "b/d/e.md")]
    for name in ("a.txt", "CURRENT_STAGE.md", "b/CURRENT_STAGE.md", "md", ".git/x.md"):
        repo.write(f"plans/{name}", "x")
    make_repo("project/plans/clone").write("x.md", "x")
    (folder / "link").symlink_to(repo.path)

    assert plan_files(folder) == sorted(kept)
    assert all(is_inside(folder, path) for path in kept)
    assert is_inside(folder, folder / "link/plans/a.md")
    assert not is_inside(folder, folder / "link/a.md")


def test_the_setting_is_asked_for_a_file_outside_the_default_folder_only(tmp_path: Path) -> None:
    def never() -> str:
        raise AssertionError

    inside, outside = tmp_path / PLANS / "a/b.md", tmp_path / "docs/a/b.md"
    assert plans_folder_around(inside, tmp_path, never) == tmp_path / PLANS
    assert plans_folder_around(outside.with_name("CURRENT_STAGE.md"), tmp_path, never) is None
    assert plans_folder_around(outside, tmp_path, lambda: None) is None
    assert plans_folder_around(outside, tmp_path, lambda: "") is None
    assert plans_folder_around(outside, tmp_path, lambda: "docs") == tmp_path / "docs"


def test_a_file_belongs_to_the_worktree_that_its_path_leads_through(
    repo: Repo, make_repo: Callable[[str], Repo]
) -> None:
    notes = make_repo("notes")
    plan = notes.plan(PLAN_ID)
    (repo.path / ".claude").mkdir()
    (repo.path / PLANS).symlink_to(plan.parent)

    assert worktree_around(repo.path / PLANS / plan.name) == repo.path
    assert worktree_around(plan) == notes.path
    assert worktree_around(repo.path.parent / "loose.md") is None
