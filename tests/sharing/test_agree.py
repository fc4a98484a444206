"""Who is right where two sides differ: every case of three values, for a record and for a group."""

from __future__ import annotations

import pytest

from plan_worktree.sharing.agree import Agreement, agree, is_lost

CLAIM, DONE = "claim/core", "completed/core"
GROUP = {"core": (CLAIM, DONE)}


def agreed(
    known: dict[str, str], live: dict[str, str], there: dict[str, str]
) -> tuple[dict[str, str | None], dict[str, str | None], bool]:
    """Return what is adopted, what is pending, and whether the remote overrules what is here."""
    found = agree(GROUP, known, live, there)
    assert found.overruled in ((), ("core",))
    return dict(found.adopt), dict(found.pending), bool(found.overruled)


@pytest.mark.parametrize(
    ("known", "live", "there", "adopt", "pending", "overruled"),
    (
        (None, None, None, {}, {}, False),
        ("a", "a", "a", {}, {}, False),
        (None, "a", "a", {}, {}, False),
        ("a", None, None, {}, {}, False),
        ("a", "b", "b", {}, {}, False),
        (None, "a", None, {}, {CLAIM: "a"}, False),
        ("a", "b", "a", {}, {CLAIM: "b"}, False),
        ("a", None, "a", {}, {CLAIM: None}, False),
        (None, None, "a", {CLAIM: "a"}, {}, False),
        ("a", "a", "b", {CLAIM: "b"}, {}, False),
        ("a", "a", None, {CLAIM: None}, {}, False),
        (None, "a", "b", {CLAIM: "b"}, {}, True),
        ("a", "b", "c", {CLAIM: "c"}, {}, True),
        ("a", None, "b", {CLAIM: "b"}, {}, True),
        ("a", "b", None, {CLAIM: None}, {}, True),
    ),
)
def test_whoever_has_changed_a_record_is_right_and_where_both_have_it_is_the_remote(
    known: str | None,
    live: str | None,
    there: str | None,
    adopt: dict[str, str | None],
    pending: dict[str, str | None],
    overruled: bool,
) -> None:
    values = [{CLAIM: value} if value else {} for value in (known, live, there)]
    assert agreed(*values) == (adopt, pending, overruled)


def test_a_completion_here_of_a_stage_that_others_took_is_overruled_with_its_claim() -> None:
    found = agreed({CLAIM: "mine"}, {DONE: "done"}, {CLAIM: "theirs"})
    assert found == ({CLAIM: "theirs", DONE: None}, {}, True)


def test_a_completion_there_ends_a_claim_that_is_still_as_it_was_agreed() -> None:
    found = agreed({CLAIM: "mine"}, {CLAIM: "mine"}, {DONE: "done"})
    assert found == ({CLAIM: None, DONE: "done"}, {}, False)


def test_stages_are_compared_apart() -> None:
    groups = {"core": (CLAIM,), "api": ("claim/api",)}
    found = agree(groups, {}, {CLAIM: "a", "claim/api": "x"}, {CLAIM: "b"})
    assert found == Agreement({CLAIM: "b"}, {"claim/api": "x"}, {}, ("core",))


def test_what_both_sides_have_is_agreed() -> None:
    found = agree(GROUP, {CLAIM: "a"}, {DONE: "d"}, {DONE: "d"})
    assert found.agreed == {CLAIM: None, DONE: "d"}


def test_a_claim_is_lost_when_the_remote_has_another_one() -> None:
    coming = {CLAIM: "mine"}
    assert is_lost(agree(GROUP, {}, coming, {CLAIM: "theirs"}), coming, {CLAIM: "theirs"})
    assert not is_lost(agree(GROUP, {}, coming, {}), coming, {})
    # What was pushed before a kill is there already.
    assert not is_lost(agree(GROUP, {}, coming, {CLAIM: "mine"}), coming, {CLAIM: "mine"})


def test_a_completion_is_lost_when_the_stage_was_taken_over_meanwhile() -> None:
    coming: dict[str, str | None] = {DONE: "done", CLAIM: None}
    there = {CLAIM: "theirs"}
    assert is_lost(agree(GROUP, {CLAIM: "mine"}, {DONE: "done"}, there), coming, there)
