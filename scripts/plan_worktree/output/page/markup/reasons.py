"""Why stages wait for each other, where the metadata says so: what `import` writes as x-because.

Nothing checks an x- property, so that a hand may have put anything there: only text is a reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from plan_worktree.plan.model import Plan

# By the id of the stage that waits, and that of the one it needs.
Reasons = Mapping[tuple[str, str], str]


def reasons(plan: Plan, metadata: object) -> Reasons:
    """Return the reasons for arrows; `metadata` is the JSON value that the plan was read from."""
    top = metadata if isinstance(metadata, dict) else {}
    found: dict[tuple[str, str], str] = {}
    for stage in plan.stages:
        because = top["stages"][stage.position].get("x-because")
        for needed in stage.depends_on if isinstance(because, dict) else ():
            why = because.get(needed)
            if isinstance(why, str) and why.strip():
                found[stage.id, needed] = why.strip()
    return found
