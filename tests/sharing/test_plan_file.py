"""What of a plan's file reaches other clones: the ticks of completed stages, and pulls that fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clones import LIVE, bare, do, finish, shared, take
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, declared

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


@pytest.mark.parametrize(
    "ticked", ("-", None, 7, {"a": 1}, ["", 5, None, ["x"], "x" * 16, "y" * 9000], ["\x1b[2J"])
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


def test_a_clone_whose_plan_was_put_back_ticks_again(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    take(one, "core")
    tick(one, "core", "1")
    finish(one, "core")
    before = one.read(FILE)
    one.git("checkout", "--quiet", ".")
    fetch(one)
    assert one.read(FILE) == before


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
