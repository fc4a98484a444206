"""Statuses written into a plan, in every form that its sections have."""

from __future__ import annotations

import json

import pytest

from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.planfile import loads
from plan_worktree.planfiles.statuses import declared
from tests.plan.text.forms import FORMS, Form


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("end", ("\n", "\r\n", "\r"))
def test_a_status_is_written_into_every_form_and_nothing_else(form: Form, end: str) -> None:
    def plan(status: str, text: str) -> bytes:
        needs = ["two", "three"]
        one = {"id": "one", "branch": "feature/x", "status": status, "depends_on": needs}
        stages = [one, {"id": "two"}, {"id": "three"}]
        block = json.dumps({"plan_id": "2026-01-02-x", "status": "approved", "stages": stages})
        head = f"```json metadata\n{block}\n```\n\n### Stage 1\n\n"
        return f"{head}{text}\n\n#### What\n\nIt.\n".replace("\n", end).encode()

    before = loads(plan("not-started", form.text), "plan.md")

    after = declared(before, {"one": StageStatus.BLOCKED}, frozenset())

    assert after
    assert after.document
    assert after.document.source.raw == plan("blocked", form.blocked)
