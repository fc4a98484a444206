"""What commands that work for a stage find in their environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.git.process import environment
from plan_worktree.project.variables import (
    environment_with,
    first_port,
    ports_words,
    stage_variables,
)


@pytest.mark.parametrize(
    ("slot", "port"), ((None, None), (0, 10_000), (7, 10_700), (554, 65_400), (555, None))
)
def test_a_slot_has_a_hundred_ports_as_long_as_there_are_any(
    slot: int | None, port: int | None
) -> None:
    assert first_port(slot) == port


def test_ports_are_said_as_long_as_there_are_any() -> None:
    assert ports_words(554) == "ports 65400 to 65499"
    assert ports_words(555).startswith("no ports are left for it")


def test_what_is_not_known_is_not_said() -> None:
    variables = stage_variables(Path("/home"), "plan", "core", None)
    assert variables == {
        "PLAN_WORKTREE_HOME": "/home",
        "PLAN_WORKTREE_PLAN": "plan",
        "PLAN_WORKTREE_STAGE": "core",
    }
    assert stage_variables(Path("/home"), "plan", "core", 600)["PLAN_WORKTREE_SLOT"] == "600"


def test_nothing_of_another_stage_is_left_in_an_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PLAN_WORKTREE_PORT", "PLAN_WORKTREE_STAGE", "PLAN_WORKTREE_OWNER"):
        monkeypatch.setenv(name, "theirs")
    environment.cache_clear()
    found = environment_with({"PLAN_WORKTREE_STAGE": "core"})
    environment.cache_clear()
    own = {name: said for name, said in found.items() if name.startswith("PLAN_WORKTREE_")}
    assert own == {"PLAN_WORKTREE_STAGE": "core", "PLAN_WORKTREE_OWNER": "theirs"}
