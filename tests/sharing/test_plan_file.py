"""What of a plan's file reaches other clones: the ticks of completed stages, and pulls that fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clones import LIVE, bare, do, finish, shared, take
from tests.sampling import sampled
from tests.support import PLANS, Repo, run, tool
from tests.world import PLAN_ID, declared, suggested

FILE = f"{PLANS}/{PLAN_ID}.md"
ITEMS = "- [ ] Write it.\n- [ ] Test it.\n"


def fetch(repo: Repo) -> None:
    do(repo, "status", PLAN_ID, "--fetch")


def tick(repo: Repo, stage: str, *numbers: str) -> None:
    do(repo, "todo", PLAN_ID, stage, *numbers)


def items(repo: Repo, stage: str) -> list[str]:
    """Return the lines of a stage's TODO list."""
    section = repo.read(FILE).partition(f"**Stage ID**: `{stage}`")[2]
    lines = section.partition("#### TODO")[2].partition("\n---")[0].splitlines()
    return [line for line in lines if line.lstrip().startswith("- [")]


def lines(repo: Repo) -> list[str]:
    """Return the lines of the Overall TODO List."""
    overall = repo.read(FILE).partition("## Overall TODO List")[2].splitlines()
    return [line for line in overall if line.startswith("- [")]


def todo(repo: Repo, stage: str) -> list[int]:
    """Return how many items of a stage are ticked as status says it, and how many there are."""
    shown = do(repo, "status", PLAN_ID, "--json").json()
    found = next(entry["todo"] for entry in shown["stages"] if entry["id"] == stage)
    return [found["done"], found["total"]]


def list_of_core(repo: Repo, text: str) -> None:
    """Put another list in place of the first stage's."""
    repo.write(FILE, repo.read(FILE).replace(ITEMS, text, 1))


def completed_as(repo: Repo, **said: Any) -> None:
    """Let the remote have the record of a completion in which something else is said."""
    record = json.loads(repo.git("cat-file", "blob", f"{LIVE}/completed/core"))
    text = json.dumps({name: value for name, value in {**record, **said}.items() if value != "-"})
    repo.write("record", text)
    blob = repo.git("hash-object", "-w", "record").strip()
    places = [f"+{blob}:{LIVE}/{kind}/core" for kind in ("completed", "claim")]
    repo.git("push", "--quiet", "origin", *places)
    (repo.path / "record").unlink()


def test_what_was_ticked_when_a_stage_was_completed_is_ticked_in_other_clones(
    tmp_path: Path,
) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core")
    tick(one, "core", "1", "2")
    fetch(two)
    assert todo(two, "core") == [0, 2]
    finish(one, "core")
    fetch(two)
    assert todo(two, "core") == [2, 2]
    assert lines(two) == ["- [x] Core", "- [ ] Api"]
    assert two.read(FILE) == one.read(FILE)


@pytest.mark.second
def test_items_that_were_not_ticked_stay_so(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core")
    tick(one, "core", "2")
    finish(one, "core")
    fetch(two)
    assert items(two, "core") == items(one, "core") == ["- [ ] Write it.", "- [x] Test it."]
    tick(two, "core", "--undo", "2")  # here nothing is ticked again that somebody has unticked
    tick(two, "core", "1")
    fetch(two)
    assert items(two, "core") == ["- [x] Write it.", "- [ ] Test it."]


@pytest.mark.second
def test_in_a_list_that_was_changed_nothing_else_is_ticked(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    list_of_core(two, "- [ ] Plan it.\n- [ ] Test it.\n- [ ] Write  it.\n- [X] Say it.\n")
    take(one, "core")
    tick(one, "core", "1", "2")
    finish(one, "core")
    fetch(two)
    assert items(two, "core") == [
        *("- [ ] Plan it.", "- [x] Test it.", "- [x] Write  it.", "- [X] Say it."),
    ]
    assert items(two, "api") == ["- [ ] Write it.", "- [ ] Test it."]


@pytest.mark.second
def test_items_with_the_same_text_are_ticked_where_all_of_them_were(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    twice = (
        "- [ ] Api\n  - [ ] Test it.\n- [ ] Ui\n  - [ ] Test it.\n- [ ] Say it.\n- [ ] Say it.\n"
    )
    list_of_core(one, twice)
    list_of_core(two, twice)
    take(one, "core")
    tick(one, "core", "1", "2", "4", "5")
    finish(one, "core")
    fetch(two)
    assert items(two, "core") == [
        *("- [x] Api", "  - [x] Test it.", "- [ ] Ui", "  - [x] Test it."),
        *("- [ ] Say it.", "- [ ] Say it."),
    ]


@sampled(
    "ticked",
    ("-", None, 7, {"a": 1}, ["", 5, None, ["x"], "x" * 16, "y" * 9000], ["\x1b[2J"]),
    one_in=3,
)
def test_a_record_that_says_nothing_of_ticks_ticks_the_stage_alone(
    tmp_path: Path, ticked: object
) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core")
    tick(one, "core", "1", "2")
    finish(one, "core")
    completed_as(one, ticked=ticked)
    fetch(two)
    assert declared(two)["core"] == "complete"
    assert items(two, "core") == ["- [ ] Write it.", "- [ ] Test it."]
    assert lines(two) == ["- [x] Core", "- [ ] Api"]


@pytest.mark.second
def test_a_record_of_very_many_ticks_is_still_taken_by_other_clones(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    many = "".join(f"- [x] {number} {'long ' * 50}\n" for number in range(2000))
    list_of_core(one, many)
    take(one, "core")
    finish(one, "core")
    fetch(two)
    assert declared(two)["core"] == "complete"
    size = bare(one).git("cat-file", "-s", f"{LIVE}/completed/core")
    assert int(size) < 20_000


@pytest.mark.second
def test_a_clone_whose_plan_was_put_back_ticks_again(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    take(one, "core")
    tick(one, "core", "1")
    finish(one, "core")
    before = one.read(FILE)
    one.git("checkout", "--quiet", ".")
    fetch(one)
    assert one.read(FILE) == before


@pytest.mark.second
def test_what_a_person_declares_ticks_no_line_and_takes_a_tick_away(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    tick(one, "api", "1")
    do(one, "mark", PLAN_ID, "api", "complete")
    take(one, "core")
    finish(one, "core")
    fetch(two)
    assert lines(two) == lines(one) == ["- [x] Core", "- [ ] Api"]
    assert items(two, "api") == items(one, "api") == ["- [x] Write it.", "- [ ] Test it."]
    do(one, "mark", PLAN_ID, "core", "not-started")
    fetch(two)
    assert lines(two) == lines(one) == ["- [ ] Core", "- [ ] Api"]
    assert two.read(FILE) == one.read(FILE)


PULLS = (
    ("pull", "--autostash"),
    ("pull", "--rebase", "--autostash"),
    ("pull", "--no-rebase", "--no-edit", "--autostash"),
)


@pytest.fixture
def leader_and_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Repo, Repo]:
    """Return two clones that have turned sharing on, as git finds the program."""
    monkeypatch.setenv("PATH", str(tool("plan-worktree").parent), prepend=":")
    leader, worker = shared(tmp_path, "leader", "worker", stages=("core", "api:core", "ui", "docs"))
    for one in (leader, worker):
        do(one, "init", "share")
    return leader, worker


def commit_plan(leader: Repo) -> None:
    fetch(leader)
    leader.git("commit", "--quiet", "--all", "--message", "the plan as it stands")
    leader.git("push", "--quiet", "origin", "main")


def worked(leader: Repo, worker: Repo) -> None:
    """Let both work, and the leader commit the plan before all that the worker does.

    Of one stage both have changed the status, of another the leader, and both have ticked.
    """
    take(worker, "core", "ada")
    tick(worker, "core", "1")
    take(leader, "docs", "bob")
    tick(leader, "docs", "1", "2")
    finish(leader, "docs", "bob")
    tick(leader, "core", "2")
    tick(leader, "ui", "1")
    commit_plan(leader)
    tick(worker, "core", "2")
    finish(worker, "core", "ada")
    take(worker, "api", "ada")
    tick(worker, "api", "1")


def pulled(worker: Repo, *words: str) -> None:
    """Pull in a clone, in which all that was ticked and declared must be there afterwards."""
    assert run("git", "pull", "--ff-only", cwd=worker.path).exit_code != 0
    told = run("git", *words, cwd=worker.path)
    assert told.exit_code == 0, told.output
    assert "conflict" not in told.output.lower()
    assert worker.git("stash", "list") == ""
    assert "<<<<" not in worker.read(FILE)
    stages = ("core", "api", "ui", "docs")
    assert [declared(worker)[stage] for stage in stages] == [
        *("complete", "in-progress", "not-started", "complete"),
    ]
    assert [todo(worker, stage)[0] for stage in stages] == [2, 1, 1, 2]
    assert lines(worker) == ["- [x] Core", "- [ ] Api", "- [ ] Ui", "- [x] Docs"]
    do(worker, "validate", PLAN_ID)


@sampled("words", PULLS, one_in=3)
def test_a_worker_pulls_what_the_leader_has_committed_and_keeps_its_plan(
    leader_and_worker: tuple[Repo, Repo], words: tuple[str, ...]
) -> None:
    leader, worker = leader_and_worker
    worked(leader, worker)
    pulled(worker, *words)
    assert worker.head() == leader.head()


@pytest.mark.second
@pytest.mark.parametrize("words", PULLS[1:])
def test_a_worker_that_has_committed_its_plan_pulls_as_well(
    leader_and_worker: tuple[Repo, Repo], words: tuple[str, ...]
) -> None:
    leader, worker = leader_and_worker
    worked(leader, worker)
    worker.git("commit", "--quiet", "--all", "--message", "the plan of the worker")
    tick(worker, "api", "--undo", "1")
    tick(worker, "api", "2")
    pulled(worker, *words)
    assert items(worker, "api") == ["- [ ] Write it.", "- [x] Test it."]


@pytest.mark.second
def test_what_the_leader_has_written_in_the_plan_comes_with_a_pull(
    leader_and_worker: tuple[Repo, Repo],
) -> None:
    leader, worker = leader_and_worker
    list_of_core(leader, "- [ ] Write it.\n- [ ] Measure it.\n- [ ] Test it.\n")
    worked(leader, worker)  # numbers are those of the list in each clone
    worker.git("pull", "--quiet", "--autostash")
    assert items(worker, "core") == ["- [x] Write it.", "- [x] Measure it.", "- [x] Test it."]


@pytest.mark.second
def test_status_names_the_pull_that_keeps_the_plans_edits(
    leader_and_worker: tuple[Repo, Repo],
) -> None:
    leader, worker = leader_and_worker
    worked(leader, worker)
    fetch(worker)
    worker.git("fetch", "--quiet")
    said = do(worker, "status", PLAN_ID)
    assert "main is 1 commit behind origin/main, fetched " in said.stdout
    assert "ago; to pull what is there and keep what is in the plan's file here: git" in said.stdout
    pulled(worker, *suggested(said, "git -C")[1:])
    assert "keep what is in the plan" not in do(worker, "status", PLAN_ID).output


@pytest.mark.second
def test_status_names_no_such_pull_where_git_pulls_without(
    leader_and_worker: tuple[Repo, Repo],
) -> None:
    leader, worker = leader_and_worker
    take(leader, "docs", "bob")
    commit_plan(leader)
    worker.git("fetch", "--quiet")
    assert "main is 1 commit behind" in do(worker, "status", PLAN_ID).stdout
    assert "keep what is in the plan" not in do(worker, "status", PLAN_ID).output
    tick(worker, "ui", "1")
    assert "keep what is in the plan" in do(worker, "status", PLAN_ID).output
    worker.git("config", "--unset", "planWorktree.remote")
    assert "keep what is in the plan" not in do(worker, "status", PLAN_ID).output


def test_where_git_does_not_merge_plans_yet_the_command_sees_to_that(
    leader_and_worker: tuple[Repo, Repo],
) -> None:
    leader, worker = leader_and_worker
    worker.git("config", "--remove-section", "merge.plan-worktree")
    worked(leader, worker)
    worker.git("fetch", "--quiet")
    command = do(worker, "status", PLAN_ID).stdout.partition("plan's file here: ")[2].split("\n")[0]
    assert command.startswith("plan-worktree init share && git -C ")
    pulled_by = run("sh", "-c", command, cwd=worker.path)
    assert pulled_by.exit_code == 0, pulled_by.output
    assert "conflict" not in pulled_by.output.lower()
    assert todo(worker, "core") == [2, 2]
