"""How many of a stage's TODO items are ticked, as tables and JSON show it."""

from __future__ import annotations

from plan_worktree.plan.parts.todo import Count


def count_fields(counted: Count | None) -> dict[str, int] | None:
    """Return a count as JSON has it: null for a stage without items."""
    if counted is None or not counted.total:
        return None
    return {"done": counted.done, "total": counted.total}


def count_words(counted: Count | None) -> str:
    """Return a count as a table has it."""
    return f"{counted.done}/{counted.total}" if counted and counted.total else "-"
