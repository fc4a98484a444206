"""todo: a stage's items are listed, or ticked where the plan lies, and not a byte besides."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, plan_text
from tests.world import LOCK, PLAN_ID, POINTER, Cli, refs, set_up, shop, snapshot, start

PLAN = f"{PLANS}/{PLAN_ID}.md"
ITEMS = "- [ ] Write it.\n- [ ] Test it.\n"


def listed(repo: Repo, items: str, *stages: str) -> Repo:
    """Commit a plan whose first stage has these items."""
    shop(repo, *(stages or ("core", "api")))
    text = repo.read(PLAN)
    repo.write(PLAN, text.replace(ITEMS, items, 1))
    repo.commit("other items")
    return repo


def todo(repo: Repo, cli: Cli, *words: str, stage: str | None = None) -> Result:
    """Run the command at home, or in a stage's worktree."""
    return cli("todo", *words, cwd=repo.stage(PLAN_ID, stage).path if stage else repo.path)


def test_todo_lists_a_stages_items_with_their_numbers(repo: Repo, cli: Cli) -> None:
    listed(repo, "1. [X] One\n   * [ ] Nested,\n     and on\n2. [ ] Two `code`\n\n- no box\n")

    result = todo(repo, cli, PLAN_ID, "core")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "1 [x] One",
        "2   [ ] Nested, and on",
        "3 [ ] Two `code`",
        "stage core: 1 of 3 done",
    ]


def test_todo_ticks_and_changes_not_a_byte_besides(repo: Repo, cli: Cli) -> None:
    listed(repo, "- [X] One\n* [ ] Two\n+ [ ] Three\n")
    before, names = repo.read(PLAN), refs(repo)

    result = todo(repo, cli, PLAN_ID, "core", "3", "1", "3")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "stage core: ticked 3; 2 of 3 done"
    assert repo.read(PLAN) == before.replace("+ [ ] Three", "+ [x] Three")
    assert refs(repo) == names


def test_the_other_stages_items_stay_as_they_are(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")

    todo(repo, cli, PLAN_ID, "api", "2")

    first, second = repo.read(PLAN).split("**Stage ID**: `api`")
    assert ITEMS in first
    assert ITEMS.replace("- [ ] Test", "- [x] Test") in second


def test_undo_takes_ticks_away(repo: Repo, cli: Cli) -> None:
    listed(repo, "- [X] One\n- [x] Two\n- [ ] Three\n")
    before = repo.read(PLAN)

    result = todo(repo, cli, PLAN_ID, "core", "1", "2", "3", "--undo")

    assert result.stdout.splitlines()[-1] == "stage core: unticked 1, 2; 0 of 3 done"
    assert repo.read(PLAN) == before.replace("- [X] One\n- [x] Two", "- [ ] One\n- [ ] Two")


def test_ticking_what_is_ticked_changes_nothing(repo: Repo, cli: Cli) -> None:
    listed(repo, "- [X] One\n- [ ] Two\n")
    stamp = (repo.path / PLAN).stat().st_mtime_ns
    before = snapshot(repo.path)

    result = todo(repo, cli, PLAN_ID, "core", "1")

    assert result.exit_code == 0
    assert "ticked nothing that was not so already; 1 of 2 done" in result.stdout
    assert snapshot(repo.path) == before
    assert (repo.path / PLAN).stat().st_mtime_ns == stamp


def test_when_all_is_ticked_it_names_what_comes_next(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = todo(repo, cli, PLAN_ID, "core", "1", "2")

    end = f"ticked 1, 2; 2 of 2 done; when all is committed: plan-worktree complete {PLAN_ID} core"
    assert result.stdout.splitlines()[-1] == f"stage core: {end}"


def test_a_dry_run_shows_the_items_as_they_would_be(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    before = snapshot(repo.path)

    result = todo(repo, cli, PLAN_ID, "core", "2", "--dry-run")

    assert result.stdout.splitlines() == [
        "2 [x] Test it.",
        "stage core: would tick 2; 1 of 2 done",
    ]
    assert snapshot(repo.path) == before
    assert todo(repo, cli, PLAN_ID, "core", "9", "--dry-run").exit_code == 2


@sampled(
    ("words", "said"),
    (
        (("core", "3"), "stage core has no item 3: its items are numbered 1 to 2"),
        (("core", "1", "0", "7"), "stage core has no items 0, 7: its items are numbered 1 to 2"),
        (("core", *map(str, range(3, 13))), "no items 3, 4, 5, 6, 7, 8, 9, 10, …: its"),
        (("core", "9" * 12), "no list has that many items"),
        (("core", "x"), "'x' is not a number"),
        (("core", "1", "x"), "'x' is not a number"),
        (("core", "-1"), "No such option"),
        (("core", "--undo"), "--undo goes with the numbers of items"),
        (("cor",), 'the plan has no stage "cor"; did you mean "core"?'),
        ((), "name a stage, or go to its worktree"),
        (("1",), "name a stage, or go to its worktree"),
    ),
    one_in=3,
)
def test_what_is_not_there_is_wrong_usage_and_changes_nothing(
    repo: Repo, cli: Cli, words: tuple[str, ...], said: str
) -> None:
    shop(repo, "core", "api")
    before = snapshot(repo.path)

    result = todo(repo, cli, PLAN_ID, *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert snapshot(repo.path) == before


@pytest.mark.parametrize("items", ("- Write it.\n", "", "```\n- [ ] shown\n```\n"))
def test_a_stage_without_items_says_so(repo: Repo, cli: Cli, items: str) -> None:
    listed(repo, items)

    assert todo(repo, cli, PLAN_ID, "core").stdout == (
        f"stage core has no items with a box under TODO in {PLAN}\n"
    )
    result = todo(repo, cli, PLAN_ID, "core", "1")
    assert result.exit_code == 2
    assert "stage core has no item 1: it has no TODO items" in result.stderr


def test_in_the_stages_worktree_no_names_are_needed_and_home_changes(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    there = repo.stage(PLAN_ID, "api")
    (there.path / "src").mkdir()
    before = repo.read(PLAN)

    assert "stage api: 0 of 2 done" in todo(repo, cli, stage="api").stdout
    result = cli("todo", "2", cwd=there.path / "src")

    assert result.exit_code == 0
    head, tail = before.split("**Stage ID**: `api`")
    assert repo.read(PLAN) == (
        f"{head}**Stage ID**: `api`{tail.replace('[ ] Test', '[x] Test', 1)}"
    )
    assert there.read(PLAN) == before
    assert there.git("status", "--porcelain") == ""


def test_one_name_is_a_stage_in_a_stages_worktree_and_else_a_plan(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "shop", "api")

    assert "stage shop:" in todo(repo, cli, "shop", stage="api").stdout
    assert "stage shop: ticked 1" in todo(repo, cli, "shop", "1", stage="api").stdout
    assert "stage api:" in todo(repo, cli, PLAN_ID, stage="api").stdout
    assert "stage api: ticked 1" in todo(repo, cli, PLAN_ID, "1", stage="api").stdout
    assert "name a stage" in todo(repo, cli, "shop").stderr
    assert "no plan matches" in todo(repo, cli, "api", "1").stderr


def test_a_worktree_without_the_pointer_is_a_stages_as_well(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    (repo.stage(PLAN_ID, "api").path / POINTER).unlink()

    assert "stage api:" in todo(repo, cli, stage="api").stdout
    assert "stage core:" in todo(repo, cli, "core", stage="api").stdout


def test_behind_a_copied_pointer_it_is_the_plan_in_home_that_changes(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    pointer = repo.stage(PLAN_ID, "core").path / POINTER
    pointer.unlink()
    shutil.copy(repo.path / PLAN, pointer)  # where links are not possible
    copied = pointer.read_bytes()

    assert todo(repo, cli, "1", stage="core").exit_code == 0

    assert "- [x] Write it." in repo.read(PLAN)
    assert pointer.read_bytes() == copied


def test_a_stage_that_is_called_like_a_number_is_named_behind_its_plan(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "1", "2")

    assert "stage 2: 0 of 2" in todo(repo, cli, PLAN_ID, "2").stdout
    assert "stage 2: ticked 1" in todo(repo, cli, PLAN_ID, "2", "1").stdout
    assert "stage 1: ticked 2" in todo(repo, cli, "2", stage="1").stdout


@pytest.mark.parametrize("end", ("\r\n", "\r"))
def test_line_endings_and_a_byte_order_mark_stay(repo: Repo, cli: Cli, end: str) -> None:
    text = "\ufeff" + plan_text(PLAN_ID, "core").replace("\n", end)
    repo.write(PLAN, text.encode())
    repo.commit()

    assert todo(repo, cli, PLAN_ID, "core", "1").exit_code == 0

    assert (repo.path / PLAN).read_bytes() == text.replace("[ ] Write", "[x] Write", 1).encode()


def test_what_an_item_says_cannot_drive_the_terminal(repo: Repo, cli: Cli) -> None:
    listed(repo, "- [ ] \x1b[31mred\u202e\n")

    shown = todo(repo, cli, PLAN_ID, "core").stdout
    assert "1 [ ] \\x1b[31mred\\u202e\n" in shown
    assert todo(repo, cli, PLAN_ID, "core", "--json").json()["items"][0]["text"].endswith("\u202e")


def test_items_that_lie_deep_are_shown_without_end_of_indentation(repo: Repo, cli: Cli) -> None:
    listed(repo, "".join(f"{'  ' * depth}- [ ] {depth}\n" for depth in range(15)))

    lines = todo(repo, cli, PLAN_ID, "core").stdout.splitlines()

    assert lines[0] == " 1 [ ] 0"
    assert max(map(len, lines)) < 60


def test_json_names_items_lines_and_what_was_changed(repo: Repo, cli: Cli) -> None:
    listed(repo, "- [x] One\n  - [ ] Two\n")

    value = todo(repo, cli, PLAN_ID, "core", "1", "2", "--json").json()

    assert (value["kind"], value["id"], value["dry_run"]) == ("todo", "core", False)
    assert value["todo"] == {"done": 2, "total": 2}
    assert value["changed"] == [2]
    lines = repo.read(PLAN).split("\n")
    seen = [(item["number"], item["depth"], lines[item["line"] - 1]) for item in value["items"]]
    assert seen == [(1, 0, "- [x] One"), (2, 1, "  - [x] Two")]


def test_a_plan_outside_a_repository_is_listed_and_not_ticked(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "plan.md").write_text(plan_text(PLAN_ID, "core"))

    assert "0 of 2 done" in cli("todo", "plan.md", "core", cwd=tmp_path).stdout
    result = cli("todo", "plan.md", "core", "1", cwd=tmp_path)
    assert result.exit_code == 1
    assert "is not in a git repository" in result.stderr


def test_show_status_brief_and_start_count_the_items(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    repo.write(PLAN, repo.read(PLAN).replace(ITEMS, "Nothing.\n", 1))
    todo(repo, cli, PLAN_ID, "api", "2")
    there = repo.stage(PLAN_ID, "api").path

    status = cli("status", PLAN_ID, cwd=repo.path).stdout
    assert [line.split()[-2] for line in status.splitlines()[:3]] == ["TODO", "-", "1/2"]
    shown = cli("show", PLAN_ID, cwd=repo.path).stdout
    assert [line.split()[-3] for line in shown.splitlines()] == ["TODO", "-", "1/2"]
    brief = cli("brief", cwd=there).stdout
    assert "- TODO: 1/2 done\n" in brief
    assert f"`plan-worktree todo {PLAN_ID} api N…`" in brief
    assert "TODO: " not in cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    counted = {"core": None, "api": {"done": 1, "total": 2}}
    for words in (("status", "--json"), ("show", "--format", "json")):
        stages = cli(*words, cwd=repo.path).json()["stages"]
        assert {stage["id"]: stage["todo"] for stage in stages} == counted
    assert cli("brief", "--json", cwd=there).json()["todo"] == counted["api"]
    begun = cli("start", PLAN_ID, "api", "--owner", "ada", "--json", cwd=repo.path)
    assert begun.json()["brief"]["todo"] == counted["api"]


@pytest.mark.thorough
def test_sixteen_ticks_at_once_lose_none(repo: Repo) -> None:
    listed(repo, "".join(f"- [ ] item {n}\n" for n in range(16)))
    before = repo.read(PLAN)

    words = ("todo", PLAN_ID, "core")
    processes = [start(*words, str(n), cwd=repo.path) for n in range(1, 17)]
    for process in processes:
        assert process.wait(120) == 0
        process.communicate()

    assert repo.read(PLAN) == before.replace("- [ ] item", "- [x] item")
    assert [path.name for path in (repo.path / PLANS).iterdir()] == [f"{PLAN_ID}.md"]


def test_an_edit_by_a_person_in_between_is_kept_and_numbers_count_in_it(repo: Repo) -> None:
    shop(repo, "core")
    path = repo.path / PLAN
    with FileLock(repo.path / ".git" / LOCK):
        process = start("todo", PLAN_ID, "core", "1", cwd=repo.path)
        assert process.stderr
        assert "waiting" in process.stderr.readline()
        path.write_text(path.read_text().replace(ITEMS, "- [ ] A person's.\n"))
    assert process.wait(60) == 0
    process.communicate()

    assert "- [x] A person's.\n" in path.read_text()


@pytest.mark.second
def test_a_number_that_is_gone_meanwhile_changes_nothing(repo: Repo) -> None:
    shop(repo, "core")
    path = repo.path / PLAN
    with FileLock(repo.path / ".git" / LOCK):
        process = start("todo", PLAN_ID, "core", "1", "2", cwd=repo.path)
        assert process.stderr
        assert "waiting" in process.stderr.readline()
        text = path.read_text().replace(ITEMS, "- [ ] A person's.\n")
        path.write_text(text)
    assert process.wait(60) == 2
    assert "has no item 2" in process.communicate()[1]

    assert path.read_text() == text
