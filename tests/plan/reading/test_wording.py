"""What a plan says beyond statuses and ticks."""

from __future__ import annotations

import pytest

from plan_worktree.plan.planfile import PlanFile, loads
from plan_worktree.plan.reading.wording import UNREAD, Reading, same_wording, wording_of
from tests.support import Stage, plan_text

PLAN = plan_text("2026-01-02-shop", Stage("core", verify=("true",)), "api:core", "ui")


def plan(text: str) -> PlanFile:
    return loads(text.encode(), "plan.md")


def reading(text: str, stage: str) -> Reading:
    file = plan(text)
    assert file.document
    assert file.plan
    found = file.plan.stage(stage)
    assert found
    return wording_of(file.document).of(found)


@pytest.mark.parametrize(
    ("old", "new"),
    (
        ('"status": "not-started"', '"status": "complete"'),
        ("**Status**: Not Started", "**Status**: In Progress"),
        ("- [ ]", "- [x]"),
        ("\n\n", "\n\n\n"),
        ('"status": "draft"', '"status": "approved"'),
    ),
)
def test_statuses_ticks_and_blank_lines_are_no_change(old: str, new: str) -> None:
    assert old in PLAN
    for text in (PLAN.replace(old, new), PLAN.replace(old, new, 1)):
        assert same_wording(plan(PLAN), plan(text))
        for stage in ("core", "api", "ui"):
            assert reading(PLAN, stage).changed(reading(text, stage)) == ()


@pytest.mark.parametrize(
    ("old", "new", "core", "api"),
    (
        ("Adds the Core part.", "Adds more.", ("section",), ("needs",)),
        ('"true"', '"false"', ("section",), ()),
        ("What is built, and", "Whatever, and", ("goal",), ("goal",)),
        ("nothing leaves", "little leaves", ("constraints",), ("constraints",)),
        ("README.md.", "other.md.", ("conventions",), ("conventions",)),
        ("Revert the merge", "Leave it", (), ()),
    ),
)
def test_each_change_is_called_by_what_it_changes(
    old: str, new: str, core: tuple[str, ...], api: tuple[str, ...]
) -> None:
    assert old in PLAN
    text = PLAN.replace(old, new, 1)

    assert reading(PLAN, "core").changed(reading(text, "core")) == core
    assert reading(PLAN, "api").changed(reading(text, "api")) == api
    assert not same_wording(plan(PLAN), plan(text))


def test_a_stage_that_is_added_before_another_changes_nothing_of_it() -> None:
    more = plan_text("2026-01-02-shop", "new", Stage("core", verify=("true",)), "api:core", "ui")
    renumbered = more.replace("Stage 2", "Stage 1").replace("Stage 3", "Stage 2")

    assert reading(PLAN, "core").changed(reading(renumbered, "core")) == ()


def test_what_is_unknown_has_not_changed() -> None:
    now = reading(PLAN, "core")

    assert UNREAD.changed(now) == ()
    assert not UNREAD.has_same_plan(now)
    assert now.has_same_plan(reading(PLAN, "ui"))


@pytest.mark.parametrize(
    "said", (None, [], "x", {"section": 1, "goal": "\x1b[2J", "needs": "x" * 9999, "more": {}})
)
def test_a_record_may_hold_anything(said: object) -> None:
    assert Reading.read(said) == UNREAD


def test_a_record_reads_back() -> None:
    now = reading(PLAN, "core")
    assert Reading.read(now._asdict()) == now


def test_what_is_no_plan_says_something_else() -> None:
    assert not same_wording(plan("# No plan\n"), plan("# No plan\n"))
    assert not same_wording(plan(PLAN), plan("\0"))
