"""A reason is a line for people, and has what programs need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.project.refusal import Code, Reason, Refused, about


@pytest.mark.parametrize(
    ("text", "commands"),
    (
        ("it has no worktree: plan-worktree setup p core", ("plan-worktree setup p core",)),
        ("x is in no commit: git -C '/a b' status", ("git -C '/a b' status",)),
        ("finish it: git -C /a status", ("git -C /a status",)),
        ("no remote: git remote add origin URL", ("git remote add origin URL",)),
        ("fix it there: git add, git commit", ()),
        ("there are two: plan-worktree show x or plan-worktree ls", ()),
        ("a: plan-worktree x; if it is gone: plan-worktree y (see there)", ()),
        ("nothing to run", ()),
        ("a command alone: git", ()),
        ("half a quote: git -C 'a status", ()),
        ("run it: plan-worktree setup p && rm -r /", ()),
        ("run: plan-worktree sync p a && git x", ("plan-worktree sync p a && git x",)),
    ),
)
def test_a_command_at_the_end_is_found_when_nothing_else_can_be_meant(
    text: str, commands: tuple[str, ...]
) -> None:
    assert Reason(text).commands == commands


def test_what_is_said_of_a_stage_keeps_code_and_commands() -> None:
    why = Reason("it is taken, see plan-worktree ls", Code.CLAIMED, "plan-worktree ls")

    told = about("stage core", why)

    assert told == "stage core: it is taken, see plan-worktree ls"
    assert (told.code, told.commands) == (why.code, why.commands)
    assert about("stage core", "plain") == Reason("stage core: plain")
    assert about("stage core", "plain").code is Code.OTHER


def test_what_lasts_of_a_reason_is_all_of_it_or_what_is_said_to_last() -> None:
    aged = Reason("taken, seen 3 s ago: plan-worktree ls", Code.CLAIMED, lasting="taken")

    assert about("stage core", aged).lasting == "stage core: taken"
    assert about("stage core", "plain").lasting == "stage core: plain"


def test_a_refusal_is_about_codes_when_each_reason_is() -> None:
    mixed = Refused([Reason("a", Code.WAITING), "b"])

    assert mixed.is_about(Code.WAITING, Code.OTHER)
    assert not mixed.is_about(Code.WAITING)


@given(st.text(alphabet="git :'\";,ab", max_size=200))
def test_any_text_has_commands_that_it_ends_with(text: str) -> None:
    assert all(text.endswith(command) for command in Reason(text).commands)
