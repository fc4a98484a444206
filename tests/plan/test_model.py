"""Metadata to values: whatever is missing or of the wrong type becomes empty, nothing raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.model import PlanStatus, StageStatus, read_plan
from tests.support import Stage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)
KNOWN = ("plan_id", "created", "author", "status", "base", "stages")
OF_A_STAGE = ("id", "name", "branch", "worktree_path", "status", "depends_on", "verify")

METADATA: dict[str, Any] = {
    "plan_id": "2026-01-02-notes",
    "created": "2026-01-02",
    "author": "Ada",
    "status": "draft",
    "base": "main",
    "stages": [Stage("api", ("db",), verify=("make test",)).metadata("2026-01-02-notes")],
}


def test_a_complete_block_is_read_as_written() -> None:
    plan = read_plan(METADATA)
    assert (plan.plan_id, plan.created, plan.author) == ("2026-01-02-notes", "2026-01-02", "Ada")
    assert (plan.status, plan.base) == (PlanStatus.DRAFT, "main")
    (stage,) = plan.stages
    assert (stage.position, stage.id, stage.name) == (0, "api", "Api")
    assert stage.branch == "feature/2026-01-02-notes-api"
    assert stage.worktree_path == "../worktrees/2026-01-02-notes/api"
    assert stage.status == StageStatus.NOT_STARTED
    assert (stage.depends_on, stage.verify) == (("db",), ("make test",))


@pytest.mark.parametrize("value", (None, [], "text", 7, {}, {"stages": {}}, {"stages": None}))
def test_metadata_of_another_shape_has_no_stages(value: object) -> None:
    plan = read_plan(value)
    assert (plan.plan_id, plan.base, plan.stages) == ("", None, ())


def test_an_entry_that_is_no_object_is_no_stage_but_keeps_its_place() -> None:
    plan = read_plan({"stages": [7, {"id": "a"}, None, {"id": "b"}]})
    assert [(stage.position, stage.id) for stage in plan.stages] == [(1, "a"), (3, "b")]


def test_a_dependency_that_is_no_string_keeps_its_place() -> None:
    plan = read_plan({"stages": [{"id": "c", "depends_on": [1, "a", None, "b"]}]})
    assert plan.stages[0].depends_on == ("", "a", "", "b")


def test_an_empty_base_is_no_base() -> None:
    assert read_plan({"base": ""}).base is None


def test_of_a_repeated_id_the_first_stage_is_found() -> None:
    plan = read_plan({"stages": [{"id": "a", "name": "one"}, {"id": "a", "name": "two"}]})
    found = plan.stage("a")
    assert found
    assert found.name == "one"
    assert plan.stage("b") is None


@given(st.dictionaries(st.sampled_from(KNOWN), JSON))
def test_reading_gives_strings_whatever_the_block_holds(metadata: dict[str, Any]) -> None:
    plan = read_plan(metadata)
    for name in ("plan_id", "created", "author", "status"):
        value = metadata.get(name)
        assert getattr(plan, name) == (value if isinstance(value, str) else "")


@given(st.dictionaries(st.sampled_from(OF_A_STAGE), JSON))
def test_reading_a_stage_gives_strings_whatever_it_holds(stage: dict[str, Any]) -> None:
    (found,) = read_plan({"stages": [stage]}).stages
    for name in ("id", "name", "branch", "worktree_path", "status"):
        value = stage.get(name)
        assert getattr(found, name) == (value if isinstance(value, str) else "")
    for name in ("depends_on", "verify"):
        entries = stage.get(name)
        assert len(getattr(found, name)) == (len(entries) if isinstance(entries, list) else 0)
        assert all(isinstance(entry, str) for entry in getattr(found, name))
